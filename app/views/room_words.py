"""What views need of a room, and the words that its pages share."""

from __future__ import annotations

from typing import Protocol

from app.views.visible import shortened, visible


class Room(Protocol):
    """One room (app.practice.rooms)."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def note_at(self) -> float | None: ...
    @property
    def is_frozen(self) -> bool: ...
    @property
    def is_over(self) -> bool: ...
    @property
    def created_at(self) -> float: ...
    @property
    def expires_at(self) -> float: ...


class Chosen(Protocol):
    """A lesson of a room, as its leader set it."""

    @property
    def slug(self) -> str: ...
    @property
    def is_locked(self) -> bool: ...
    @property
    def hints_open(self) -> int: ...
    @property
    def is_solution_open(self) -> bool: ...


class Attendee(Protocol):
    """Somebody in a room."""

    @property
    def id(self) -> str: ...
    @property
    def learner(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def seen_at(self) -> float: ...


def title_of(room: Room) -> str:
    """The room's title, made safe to look at."""
    return visible(room.title, one_line=True) or "Workshop"


def name_of(attendee: Attendee) -> str:
    """A nickname, made safe to look at."""
    return visible(shortened(attendee.name, 60), one_line=True)


def spoken(code: str) -> str:
    """A join code in two halves, as people read it aloud."""
    return f"{code[:3]} {code[3:]}"
