"""What people have done in lessons: one small row for each person, room and lesson."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, Engine, Row, delete, select, update

from app.practice.opaque import digest
from app.practice.room_tables import attempts
from app.store.database import insert_into, reading, writing

OPEN, SOLVED, GAVE_UP, SHOWN = "open", "solved", "gave_up", "shown"
ALONE_SECONDS = 14 * 86_400  # since a lesson was last begun; longer gaps are bridged by the code of progress
SEEN_SECONDS = 15  # how exact "last seen" is: a page that is polled writes four times a minute at most


@dataclass(frozen=True)
class Key:
    """Whose attempt at what: `learner` is the stored form of a browser's owner id, `room` empty where somebody learns alone."""

    learner: str
    room: str
    slug: str


@dataclass(frozen=True)
class Attempt:
    """One attempt. Times are seconds since the epoch; `outcome` is open, solved, gave_up or shown."""

    learner: str
    room: str
    slug: str
    gateway: str
    run_id: str
    hints: int
    wrong: int
    outcome: str
    said_step: str
    said_cause: str
    step: str
    state: str
    started_at: float
    moved_at: float
    seen_at: float
    ended_at: float | None

    @property
    def key(self) -> Key:
        return Key(self.learner, self.room, self.slug)

    @property
    def is_over(self) -> bool:
        return self.outcome != OPEN


def learner_of(owner: str) -> str:
    """The stored form of a browser's owner id, which is random and long."""
    return digest("learner", owner)


class Attempts:
    """Every method opens and closes its own transaction and may raise StoreUnavailable."""

    def __init__(self, engine: Engine, now: Callable[[], float] = time.time) -> None:
        self._engine, self._now = engine, now

    def begin(self, key: Key, gateway: str, run_id: str, expires_at: float | None = None) -> None:
        """A gateway was opened and a run begun. Begun anew, what was counted stays; many may begin at once."""
        at = self._now()
        fresh = {"gateway": gateway, "run_id": run_id, "step": "", "state": "", "moved_at": at, "seen_at": at}
        fresh["expires_at"] = expires_at or at + ALONE_SECONDS
        row = {**vars(key), **fresh, **_blank(at)}
        insert = insert_into(self._engine, attempts).values(row)
        with writing(self._engine) as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["learner", "room", "slug"], set_=fresh))

    def find(self, key: Key) -> Attempt | None:
        """This one."""
        return next(iter(self._select(_is(key))), None)

    def of_learner(self, learner: str, room: str) -> list[Attempt]:
        """All of one person in one room, or alone."""
        return self._select((attempts.c.learner == learner) & (attempts.c.room == room))

    def of_room(self, room: str) -> list[Attempt]:
        """Everybody's in a room."""
        return self._select(attempts.c.room == room) if room else []

    def of_gateway(self, gateway: str) -> Attempt | None:
        """The attempt that this practice gateway was opened for."""
        return next(iter(self._select(attempts.c.gateway == gateway)), None) if gateway else None

    def walk_with(self, key: Key, run_id: str) -> None:
        """Another run is walked at the same gateway now."""
        self._update(_is(key), run_id=run_id)

    def open_hint(self, key: Key, most: int) -> None:
        """One hint more is open, `most` at most; two clicks at once open two."""
        self._update(_is(key) & (attempts.c.hints < most) & _open(), hints=attempts.c.hints + 1, moved_at=self._now())

    def count_wrong(self, key: Key, step: str, cause: str) -> None:
        """An answer was wrong; the newest one is kept, for the sentence that helps."""
        self._update(_is(key) & _open(), wrong=attempts.c.wrong + 1, said_step=step[:32], said_cause=cause[:64], moved_at=self._now())

    def end(self, key: Key, outcome: str) -> bool:
        """Solved, or given up. True for the first who says so: of two answers at once one counts."""
        return self._end(_is(key), outcome) == 1

    def show_all(self, room: str, slug: str) -> int:
        """The solution was opened for a whole room; how many had no answer yet."""
        return self._end((attempts.c.room == room) & (attempts.c.slug == slug), SHOWN)

    def note(self, key: Key, run_id: str, step: str, state: str) -> Attempt | None:
        """Where the run stands, written down where that changed. The attempt, or None where there is none (any more)."""
        found, at = self.find(key), self._now()
        if found is None or found.run_id != run_id:
            return found
        if (found.step, found.state) != (step, state):
            self._update(_is(key), step=step, state=state, moved_at=at, seen_at=at)
        elif found.seen_at < at - SEEN_SECONDS:
            self._update(_is(key), seen_at=at)
        return found

    def restore(self, learner: str, slugs: Iterable[str]) -> None:
        """Lessons that were solved in another browser; what is here already stays."""
        at = self._now()
        blank = {"gateway": "", "run_id": "", "step": "", "state": "", "moved_at": at, "seen_at": at, "expires_at": at + ALONE_SECONDS}
        rows = [{**vars(Key(learner, "", slug)), **_blank(at), **blank, "outcome": SOLVED, "ended_at": at} for slug in slugs]
        if rows:
            insert = insert_into(self._engine, attempts).values(rows)
            solved = {"outcome": SOLVED, "ended_at": at}
            with writing(self._engine) as connection:
                connection.execute(insert.on_conflict_do_update(index_elements=["learner", "room", "slug"], set_=solved))

    def forget(self, room: str, *, learner: str = "", slug: str = "") -> list[str]:
        """Remove a room's attempts, or those of one person or lesson; the gateways that were opened for them."""
        which = attempts.c.room == room
        which = which & (attempts.c.learner == learner) if learner else which
        which = which & (attempts.c.slug == slug) if slug else which
        return self._forget(which)

    def forget_learner(self, learner: str) -> list[str]:
        """Remove everything of one person, alone and in rooms; the gateways that were opened for them."""
        return self._forget(attempts.c.learner == learner)

    def _forget(self, which: ColumnElement[bool]) -> list[str]:
        with writing(self._engine) as connection:
            return [found for found in connection.scalars(delete(attempts).where(which).returning(attempts.c.gateway)) if found]

    def _end(self, which: ColumnElement[bool], outcome: str) -> int:
        at = self._now()
        return self._update(which & _open(), outcome=outcome, ended_at=at, moved_at=at)

    def _update(self, which: ColumnElement[bool], **values: object) -> int:
        with writing(self._engine) as connection:
            return connection.execute(update(attempts).where(which).values(values)).rowcount

    def _select(self, which: ColumnElement[bool]) -> list[Attempt]:
        with reading(self._engine) as connection:
            return [_attempt(row) for row in connection.execute(select(attempts).where(which, attempts.c.expires_at > self._now()))]


def _blank(at: float) -> dict[str, object]:
    return {"hints": 0, "wrong": 0, "outcome": OPEN, "said_step": "", "said_cause": "", "started_at": at, "ended_at": None}


def _is(key: Key) -> ColumnElement[bool]:
    return (attempts.c.learner == key.learner) & (attempts.c.room == key.room) & (attempts.c.slug == key.slug)


def _open() -> ColumnElement[bool]:
    return attempts.c.outcome == OPEN


def _attempt(row: Row[tuple[object, ...]]) -> Attempt:
    return Attempt(**{field.name: getattr(row, field.name) for field in fields(Attempt)})
