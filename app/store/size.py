"""How much the store holds, against STORE_BYTES. A full store takes no new run or link; those that live go on, and none is thrown out."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine, func, select, text

from app.settings import Settings
from app.store.database import StoreUnavailable, reading
from app.store.shares import shares
from app.store.sweep import sweep
from app.store.tables import entries

LOOK_SECONDS = 10.0  # between two looks; a minute of new runs is far below what is kept free
FULL_RETRY_SECONDS = 600
PAGES = (text("PRAGMA page_size"), text("PRAGMA page_count"), text("PRAGMA freelist_count"))


class StoreFull(StoreUnavailable):
    """STORE_BYTES is reached."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"This app keeps {_megabytes(most)} MB of runs and links, as much as it may, so no new one can begin. Open runs go on. "
            "Delete one that you no longer need, or wait: runs end by themselves after some hours. Its operator can raise STORE_BYTES."
        )


class Size:
    """Safe between threads. Methods may raise StoreUnavailable."""

    def __init__(self, engine: Engine, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._engine, self._settings, self._now = engine, settings, now
        self._looked_at, self._full = -LOOK_SECONDS, False

    def measure(self) -> int:
        """Bytes. Of SQLite the pages in use; of PostgreSQL the sealed entries and links, as its files do not shrink when rows go."""
        with reading(self._engine) as connection:
            return _pages(connection) if self._engine.dialect.name == "sqlite" else _sealed(connection)

    def check(self) -> None:
        """Raises StoreFull where nothing new may begin. What is over is swept first."""
        most = self._settings.store_bytes
        if not most:
            return
        if self._now() - self._looked_at >= LOOK_SECONDS or self._full:
            self._looked_at, self._full = self._now(), self._is_full(most)
        if self._full:
            raise StoreFull(most)

    def _is_full(self, most: int) -> bool:
        if self.measure() < most:
            return False
        sweep(self._engine, self._settings, self._now())
        return self.measure() >= most


def _pages(connection: Connection) -> int:
    size, pages, free = (connection.scalar(asked) or 0 for asked in PAGES)
    return int(size * (pages - free))


def _sealed(connection: Connection) -> int:
    held = (connection.scalar(select(func.sum(func.pg_column_size(table.c.sealed)))) for table in (entries, shares))
    return sum(int(octets or 0) for octets in held)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f}"
