"""The tables. Clear columns hold ids, times and words of our own; whatever a gateway or a person said is sealed."""

from __future__ import annotations

import re

from sqlalchemy import Boolean, Column, Double, ForeignKey, Integer, LargeBinary, MetaData, String, Table

# Every table says in `info` whose its rows are, so that "forget everything of mine" knows all of them (app.store.owned):
# owned_by = the column with the owner, blinded, or as owner_as(owner) writes it;
# owned_through = (table, its column, our column); nobodys = why nobody owns them.
# And it says how long they are kept, so that the sweep reaches all of them (app.store.sweep):
# kept_until = (the column with the time at which a row is over, seconds that it stays behind it);
# kept_with = the table whose rows take theirs along; kept_by = the settings of a rule of its own; kept_always = why.
metadata = MetaData()
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")


def is_run_id(text: str) -> bool:
    """Could this be a run's id? Ids come out of URLs, and PostgreSQL takes neither NUL nor a lone surrogate in a question."""
    return _RUN_ID.fullmatch(text) is not None


alembic_version = Table(  # in alembic's own form
    "alembic_version",
    metadata,
    Column("version_num", String(32), primary_key=True),
    info={"nobodys": "one number, of the store itself", "kept_always": "one number, of the store itself"},
)


def _run_id(primary_key: bool = False, index: bool = False) -> Column[str]:
    return Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=primary_key, index=index, nullable=False)


# touched_at changes with every entry: an index on it would cost each append more than it saves the rare sweep
runs = Table(
    "runs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner_key", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # owner and target
    Column("created_at", Double, nullable=False),
    Column("touched_at", Double, nullable=False),
    Column("last_seq", Integer, nullable=False),
    info={"owned_by": "owner_key", "kept_by": "RUN_IDLE_SECONDS, RUN_LIFE_SECONDS"},
)

entries = Table(
    "entries",
    metadata,
    _run_id(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("step", String(32), nullable=False),
    Column("role", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # why and body
    info={"owned_through": ("runs", "id", "run_id"), "kept_with": "runs"},
)

leases = Table(
    "leases",
    metadata,
    _run_id(primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("step", String(32), nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # progress, which may quote a URL
    info={"owned_through": ("runs", "id", "run_id"), "kept_until": ("until", 3_600)},  # a slow worker may still renew what nobody took
)

states = Table(
    "states",
    metadata,
    Column("state_key", String(64), primary_key=True),
    _run_id(index=True),
    Column("owner_key", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # owner
    Column("until", Double, nullable=False, index=True),
    Column("answered", Boolean, nullable=False),
    info={"owned_by": "owner_key", "kept_until": ("until", 0)},
)

sessions = Table(
    "sessions",
    metadata,
    Column("sid_key", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("until", Double, nullable=True, index=True),  # null = until it is deleted
    info={"owned_through": ("session_owners", "sid_key", "sid_key"), "kept_until": ("until", 0)},
)

# A session's owner, so that a person can end their sessions in other browsers too; what is in the session stays sealed.
session_owners = Table(
    "session_owners",
    metadata,
    Column("sid_key", ForeignKey("sessions.sid_key", ondelete="CASCADE"), primary_key=True),
    Column("owner_key", String(64), nullable=False, index=True),
    info={"owned_by": "owner_key", "kept_with": "sessions"},
)

counters = Table(
    "counters",
    metadata,
    Column("key", String(64), primary_key=True),  # what is counted and of whom, blinded
    Column("count", Integer, nullable=False),
    Column("until", Double, nullable=False, index=True),  # the end of the window; then it counts from one again
    info={
        "nobodys": "counts under blinded keys, over within minutes; whoever could erase them could start again at once",
        "kept_until": ("until", 0),
    },
)
