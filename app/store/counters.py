"""How often somebody did something within a window of time, counted once for all workers and instances."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Engine, case, select, update

from app.store.database import insert_into, writing
from app.store.tables import counters
from app.store.vault import Vault


class Counters:
    """Every method is one short transaction and may raise StoreUnavailable. Who did it is stored blinded."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._engine, self._vault, self._now = engine, vault, now

    def take(self, what: str, who: str, most: int, seconds: float) -> float:
        """Count one more, at most `most` in a window of `seconds` from the first. 0.0 = counted; else the seconds until the window ends.

        What is refused is not counted, so a flood neither writes nor makes the wait longer.
        """
        at, key = self._now(), self._vault.blind(f"count {what}", who)
        over = counters.c.until <= at
        first = {"count": 1, "until": at + seconds}
        more = {
            "count": case((over, 1), else_=counters.c.count + 1),
            "until": case((over, at + seconds), else_=counters.c.until),
        }
        swap = insert_into(self._engine, counters).values(key=key, **first)
        swap = swap.on_conflict_do_update(index_elements=[counters.c.key], set_=more, where=over | (counters.c.count < most))
        with writing(self._engine) as connection:
            if connection.scalar(swap.returning(counters.c.count)) is not None:
                return 0.0
            until = connection.scalar(select(counters.c.until).where(counters.c.key == key)) or at
        return max(1.0, until - at)

    def give_back(self, what: str, who: str) -> None:
        """Take one off again: it turned out not to count."""
        mine = (counters.c.key == self._vault.blind(f"count {what}", who)) & (counters.c.count > 0)
        with writing(self._engine) as connection:
            connection.execute(update(counters).where(mine).values(count=counters.c.count - 1))
