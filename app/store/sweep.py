"""Removes what is over, in every table. Which rows those are, the tables say themselves; only runs have a rule of their own."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Engine, MetaData, Table, exists, or_

from app.settings import Settings
from app.store.database import BATCH_ROWS, StoreUnavailable, delete_in_batches
from app.store.tables import leases, metadata, runs

WAYS = ("kept_until", "kept_with", "kept_by", "kept_always")
_BATCH_OF_RUNS = 10  # with up to 200 exchanges each
_ONE_IN = 200  # new runs per sweep, on average, where no worker sweeps by itself
_PAGE_SECONDS = 0.2  # and the page that happens to do it must not wait for all of it

Swept = dict[str, int]


def sweep(engine: Engine, settings: Settings, now: float, tables: Iterable[MetaData] = (metadata,), *, seconds: float = math.inf) -> Swept:
    """Remove everything that is over at `now` (seconds since the epoch). A run with a living lease stays.

    Returns how many rows went, by table; those that went along with them are not counted. Begins no batch after `seconds`.
    Where nothing is over this only reads. Raises StoreUnavailable.
    """
    swept, give_up = {}, time.monotonic() + seconds
    for table in (table for known in tables for table in known.sorted_tables):
        over = is_over(table, settings, now)
        rows = _BATCH_OF_RUNS if table is runs else BATCH_ROWS
        if over is not None and (gone := delete_in_batches(engine, table, over, rows=rows, give_up=give_up)):
            swept[table.name] = gone
        if swept and time.monotonic() > give_up:
            break
    return swept


def sweep_sometimes(engine: Engine, settings: Settings) -> Swept | None:
    """Sweep a little in one of many calls. Never raises: the page that happens to call it must not pay for a store in trouble."""
    if secrets.randbelow(_ONE_IN):
        return None
    try:
        return sweep(engine, settings, time.time(), seconds=_PAGE_SECONDS)
    except StoreUnavailable:
        return None


def is_over(table: Table, settings: Settings, now: float) -> ColumnElement[bool] | None:
    """Which rows of a table are over; None where they go with those of another table, or are kept always.

    What stays behind its time does so for walks that ask once more: no longer than a run may live.
    """
    if table is runs:
        return _runs_over(settings, now)
    if until := table.info.get("kept_until"):
        name, behind = until
        over: ColumnElement[bool] = table.c[name] <= now - min(behind, settings.run_life_seconds)
        return over
    return None


def unkept(tables: Iterable[MetaData]) -> list[str]:
    """Tables that do not say how long their rows are kept, or say it in two ways: the sweep would miss them."""
    every = [table for known in tables for table in known.sorted_tables]
    return [table.name for table in every if sum(way in table.info for way in WAYS) != 1]


def _runs_over(settings: Settings, now: float) -> ColumnElement[bool]:
    idle = runs.c.touched_at < now - settings.run_idle_seconds
    old = runs.c.created_at < now - settings.run_life_seconds
    worked_on = exists().where(leases.c.run_id == runs.c.id, leases.c.until > now)
    return or_(idle, old) & ~worked_on
