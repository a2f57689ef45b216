"""The first schema: runs, entries, leases, states, sessions, and the practice gateway's tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """What every database of before alembic holds already; kept so that the steps tell the whole story."""
    op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))
    _runs()
    _browsers()
    _practice_people()
    _practice_grants()


def _run_id(**options: Any) -> sa.Column[Any]:
    return sa.Column("run_id", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, **options)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("owner_key", sa.String(64), nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("touched_at", sa.Double, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
    )
    op.create_table(
        "entries",
        _run_id(primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "leases",
        _run_id(primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def _browsers() -> None:
    op.create_table(
        "states",
        sa.Column("state_key", sa.String(64), primary_key=True),
        _run_id(index=True),
        sa.Column("owner_key", sa.String(64), nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("until", sa.Double, nullable=False, index=True),
        sa.Column("answered", sa.Boolean, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("sid_key", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("until", sa.Double, nullable=True, index=True),
    )


def _practice(name: str, *columns: sa.Column[Any] | sa.PrimaryKeyConstraint) -> None:
    shared = (sa.Column("gateway", sa.String(64), nullable=False), sa.Column("expires_at", sa.Float, nullable=False, index=True))
    op.create_table(f"practice_{name}", *columns, *shared)


def _text(name: str, length: int = 64, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text, nullable=nullable, **options)


def _practice_people() -> None:
    _practice(
        "clients",
        _text("key", primary_key=True),
        *(_text(name, 0) for name in ("client_id", "name", "redirect_uris", "grant_types")),
        _text("auth_method", 32),
        _text("secret_digest"),
    )
    _practice("logins", _text("digest", primary_key=True), _text("person"), _text("account", 96))
    _practice(
        "flows",
        _text("digest", primary_key=True),
        _text("handle"),
        _text("browser", index=True),
        _text("route"),
        _text("client_key"),
        _text("redirect_uri", 0),
        sa.Column("redirect_sent", sa.Boolean, nullable=False),
        _text("state", 0, nullable=True),
        _text("scope", 0),
        _text("challenge"),
        _text("login_state", index=True),
        _text("login_code", nullable=True),
        _text("person", nullable=True),
    )
    _practice("connections", _text("account", 96), _text("upstream"), sa.PrimaryKeyConstraint("account", "upstream"))


def _used() -> sa.Column[Any]:
    return sa.Column("used_at", sa.Float)


def _practice_grants() -> None:
    _practice(
        "codes",
        _text("digest", primary_key=True),
        _text("grant_id"),
        _text("redirect_uri", 0),
        sa.Column("redirect_sent", sa.Boolean, nullable=False),
        _text("challenge"),
        _used(),
    )
    _practice(
        "grants",
        _text("id", primary_key=True),
        _text("client_key"),
        _text("account", 96),
        _text("resource", 0),
        _text("scope", 0),
        sa.Column("ended_at", sa.Float),
        _text("ended_why", 0, nullable=True),
    )
    _practice(
        "tokens",
        _text("digest", primary_key=True),
        _text("grant_id", index=True),
        _text("kind", 8),
        _text("scope", 0),
        _used(),
        sa.Column("revoked_at", sa.Float),
    )
    _practice("tickets", _text("digest", primary_key=True), _text("account", 96), _text("upstream"), _used())
