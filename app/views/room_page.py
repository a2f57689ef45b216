"""Pages of a room for the people in it, the form that opens one, the form that joins one, and the projector."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from app.views.board_page import ROOM_KEEPING, unreachable
from app.views.keeping import Terms
from app.views.lessons_page import Row, row
from app.views.qr import Qr
from app.views.room_words import Attendee, Chosen, Room, name_of, spoken, title_of
from app.views.scenario_words import LEVELS, Attempt, Scenario, count
from app.views.visible import visible


@dataclass(frozen=True)
class News:
    """What the leader said and did: asked for again and again."""

    href: Annotated[str, "where the next news are asked for, with the version of these"]
    version: Annotated[str, "differs when anything in it does"]
    note: Annotated[str, "the leader's note to all"]
    status: Annotated[str, "that the room is frozen or has ended, or empty"]
    more: Annotated[str, "that there is more to see at `at`, or empty"]
    at: Annotated[str, "the page with what is new"]


@dataclass(frozen=True)
class RoomPage:
    """All that templates/pages/room.html prints."""

    room_id: Annotated[str, "the room's id"]
    title: Annotated[str, "the room's title"]
    name: Annotated[str, "this person's nickname"]
    lessons: Annotated[tuple[Row, ...], "the room's lessons in their order"]
    solved: Annotated[int, "how many this person has solved"]
    keeping: Annotated[str, "where it is kept, how long, who sees it"]


@dataclass(frozen=True)
class JoinPage:
    """All that templates/pages/join.html prints."""

    code: Annotated[str, "the code as it was typed or came with the address"]
    name: Annotated[str, "the nickname as it was typed"]
    mistake: Annotated[str, "what is wrong, or empty"]
    at_name: Annotated[bool, "is the nickname what is wrong?"]
    keeping: Annotated[str, "where it is kept, how long, who sees it"]


@dataclass(frozen=True)
class Pick:
    """One lesson to choose."""

    slug: Annotated[str, "its name"]
    title: Annotated[str, "its title"]
    says: Annotated[str, "its level"]
    is_chosen: Annotated[bool, "is it marked?"]
    position: Annotated[int, "its place in the order"]


@dataclass(frozen=True)
class OpenPage:
    """All that templates/pages/open_room.html prints."""

    action: Annotated[str, "where the form goes"]
    title: Annotated[str, "the room's title"]
    picks: Annotated[tuple[Pick, ...], "every lesson"]
    is_new: Annotated[bool, "does the form open a room, or change one?"]
    mistake: Annotated[str, "what is wrong, or empty"]
    warning: Annotated[str, "why nobody else can reach this app, or empty"]
    keeping: Annotated[str, "where it is kept, how long, who sees it"]


@dataclass(frozen=True)
class Projector:
    """All that templates/pages/projector.html prints."""

    room_id: Annotated[str, "the room's id"]
    title: Annotated[str, "the room's title"]
    code: Annotated[str, "the join code, in two halves"]
    join: Annotated[str, "the address to join at, without its scheme"]
    qr: Annotated[Qr, "the address with the code"]
    inside: Annotated[str, "how many are in the room"]
    href: Annotated[str, "where the number is asked for again"]
    warning: Annotated[str, "why nobody else can reach the address, or empty"]
    note: Annotated[str, "the note to all"]


def news_of(room: Room, *, at: str, hints_shown: int = -1, chosen: Sequence[Chosen] = ()) -> News:
    """The news for one page at the address `at`; on a lesson's page `hints_shown` says how many hints it shows."""
    status = "The room is frozen: nothing is taken until the leader goes on." if room.is_frozen else ""
    status = "The leader has ended the room." if room.is_over else status
    marks = tuple((one.slug, one.is_locked, one.hints_open, one.is_solution_open) for one in chosen)
    one = chosen[0] if hints_shown >= 0 and chosen else None
    more = "The leader opened a hint for everybody." if one and one.hints_open > hints_shown else ""
    more = "The leader opened the solution for everybody." if one and one.is_solution_open else more
    version = hashlib.sha256(repr((room.note, room.note_at, status, marks)).encode("utf-8", "replace")).hexdigest()[:16]
    joint = "&" if "?" in at else "?"
    return News(f"{at}/news{joint}v={version}&h={hints_shown}", version, visible(room.note), status, more, at)


def room_page(room: Room, attendee: Attendee, listed: Sequence[tuple[Chosen, Scenario]], attempts: Sequence[Attempt]) -> RoomPage:
    """The page of somebody in a room."""
    done = {attempt.slug: attempt for attempt in attempts}
    rows = [
        row(scenario, done.get(one.slug), f"/rooms/{room.id}/lessons/{one.slug}", is_locked=one.is_locked, number=place)
        for place, (one, scenario) in enumerate(listed, 1)
    ]
    solved = sum(line.outcome == "solved" for line in rows)
    return RoomPage(room.id, title_of(room), name_of(attendee), tuple(rows), solved, ROOM_KEEPING)


def join_page(*, code: str = "", name: str = "", mistake: str = "", at_name: bool = False) -> JoinPage:
    """The form to come in by."""
    return JoinPage(visible(code, one_line=True), visible(name, one_line=True), mistake, at_name, ROOM_KEEPING)


def open_page(
    listed: Sequence[Scenario],
    *,
    settings: Terms,
    action: str,
    title: str = "",
    order: Sequence[str] = (),
    mistake: str = "",
    is_new: bool = True,
) -> OpenPage:
    """The form of a room: every lesson, those in `order` marked and numbered."""
    places = {slug: place for place, slug in enumerate(order, 1)}
    picks = tuple(
        Pick(one.slug, one.title, f"level {one.level}, {LEVELS.get(one.level, '')}", one.slug in places, places.get(one.slug, 0))
        for one in sorted(listed, key=lambda one: (places.get(one.slug, 1_000), one.number))
    )
    return OpenPage(action, visible(title, one_line=True), picks, is_new, mistake, unreachable(settings.base_url), ROOM_KEEPING)


def projector(room: Room, inside: int, code: Qr, *, settings: Terms) -> Projector:
    """What the last row must be able to read."""
    host = settings.base_url.partition("://")[2]
    return Projector(
        room.id,
        title_of(room),
        spoken(room.code),
        f"{host}/join",
        code,
        count(inside, "person").replace("persons", "people"),
        f"/rooms/{room.id}/projector",
        unreachable(settings.base_url),
        visible(room.note),
    )
