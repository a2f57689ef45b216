"""How much strangers may leave at the practice gateways together. A full table takes nothing new; runs at other gateways go on.

Every row expires by itself, but a program that registers and signs in without end would fill the store before, for everybody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from sqlalchemy import Engine, Table, func, literal, select

from app.practice.tables import clients, codes, flows, grants, logins, tokens
from app.store.database import reading

LOOK_SECONDS = 10.0  # between two looks; what can come in meanwhile is little
RETRY_SECONDS = 600
# rows; ten rooms of forty walk all day with a tenth of it. Together 600 MB at most, where STORE_BYTES is a gigabyte
MOST: Mapping[Table, int] = {clients: 50_000, flows: 20_000, logins: 50_000, codes: 50_000, grants: 50_000, tokens: 200_000}
SAYS = "The practice gateways hold as much as they may. What was left there goes by itself within a day: try again later."


class Fullness:
    """Looked at now and then, by each worker for itself. Safe between threads."""

    def __init__(self, engine: Engine, most: Mapping[Table, int] = MOST, now: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._most, self._now = engine, most, now
        self._looked_at, self._full = -LOOK_SECONDS, False

    def __call__(self) -> bool:
        """Is a table full? Raises StoreUnavailable."""
        if self._now() - self._looked_at >= LOOK_SECONDS:
            self._looked_at, self._full = self._now(), any(self._is_full(table, most) for table, most in self._most.items())
        return self._full

    def _is_full(self, table: Table, most: int) -> bool:
        up_to = select(literal(1)).select_from(table).limit(most).subquery()  # no more rows are counted than the answer needs
        with reading(self._engine) as connection:
            return (connection.scalar(select(func.count()).select_from(up_to)) or 0) >= most
