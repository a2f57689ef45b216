"""Who learns here, and how far they are: the one place where pages meet attempts and rooms."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from flask import session
from werkzeug.exceptions import NotFound

from app.flow import choices
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Choice, Run
from app.flow.moves import Standing
from app.pages.browser import owner
from app.pages.wired import wired
from app.practice.attempts import Attempt, Attempts, Key, learner_of
from app.practice.gateways import close_gateway
from app.practice.rooms import Attendee, Chosen, Room, Rooms
from app.practice.scenarios import Scenario, find_scenario
from app.store.database import StoreUnavailable

GATEWAY = re.compile(r"/practice/g/([0-9a-z-]{8,40})/")
NO_ROOM = "There is no such room, or it has ended and was deleted. Ask its leader for the code, and join again."
NO_LESSON = "There is no lesson of that name."


def attempts() -> Attempts:
    return Attempts(wired().store.engine)


def rooms() -> Rooms:
    store = wired().store
    return Rooms(store.engine, store.vault.seal, store.vault.open)


@dataclass(frozen=True)
class Desk:
    """A pupil before one lesson. `room` is None for somebody who learns alone; `learner` is empty where the browser has no owner yet."""

    scenario: Scenario
    learner: str
    room: Room | None = None
    chosen: Chosen | None = None

    @property
    def key(self) -> Key:
        return Key(self.learner, self.room.id if self.room else "", self.scenario.slug)

    @property
    def href(self) -> str:
        return lesson_path(self.scenario.slug, self.room.id if self.room else "")

    @property
    def refusal(self) -> str:
        """Why nothing may be done here just now, or an empty string."""
        if self.room and self.room.is_over:
            return "The leader has ended this room. What you did is kept until it is deleted."
        if self.room and self.room.is_frozen:
            return "The leader has frozen the room: nothing is taken until it goes on."
        if self.chosen and self.chosen.is_locked:
            return "The leader has locked this lesson. It opens for everybody at once."
        return ""

    def attempt(self) -> Attempt | None:
        """What this pupil did here so far."""
        return attempts().find(self.key) if self.learner else None


def desk_at(slug: str, room_id: str = "") -> Desk:
    """The pupil before this lesson. Raises NotFound, also where this browser is not in that room or the room has no such lesson."""
    scenario = find_scenario(slug)
    if scenario is None:
        raise NotFound(NO_LESSON)
    mine = owner()
    if not room_id:
        return Desk(scenario, learner_of(mine) if mine else "")
    room, _ = room_of_attendee(room_id)
    chosen = next((one for one in rooms().chosen(room.id) if one.slug == slug), None)
    if chosen is None:
        raise NotFound(NO_LESSON)
    return Desk(scenario, learner_of(mine), room, chosen)


def room_of_attendee(room_id: str) -> tuple[Room, Attendee]:
    """The room, where this browser has joined it. Raises NotFound: whether there is another room is nobody's business."""
    mine, room = owner(), rooms().find(room_id)
    attendee = rooms().attendee(room.id, learner_of(mine)) if mine and room else None
    if room is None or attendee is None:
        raise NotFound(NO_ROOM)
    return room, attendee


def is_in_a_room() -> bool:
    """Did this browser join a room? Then its starts are counted by person: a whole room may sit behind one address."""
    return bool(session.get("joined"))


def lesson_path(slug: str, room: str) -> str:
    """The page of a lesson, alone or in a room."""
    return f"/rooms/{room}/lessons/{slug}" if room else f"/lessons/{slug}"


def forget_pupil(mine: str) -> None:
    """Remove what this browser did in lessons, and close the gateways that were opened for it: those belong to nobody by name."""
    close_gateways(attempts().forget_learner(learner_of(mine)))


def close_gateways(gateways: list[str]) -> None:
    """Close practice gateways that nobody needs any more."""
    for gateway in gateways:
        close_gateway(wired().store.engine, gateway)


def begin_lesson(run: Run) -> None:
    """Mark a fresh run as a lesson where its target is a gateway that was opened for this browser's lesson, however it is started."""
    found = GATEWAY.search(run.target)
    attempt = attempts().of_gateway(found[1]) if found else None
    if attempt is None or attempt.learner != learner_of(run.owner):
        return
    attempts().walk_with(attempt.key, run.id)
    run.append(Choice(choices.LESSON, {"slug": attempt.slug, "room": attempt.room}), why="Its gateway was opened for a lesson.")


def follow(run: Run, standing: Standing) -> Facts:
    """Write down how far the run of a lesson is, and let its veil fall where the lesson is over. The facts after that."""
    with suppress(StoreUnavailable):  # a page of the walk must not fail for the sake of a board
        attempt = note_walk(attempts(), run, standing)
        if attempt and attempt.is_over:
            run.append(Choice(choices.LESSON_OVER, {"how": attempt.outcome}), why="The lesson is over.")
    return facts_of(run)


def note_walk(kept: Attempts, run: Run, standing: Standing) -> Attempt | None:
    """Write down where the run of a lesson stands, where that changed: one small row. None where the store is in trouble too."""
    facts = facts_of(run)
    with suppress(StoreUnavailable):
        return kept.note(Key(learner_of(run.owner), facts.lesson_room, facts.lesson), run.id, standing.step, standing.state)
    return None
