"""Gateways lessons rooms accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _1()
    _2()
    _3()
    _4()


def _1() -> None:
    op.create_table(
        "counters",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_counters_until", "counters", ["until"], unique=False)


def _2() -> None:
    op.create_table(
        "session_owners",
        sa.Column("sid_key", sa.String(length=64), nullable=False),
        sa.Column("owner_key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sid_key"], ["sessions.sid_key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sid_key"),
    )
    op.create_index("ix_session_owners_owner_key", "session_owners", ["owner_key"], unique=False)


def _3() -> None:
    op.create_table(
        "practice_gateways",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_practice_gateways_expires_at", "practice_gateways", ["expires_at"], unique=False)
    op.create_index("ix_practice_gateways_owner", "practice_gateways", ["owner"], unique=False)
    op.create_index("ix_practice_gateways_room", "practice_gateways", ["room"], unique=False)


def _4() -> None:
    op.drop_table("schema_version")
