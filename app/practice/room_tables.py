"""Tables of lessons and rooms. Clear columns hold ids, times, counts and words of our own; what people typed is sealed."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, PrimaryKeyConstraint, String

from app.practice.opaque import digest
from app.practice.tables import Whose
from app.practice.tables import _table as table

OF_LEARNER: Whose = {"owned_by": "learner", "owner_as": partial(digest, "learner")}
OF_LEADER: Whose = {"nobodys": "a room is its leader's who holds the leader's link, ends and deletes it there; it expires"}

attempts = table(
    "attempts",
    Column("learner", String(64), nullable=False),
    Column("room", String(32), nullable=False, index=True),  # empty: somebody learns alone
    Column("slug", String(64), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("hints", Integer, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),  # open, solved, gave_up, shown
    Column("said_step", String(32), nullable=False),  # the newest wrong answer
    Column("said_cause", String(64), nullable=False),
    Column("step", String(32), nullable=False),  # where the run stands
    Column("state", String(16), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("moved_at", Float, nullable=False),  # the newest change of step, state or outcome
    Column("seen_at", Float, nullable=False),
    Column("ended_at", Float),
    PrimaryKeyConstraint("learner", "room", "slug"),
    whose=OF_LEARNER,
)
Index("ix_practice_attempts_gateway", attempts.c.gateway)

rooms = table(
    "rooms",
    Column("id", String(32), primary_key=True),
    Column("join_key", String(64), nullable=False, unique=True),
    Column("leader_key", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # title and join code
    Column("note", LargeBinary, nullable=False),
    Column("note_at", Float),
    Column("frozen", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("ended_at", Float),
    whose=OF_LEADER,
)
room_scenarios = table(
    "room_scenarios",
    Column("room", String(32), nullable=False),
    Column("slug", String(64), nullable=False),
    Column("position", Integer, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("hints_open", Integer, nullable=False),
    Column("solution_open", Boolean, nullable=False),
    PrimaryKeyConstraint("room", "slug"),
    whose=OF_LEADER,
)
attendees = table(
    "attendees",
    Column("room", String(32), nullable=False),
    Column("learner", String(64), nullable=False),
    Column("id", String(16), nullable=False, unique=True),  # what the board's buttons name
    Column("name_key", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the nickname
    Column("joined_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    PrimaryKeyConstraint("room", "learner"),
    whose=OF_LEARNER,
)
Index("ux_practice_attendees_name", attendees.c.room, attendees.c.name_key, unique=True)
