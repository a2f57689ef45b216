"""Rooms: a leader, a join code, chosen lessons in their order, and the people who came in. What people typed is sealed at rest."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.practice.opaque import digest, equal
from app.practice.room_tables import attendees, room_scenarios, rooms
from app.store.database import reading, writing

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that a projector shows alike: no 0 and O, 1, I and L
CODE_LETTERS = 6  # 887 million codes; wrong ones are braked
ROOM_SECONDS = 3 * 86_400  # prepared the day before, read the day after
MOST_ATTENDEES = 200  # of one room
TITLE_CHARACTERS, NAME_CHARACTERS, NOTE_CHARACTERS = 80, 40, 280


class Refused(ValueError):
    """Something that a room does not allow; the message is a sentence for the person."""


@dataclass(frozen=True)
class Room:
    """One room. `code` is what people join by; times are seconds since the epoch."""

    id: str
    title: str
    code: str
    leader_key: str  # the stored form of the leader's secret
    note: str
    note_at: float | None
    is_frozen: bool
    created_at: float
    ended_at: float | None
    expires_at: float

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    def is_led_by(self, secret: str) -> bool:
        """Is this the secret that its leader got?"""
        return bool(secret) and equal(self.leader_key, digest("leader", secret))


@dataclass(frozen=True)
class Chosen:
    """A lesson of a room, as its leader set it."""

    slug: str
    position: int
    is_locked: bool
    hints_open: int
    is_solution_open: bool


@dataclass(frozen=True)
class Attendee:
    """Somebody who came in. `id` names them to the leader; it opens nothing."""

    id: str
    learner: str
    name: str
    joined_at: float
    seen_at: float


class Rooms:
    """Every method opens and closes its own transaction and may raise StoreUnavailable."""

    def __init__(
        self, engine: Engine, seal: Callable[[bytes], bytes], unseal: Callable[[bytes], bytes], now: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._seal, self._unseal, self._now = engine, seal, unseal, now

    def open_room(self, title: str, slugs: Sequence[str]) -> tuple[Room, str]:
        """A new room and its leader's secret, which is told this once only. Raises Refused."""
        if not slugs:
            raise Refused("Choose at least one lesson for the room.")
        at, secret = self._now(), secrets.token_urlsafe(24)
        room = Room(secrets.token_hex(8), title[:TITLE_CHARACTERS], draw_code(), digest("leader", secret), "", None, False, at, None, 0)
        room = replace(room, expires_at=at + ROOM_SECONDS)
        kept = {"id": room.id, "join_key": _join_key(room.code), "leader_key": room.leader_key, "note_at": None, "frozen": False}
        words = {"sealed": self._sealed([room.title, room.code]), "note": self._sealed("")}
        with writing(self._engine) as connection:
            connection.execute(insert(rooms).values(**kept, **words, created_at=at, ended_at=None, gateway="", expires_at=room.expires_at))
            connection.execute(insert(room_scenarios), _chosen_rows(room, slugs, 0))
        return room, secret

    def find(self, room_id: str) -> Room | None:
        """The room of that id."""
        return self._one(rooms.c.id == room_id) if room_id.isalnum() and room_id.isascii() else None

    def find_by_code(self, code: str) -> Room | None:
        """The room that this code, as somebody typed it, leads into."""
        return self._one(rooms.c.join_key == _join_key(code))

    def chosen(self, room_id: str) -> list[Chosen]:
        """The room's lessons in their order."""
        wanted = select(room_scenarios).where(room_scenarios.c.room == room_id).order_by(room_scenarios.c.position)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return [Chosen(row.slug, row.position, row.locked, row.hints_open, row.solution_open) for row in rows]

    def choose(self, room: Room, slugs: Sequence[str]) -> None:
        """Another choice or order. What was locked or opened stays with its lesson. Raises Refused."""
        if not slugs:
            raise Refused("A room needs at least one lesson.")
        held = {one.slug for one in self.chosen(room.id)}
        new = [slug for slug in slugs if slug not in held]
        with writing(self._engine) as connection:
            connection.execute(delete(room_scenarios).where(room_scenarios.c.room == room.id, room_scenarios.c.slug.not_in(slugs)))
            if new:
                connection.execute(insert(room_scenarios), _chosen_rows(room, new, len(slugs)))
            for position, slug in enumerate(slugs):
                connection.execute(update(room_scenarios).where(_lesson(room.id, slug)).values(position=position))

    def join(self, room: Room, learner: str, name: str) -> Attendee:
        """Come in under a nickname; who was in already keeps their place under the new one. Raises Refused."""
        if room.is_over:
            raise Refused("This room is closed: its leader has ended it.")
        name, at = name[:NAME_CHARACTERS], self._now()
        named = {"name_key": digest("name", room.id, name.casefold()), "sealed": self._sealed(name), "seen_at": at}
        fresh = {
            "room": room.id,
            "learner": learner,
            "id": secrets.token_hex(6),
            "joined_at": at,
            "gateway": "",
            "expires_at": room.expires_at,
        }
        mine = (attendees.c.room == room.id) & (attendees.c.learner == learner)
        try:
            with writing(self._engine) as connection:
                if not connection.execute(update(attendees).where(mine).values(named)).rowcount:
                    inside = select(func.count()).select_from(attendees).where(attendees.c.room == room.id)
                    if (connection.scalar(inside) or 0) >= MOST_ATTENDEES:
                        raise Refused(f"This room is full: {MOST_ATTENDEES} people are in it.")
                    connection.execute(insert(attendees).values(**fresh, **named))
        except IntegrityError:
            raise Refused("Somebody in this room has that nickname already. Choose another one.") from None
        found = self.attendee(room.id, learner)
        assert found is not None
        return found

    def attendee(self, room_id: str, learner: str) -> Attendee | None:
        """This person in this room, where they are in it."""
        return next(iter(self._attendees((attendees.c.room == room_id) & (attendees.c.learner == learner))), None)

    def attendees(self, room_id: str) -> list[Attendee]:
        """Everybody in the room, in the order in which they came."""
        return sorted(self._attendees(attendees.c.room == room_id), key=lambda one: (one.joined_at, one.id))

    def see(self, room_id: str, learner: str) -> None:
        """Somebody's browser looks at the room just now."""
        mine = (attendees.c.room == room_id) & (attendees.c.learner == learner)
        with writing(self._engine) as connection:
            connection.execute(update(attendees).where(mine).values(seen_at=self._now()))

    def remove(self, room_id: str, attendee_id: str) -> str:
        """Put somebody out; their stored name, or an empty string. With the code they can come in again."""
        which = (attendees.c.room == room_id) & (attendees.c.id == attendee_id)
        with writing(self._engine) as connection:
            return connection.scalar(delete(attendees).where(which).returning(attendees.c.learner)) or ""

    def write_note(self, room_id: str, note: str) -> None:
        """A note to all, or none."""
        note = note[:NOTE_CHARACTERS]
        self._set(room_id, note=self._sealed(note), note_at=self._now() if note else None)

    def freeze(self, room_id: str, frozen: bool) -> None:
        """While it is frozen nobody's answers, hints and starts are taken."""
        self._set(room_id, frozen=frozen)

    def end(self, room_id: str) -> None:
        """Nobody comes in any more and nothing is counted; the board can still be read."""
        self._set(room_id, ended_at=self._now())

    def lock(self, room_id: str, slug: str, locked: bool) -> None:
        """A locked lesson cannot be opened."""
        self._set_lesson(room_id, slug, locked=locked)

    def open_hint(self, room_id: str, slug: str, most: int) -> None:
        """One hint more for everybody."""
        self._set_lesson(room_id, slug, room_scenarios.c.hints_open < most, hints_open=room_scenarios.c.hints_open + 1)

    def open_solution(self, room_id: str, slug: str) -> None:
        """The solution for everybody."""
        self._set_lesson(room_id, slug, solution_open=True)

    def close_again(self, room_id: str, slug: str = "") -> None:
        """A reset: hints and solutions that were opened for all are closed, of one lesson or of every one."""
        which = _lesson(room_id, slug) if slug else room_scenarios.c.room == room_id
        with writing(self._engine) as connection:
            connection.execute(update(room_scenarios).where(which).values(hints_open=0, solution_open=False))

    def purge(self, room_id: str) -> None:
        """Remove the room with its lessons and its people; attempts are removed by Attempts.forget."""
        with writing(self._engine) as connection:
            for table, column in ((room_scenarios, room_scenarios.c.room), (attendees, attendees.c.room), (rooms, rooms.c.id)):
                connection.execute(delete(table).where(column == room_id))

    def _set(self, room_id: str, **values: object) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(rooms).where(rooms.c.id == room_id).values(values))

    def _set_lesson(self, room_id: str, slug: str, *where: ColumnElement[bool], **values: object) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(room_scenarios).where(_lesson(room_id, slug), *where).values(values))

    def _one(self, which: ColumnElement[bool]) -> Room | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(rooms).where(which, rooms.c.expires_at > self._now())).one_or_none()
        return self._room(row) if row else None

    def _room(self, row: Row[tuple[object, ...]]) -> Room:
        title, code = json.loads(self._unseal(row.sealed))
        note = json.loads(self._unseal(row.note))
        times = (row.created_at, row.ended_at, row.expires_at)
        return Room(row.id, title, code, row.leader_key, note, row.note_at, row.frozen, *times)

    def _attendees(self, which: ColumnElement[bool]) -> list[Attendee]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(attendees).where(which)).all()
        return [Attendee(row.id, row.learner, json.loads(self._unseal(row.sealed)), row.joined_at, row.seen_at) for row in rows]

    def _sealed(self, words: object) -> bytes:
        return self._seal(json.dumps(words).encode())


def draw_code() -> str:
    """A fresh join code."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))


def plain_code(typed: str) -> str:
    """A code as it is kept: capitals, without the dash and blanks that people type."""
    return "".join(letter for letter in typed[:40].upper() if letter.isascii() and letter.isalnum())


def _join_key(code: str) -> str:
    return digest("join", plain_code(code))


def _lesson(room_id: str, slug: str) -> ColumnElement[bool]:
    return (room_scenarios.c.room == room_id) & (room_scenarios.c.slug == slug)


def _chosen_rows(room: Room, slugs: Sequence[str], first: int) -> list[dict[str, object]]:
    row = {"room": room.id, "locked": False, "hints_open": 0, "solution_open": False, "gateway": "", "expires_at": room.expires_at}
    return [{**row, "slug": slug, "position": position} for position, slug in enumerate(dict.fromkeys(slugs), first)]
