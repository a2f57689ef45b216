"""Who works on a run right now. Of two clicks, or two workers, one gets the lease; a dead worker's lease ends by itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Row, bindparam, delete, false, func, select, update

from app.store.database import Declined, insert_into, reading, writing
from app.store.tables import is_run_id, leases, runs
from app.store.together import write_together
from app.store.vault import Vault

# Put together once, as in runs.py: every press takes a lease and gives it back, every page asks for one.
_THIS, _LIVING = leases.c.run_id == bindparam("run"), leases.c.until > bindparam("now")
_HELD = _THIS & (leases.c.holder == bindparam("by"))
_FIND, _RELEASE = select(leases).where(_THIS, _LIVING), delete(leases).where(_HELD)
_TOUCH = update(runs).where(runs.c.id == bindparam("run")).values(touched_at=bindparam("now")).returning(runs.c.owner_key)
# living leases on all runs but one: a second click on it shall show it, not be turned away
_OTHERS = select(func.count()).select_from(leases).where(leases.c.run_id != bindparam("run"), _LIVING)
_OTHERS_OF_OWNER = _OTHERS.where(leases.c.run_id.in_(select(runs.c.id).where(runs.c.owner_key == bindparam("owner"))))
_OTHERS_HERE = _OTHERS.where(leases.c.holder.like(bindparam("here")))  # an instance's name holds no wildcard


@dataclass(frozen=True)
class Lease:
    """The right to work on a run until `until` (seconds since the epoch). `cancelled` = the person asked to stop."""

    run_id: str
    holder: str
    step: str
    since: float
    until: float
    cancelled: bool = False
    progress: str = ""


class NoRoom(Declined):
    """As many runs are being worked on as may be at once."""


class OwnerBusy(NoRoom):
    """The owner's own."""


class InstanceBusy(NoRoom):
    """Everybody's, on all workers of this instance."""


class Leases:
    """Every method opens and closes its own transaction and may raise StoreUnavailable. Instances need clocks within seconds."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._engine, self._vault, self._now = engine, vault, now
        self._instance = f"{secrets.token_hex(6)}."  # made before the workers are forked, so that all of them have it
        swap = insert_into(engine, leases)
        fresh = {column.name: column for column in swap.excluded if not column.primary_key}
        free = leases.c.until <= swap.excluded.since
        self._swap = swap.on_conflict_do_update(index_elements=[leases.c.run_id], set_=fresh, where=free).returning(leases.c.run_id)

    def take_lease(self, run_id: str, step: str, seconds: float, most_of_owner: int = 0, most_here: int = 0) -> Lease | None:
        """The lease, or None where another one is living or the run is gone. An expired one is taken over.

        Raises OwnerBusy where the run's owner holds `most_of_owner` living leases on other runs, on whatever worker and instance,
        InstanceBusy where the workers of this instance hold `most_here`; 0 = no limit.
        """
        if not is_run_id(run_id):
            return None
        at = self._now()
        lease = Lease(run_id, self._instance + secrets.token_urlsafe(16), step, at, at + seconds)
        fresh = {"holder": lease.holder, "step": step, "since": at, "until": lease.until, "cancelled": False, "sealed": b""}

        def write(connection: Connection) -> bool:
            # touching the run first keeps a sweep that has just judged it idle from removing it under the lease
            owner_key = connection.scalar(_TOUCH, {"run": run_id, "now": at})
            if owner_key and most_of_owner:
                self._check_others(connection, owner_key, run_id, most_of_owner)
            if owner_key and most_here:
                self._check_instance(connection, run_id, most_here)
            return bool(owner_key and connection.scalar(self._swap, {"run_id": run_id, **fresh}))

        return lease if write_together(self._engine, write) else None

    def _check_others(self, connection: Connection, owner_key: str, run_id: str, most: int) -> None:
        if connection.dialect.name == "postgresql":  # of two clicks on two runs both would count one; SQLite's writers queue anyway
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(owner_key))))
        if (connection.scalar(_OTHERS_OF_OWNER, {"run": run_id, "now": self._now(), "owner": owner_key}) or 0) >= most:
            raise OwnerBusy

    def _check_instance(self, connection: Connection, run_id: str, most: int) -> None:
        # without a lock: on PostgreSQL clicks in the same millisecond may go some beyond, and what is guarded is memory
        if (connection.scalar(_OTHERS_HERE, {"run": run_id, "now": self._now(), "here": f"{self._instance}%"}) or 0) >= most:
            raise InstanceBusy

    def renew(self, lease: Lease, seconds: float, progress: str | None = None) -> Lease | None:
        """The same lease for longer, with the newest `cancelled`; None where another worker has taken it over."""
        fresh: dict[str, Any] = {"until": self._now() + seconds}
        if progress is not None:
            fresh["sealed"] = self._sealed(progress)
        longer = update(leases).where(_HELD).values(**fresh).returning(leases)
        row = write_together(self._engine, lambda connection: connection.execute(longer, _held(lease)).one_or_none())
        return self._read(row) if row else None

    def release(self, lease: Lease) -> None:
        """Give it back; nothing happens where it was lost already."""
        write_together(self._engine, lambda connection: connection.execute(_RELEASE, _held(lease)))

    def lease_of(self, run_id: str) -> Lease | None:
        """The living lease on a run. None where nobody works on it, also because a worker died and its time is over."""
        if not is_run_id(run_id):
            return None
        with reading(self._engine) as connection:
            row = connection.execute(_FIND, {"run": run_id, "now": self._now()}).one_or_none()
        return self._read(row) if row else None

    def ask_cancel(self, run_id: str) -> bool:
        """Ask whoever works on the run to stop. False where nobody does."""
        living = _is(leases.c.run_id, run_id) & (leases.c.until > self._now())
        with writing(self._engine) as connection:
            return connection.execute(update(leases).where(living).values(cancelled=True)).rowcount == 1

    def note_progress(self, run_id: str, text: str) -> None:
        """One sentence on what the work is at."""
        with writing(self._engine) as connection:
            connection.execute(update(leases).where(_is(leases.c.run_id, run_id)).values(sealed=self._sealed(text)))

    def _sealed(self, text: str) -> bytes:
        return self._vault.seal(text.encode("utf-8", "surrogatepass"))

    def _read(self, row: Row[Any]) -> Lease:
        lease = Lease(row.run_id, row.holder, row.step, row.since, row.until, row.cancelled)
        return replace(lease, progress=self._vault.open(row.sealed).decode("utf-8", "surrogatepass")) if row.sealed else lease


def _is(column: Column[str], run_id: str) -> ColumnElement[bool]:
    return column == run_id if is_run_id(run_id) else false()


def _held(lease: Lease) -> dict[str, str]:
    return {"run": lease.run_id, "by": lease.holder}
