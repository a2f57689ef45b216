"""What came after the first schema: gateways, lessons, rooms, sign-in. Not released yet, so new tables are added here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _counters()
    _shares()
    _targets()
    _session_owners()
    _practice_attempts()
    _practice_attendees()
    _practice_gateways()
    _practice_requests()
    _practice_room_scenarios()
    _practice_rooms()
    _schema_version()


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_counters_until", "counters", ["until"], unique=False)


def _shares() -> None:
    op.create_table(
        "shares",
        sa.Column("share_key", sa.String(length=64), nullable=False),
        sa.Column("owner_key", sa.String(length=64), nullable=False),
        sa.Column("run_key", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("share_key"),
    )
    op.create_index("ix_shares_owner_key", "shares", ["owner_key"], unique=False)
    op.create_index("ix_shares_run_key", "shares", ["run_key"], unique=False)
    op.create_index("ix_shares_until", "shares", ["until"], unique=False)


def _targets() -> None:
    op.create_table(
        "targets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner_key", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_targets_owner_key", "targets", ["owner_key"], unique=False)
    op.create_index("ix_targets_until", "targets", ["until"], unique=False)


def _session_owners() -> None:
    op.create_table(
        "session_owners",
        sa.Column("sid_key", sa.String(length=64), nullable=False),
        sa.Column("owner_key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sid_key"], ["sessions.sid_key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sid_key"),
    )
    op.create_index("ix_session_owners_owner_key", "session_owners", ["owner_key"], unique=False)


def _practice_attempts() -> None:
    op.create_table(
        "practice_attempts",
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("said_step", sa.String(length=32), nullable=False),
        sa.Column("said_cause", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("moved_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "room", "slug"),
    )
    op.create_index("ix_practice_attempts_expires_at", "practice_attempts", ["expires_at"], unique=False)
    op.create_index("ix_practice_attempts_gateway", "practice_attempts", ["gateway"], unique=False)
    op.create_index("ix_practice_attempts_room", "practice_attempts", ["room"], unique=False)


def _practice_attendees() -> None:
    op.create_table(
        "practice_attendees",
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("learner", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("joined_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("room", "learner"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_practice_attendees_expires_at", "practice_attendees", ["expires_at"], unique=False)
    op.create_index("ux_practice_attendees_name", "practice_attendees", ["room", "name_key"], unique=True)


def _practice_gateways() -> None:
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


def _practice_requests() -> None:
    op.create_table(
        "practice_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_practice_requests_expires_at", "practice_requests", ["expires_at"], unique=False)
    op.create_index("ix_practice_requests_gateway", "practice_requests", ["gateway"], unique=False)


def _practice_room_scenarios() -> None:
    op.create_table(
        "practice_room_scenarios",
        sa.Column("room", sa.String(length=32), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("hints_open", sa.Integer(), nullable=False),
        sa.Column("solution_open", sa.Boolean(), nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("room", "slug"),
    )
    op.create_index("ix_practice_room_scenarios_expires_at", "practice_room_scenarios", ["expires_at"], unique=False)


def _practice_rooms() -> None:
    op.create_table(
        "practice_rooms",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("join_key", sa.String(length=64), nullable=False),
        sa.Column("leader_key", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("note_at", sa.Float(), nullable=True),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("join_key"),
    )
    op.create_index("ix_practice_rooms_expires_at", "practice_rooms", ["expires_at"], unique=False)


def _schema_version() -> None:
    op.drop_table("schema_version")
