"""Which run a `state` belongs to when a browser comes back to /callback. The state itself is kept nowhere but in the log."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, update

from app.store.database import reading, writing
from app.store.tables import states
from app.store.together import write_together
from app.store.vault import Vault


class States:
    """Every method opens and closes its own transaction and may raise StoreUnavailable."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._engine, self._vault, self._now = engine, vault, now

    def remember_state(self, state: str, run_id: str, owner: str, until: float) -> None:
        """From now to `until` (seconds since the epoch) this state leads to that run. Said twice, the last one holds."""
        row = {
            "state_key": self._vault.blind("state", state),
            "run_id": run_id,
            "owner_key": self._vault.blind("owner", owner),
            "sealed": self._vault.seal(owner.encode("utf-8", "surrogatepass")),
            "until": until,
            "answered": False,
        }

        def write(connection: Connection) -> None:
            connection.execute(delete(states).where(self._is(state)))
            connection.execute(insert(states).values(**row))

        write_together(self._engine, write)

    def find_state(self, state: str) -> tuple[str, str] | None:
        """(run id, owner) that the state leads to, answered or not; None where it is unknown or too old."""
        living = self._is(state) & (states.c.until > self._now())
        with reading(self._engine) as connection:
            row = connection.execute(select(states.c.run_id, states.c.sealed).where(living)).one_or_none()
        return (row.run_id, self._vault.open(row.sealed).decode("utf-8", "surrogatepass")) if row else None

    def answered(self, state: str) -> bool:
        """Mark the state as answered. True for the first who says so and nobody else, so one answer is taken once."""
        unanswered = self._is(state) & states.c.answered.is_(False) & (states.c.until > self._now())
        mark = update(states).where(unanswered).values(answered=True)
        return write_together(self._engine, lambda connection: bool(connection.execute(mark).rowcount == 1))

    def take_back(self, state: str) -> None:
        """The answer could not be written down, so it was not taken: whoever brings it again is the first."""
        with writing(self._engine) as connection:
            connection.execute(update(states).where(self._is(state)).values(answered=False))

    def waiting(self, owner: str) -> list[str]:
        """The owner's runs that have sent a browser out and seen no answer to it yet."""
        mine = states.c.owner_key.in_(self._vault.blinds("owner", owner))
        open_ones = mine & states.c.answered.is_(False) & (states.c.until > self._now())
        with reading(self._engine) as connection:
            return sorted(connection.scalars(select(states.c.run_id).where(open_ones).distinct()))

    def _is(self, state: str) -> ColumnElement[bool]:
        return states.c.state_key.in_(self._vault.blinds("state", state))
