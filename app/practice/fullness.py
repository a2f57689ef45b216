"""How much strangers may leave at the practice gateways together. A full table takes nothing new; runs at other gateways go on.

Every row expires by itself, but a program that registers and signs in without end would fill the store before, for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Engine, Table, func, literal, select

from app.practice.gateway import Gateway
from app.practice.tables import clients, codes, flows, grants, logins, tokens
from app.store.database import delete_in_batches, reading

LOOK_SECONDS = 10.0  # between two looks; what can come in meanwhile is little
RETRY_SECONDS = 600
BATCH_ROWS = 2_000  # each batch reads the clients of all grants
# rows; an hour of five walks a second fits. If each held the most that it may: 825 MB (measured), below STORE_BYTES
MOST: Mapping[Table, int] = {clients: 50_000, flows: 20_000, logins: 50_000, codes: 50_000, grants: 50_000, tokens: 200_000}
UNUSED_SECONDS = 3_600  # then a client that nobody approved gives way to new ones: in an hour fewer may register than there is room for
SAYS = "The practice gateways hold as much as they may. What was left there goes by itself: try again later."


class Fullness:
    """Looked at now and then, by each worker for itself. Safe between threads. `clock` tells seconds since the epoch."""

    def __init__(self, engine: Engine, clock: Callable[[], float], most: Mapping[Table, int] = MOST) -> None:
        self._engine, self._clock, self._most = engine, clock, most
        self._looked_at, self._full = 0.0, False

    def __call__(self) -> bool:
        """Is a table full? Raises StoreUnavailable."""
        if abs(self._clock() - self._looked_at) >= LOOK_SECONDS:
            self._looked_at = self._clock()
            self._full = any(self._is_full(table, most) for table, most in self._most.items())
        return self._full

    def _is_full(self, table: Table, most: int) -> bool:
        return self._holds(table, most) and not (table is clients and self._drop_unused() and not self._holds(table, most))

    def _holds(self, table: Table, most: int) -> bool:
        up_to = select(literal(1)).select_from(table).limit(most).subquery()  # no more rows are counted than the answer needs
        with reading(self._engine) as connection:
            return (connection.scalar(select(func.count()).select_from(up_to)) or 0) >= most

    def _drop_unused(self) -> int:
        unused = clients.c.key.not_in(select(grants.c.client_key))
        old = clients.c.expires_at < self._clock() + Gateway.client_seconds - UNUSED_SECONDS
        return delete_in_batches(self._engine, clients, old & unused, rows=BATCH_ROWS)
