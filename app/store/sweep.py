"""Removes what is over: idle and old runs with all that hangs on them, and expired sessions, states and leases."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, Table, delete, exists, or_, select

from app.settings import Settings
from app.store.database import StoreUnavailable, reading, writing
from app.store.shares import shares
from app.store.tables import counters, leases, runs, sessions, states
from app.store.targets import targets

_BATCH = 50  # runs per transaction: other writers wait for no more than this many at once
_ONE_IN = 200  # page views per sweep, on average; no scheduler needed
_LEASE_GRACE_SECONDS = 3_600  # a slow worker may still renew a lease that nobody else took


@dataclass(frozen=True)
class Swept:
    """How many rows a sweep removed."""

    runs: int = 0
    sessions: int = 0
    states: int = 0
    leases: int = 0
    counters: int = 0
    shares: int = 0
    targets: int = 0


def sweep(engine: Engine, settings: Settings, now: float) -> Swept:
    """Remove everything that is over at `now` (seconds since the epoch). A run with a living lease stays.

    Where nothing is over this only reads. Raises StoreUnavailable.
    """
    return Swept(
        _sweep_runs(engine, settings, now),
        _sweep_rows(engine, sessions, sessions.c.until <= now),
        _sweep_rows(engine, states, states.c.until <= now),
        _sweep_rows(engine, leases, leases.c.until <= now - _LEASE_GRACE_SECONDS),
        _sweep_rows(engine, counters, counters.c.until <= now),
        _sweep_rows(engine, shares, shares.c.until <= now),
        _sweep_rows(engine, targets, targets.c.until <= now),
    )


def sweep_sometimes(engine: Engine, settings: Settings) -> Swept | None:
    """Sweep in one of many calls. Never raises: the page that happens to call it must not pay for a store in trouble."""
    if secrets.randbelow(_ONE_IN):
        return None
    try:
        return sweep(engine, settings, time.time())
    except StoreUnavailable:
        return None


def _sweep_runs(engine: Engine, settings: Settings, now: float) -> int:
    idle = runs.c.touched_at < now - settings.run_idle_seconds
    old = runs.c.created_at < now - settings.run_life_seconds
    worked_on = exists().where(leases.c.run_id == runs.c.id, leases.c.until > now)
    over = or_(idle, old) & ~worked_on
    removed = 0
    while batch := _ids(engine, over):
        with writing(engine) as connection:
            gone = connection.execute(delete(runs).where(runs.c.id.in_(batch), over)).rowcount
        removed += gone
        if len(batch) < _BATCH or not gone:
            break
    return removed


def _ids(engine: Engine, over: ColumnElement[bool]) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(runs.c.id).where(over).limit(_BATCH)))


def _sweep_rows(engine: Engine, table: Table, over: ColumnElement[bool]) -> int:
    with reading(engine) as connection:
        if not connection.scalar(select(exists().select_from(table).where(over))):
            return 0
    with writing(engine) as connection:
        return connection.execute(delete(table).where(over)).rowcount
