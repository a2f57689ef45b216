"""The practice gateway's own tables. What alone opens something is stored as a digest; every row expires."""

from __future__ import annotations

import secrets
from contextlib import suppress

from sqlalchemy import Boolean, Column, Engine, Float, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, String, Table, Text

from app.practice.opaque import digest
from app.store import database
from app.store.database import StoreUnavailable, delete_in_batches

Whose = dict[str, object]  # see app.store.tables
metadata = MetaData()
ONE_IN = 50  # authorize requests per sweep, on average
KEEP_SECONDS = 3_600  # used codes and rotated tokens outlive their use, or a replay could not be told from an unknown value


# What happened at somebody's own gateway is theirs; what happened at the healthy one everybody shares is nobody's, and expires.
KEPT: Whose = {"kept_until": ("expires_at", KEEP_SECONDS)}
AT_OWN_GATEWAY: Whose = {"owned_through": ("practice_gateways", "id", "gateway")}


def _table(name: str, *columns: Column[object] | PrimaryKeyConstraint, whose: Whose = AT_OWN_GATEWAY, kept: Whose = KEPT) -> Table:
    shared = (Column("gateway", String(64), nullable=False), Column("expires_at", Float, nullable=False, index=True))
    return Table(f"practice_{name}", metadata, *columns, *shared, info=whose | kept)


clients = _table(
    "clients",
    Column("key", String(64), primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("redirect_uris", Text, nullable=False),
    Column("grant_types", Text, nullable=False),
    Column("auth_method", String(32), nullable=False),
    Column("secret_digest", String(64), nullable=False),
)
logins = _table(
    "logins",
    Column("digest", String(64), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("account", String(96), nullable=False),
)
flows = _table(
    "flows",
    Column("digest", String(64), primary_key=True),
    Column("handle", String(64), nullable=False),
    Column("browser", String(64), nullable=False, index=True),
    Column("route", String(64), nullable=False),
    Column("client_key", String(64), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("redirect_sent", Boolean, nullable=False),
    Column("state", Text),
    Column("scope", Text, nullable=False),
    Column("challenge", String(64), nullable=False),
    Column("login_state", String(64), nullable=False, index=True),
    Column("login_code", String(64)),
    Column("person", String(64)),
    kept={"kept_until": ("expires_at", 0)},  # one that has expired answers nobody
)
codes = _table(
    "codes",
    Column("digest", String(64), primary_key=True),
    Column("grant_id", String(64), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("redirect_sent", Boolean, nullable=False),
    Column("challenge", String(64), nullable=False),
    Column("used_at", Float),
)
grants = _table(
    "grants",
    Column("id", String(64), primary_key=True),
    Column("client_key", String(64), nullable=False),
    Column("account", String(96), nullable=False),
    Column("resource", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("ended_at", Float),
    Column("ended_why", Text),
)
tokens = _table(
    "tokens",
    Column("digest", String(64), primary_key=True),
    Column("grant_id", String(64), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("scope", Text, nullable=False),
    Column("used_at", Float),
    Column("revoked_at", Float),
)
connections = _table(
    "connections",
    Column("account", String(96), nullable=False),
    Column("upstream", String(64), nullable=False),
    PrimaryKeyConstraint("account", "upstream"),
)
tickets = _table(
    "tickets",
    Column("digest", String(64), primary_key=True),
    Column("account", String(96), nullable=False),
    Column("upstream", String(64), nullable=False),
    Column("used_at", Float),
)
gateways = _table(
    "gateways",
    Column("id", String(64), primary_key=True),
    Column("faults", Text, nullable=False),
    Column("profile", String(64), nullable=False),
    Column("owner", String(64), nullable=False, index=True),
    Column("room", String(64), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    whose={"owned_by": "owner", "owner_as": digest},
)
requests = Table(
    "practice_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gateway", String(64), nullable=False, index=True),
    Column("expires_at", Float, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # the request and its answer
    info=AT_OWN_GATEWAY | KEPT,
)


def create_tables(engine: Engine) -> None:
    """Make what is missing. Any number of workers may call it at the same time."""
    database.create_tables(engine, metadata)


def sweep_sometimes(engine: Engine, now: float) -> None:
    """Sweep in one of many calls. Never raises: who happens to call it must not pay for a store in trouble."""
    if secrets.randbelow(ONE_IN) == 0:
        with suppress(StoreUnavailable):
            sweep(engine, now)


def sweep(engine: Engine, now: float) -> int:
    """Delete every row that expired more than KEEP_SECONDS ago; returns how many. `now` is seconds since the epoch."""
    return sum(delete_in_batches(engine, table, table.c.expires_at <= now - KEEP_SECONDS) for table in metadata.sorted_tables)
