"""The leader's board: rows are people, columns are lessons. It holds how far everybody is, and nothing that a run holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from app.views.keeping import Terms
from app.views.room_words import Attendee, Chosen, Room, name_of, spoken, title_of
from app.views.scenario_words import GLYPHS, OUTCOMES, Attempt, Scenario, ago, count
from app.views.steps import TITLES
from app.views.times import duration
from app.views.visible import visible

STUCK_SECONDS = 300  # without a step, a hint or an answer; a walk by itself takes a minute


@dataclass(frozen=True)
class Cell:
    """One person at one lesson."""

    outcome: Annotated[str, "open, solved, gave_up, shown or empty: the colour"]
    glyph: Annotated[str, "the same as a mark"]
    says: Annotated[str, "outcome, or where the run stands"]
    counted: Annotated[str, "answers and hints"]
    seen: Annotated[str, "when the run was last looked at"]
    stuck: Annotated[str, "for how long nothing moved, or empty"]


@dataclass(frozen=True)
class Person:
    """One row."""

    name: Annotated[str, "the nickname"]
    href: Annotated[str, "what the leader can do about this person"]
    seen: Annotated[str, "when their browser was last heard of"]
    solved: Annotated[int, "how many lessons they solved"]
    is_stuck: Annotated[bool, "are they stuck somewhere?"]
    cells: Annotated[tuple[Cell, ...], "their lessons, in the room's order"]


@dataclass(frozen=True)
class Column:
    """One lesson."""

    slug: Annotated[str, "the lesson's name"]
    title: Annotated[str, "its title"]
    href: Annotated[str, "what the leader can do about it"]
    marks: Annotated[str, "locked, hints and solution that are open for all"]
    solved: Annotated[int, "how many have solved it"]


@dataclass(frozen=True)
class Board:
    """The part of the page that is asked for again and again."""

    version: Annotated[str, "differs when anything on it does"]
    href: Annotated[str, "where the next one is asked for"]
    status: Annotated[str, "open, frozen or ended, in words"]
    people: Annotated[tuple[Person, ...], "the rows, in the order in which they came"]
    columns: Annotated[tuple[Column, ...], "the lessons"]
    solved: Annotated[int, "lessons solved by all together"]


@dataclass(frozen=True)
class Control:
    """The lesson or person that the leader has picked."""

    kind: Annotated[str, "lesson or person"]
    name: Annotated[str, "its title or nickname"]
    value: Annotated[str, "what the forms send"]
    is_locked: Annotated[bool, "of a lesson"] = False
    hints_open: Annotated[int, "of a lesson, for everybody"] = 0
    hints: Annotated[int, "how many it has"] = 0
    is_solution_open: Annotated[bool, "of a lesson, for everybody"] = False
    answer: Annotated[str, "of a lesson: the right answer, for the leader"] = ""


@dataclass(frozen=True)
class BoardPage:
    """All that templates/pages/board.html prints."""

    room_id: Annotated[str, "the room's id"]
    title: Annotated[str, "the room's title"]
    code: Annotated[str, "the join code, in two halves"]
    join: Annotated[str, "the address to join at"]
    lead: Annotated[str, "the address and key that lead from another browser"]
    note: Annotated[str, "the note to all"]
    is_frozen: Annotated[bool, "is nothing taken just now?"]
    is_over: Annotated[bool, "has it ended?"]
    warning: Annotated[str, "why nobody else can reach the address, or empty"]
    mistake: Annotated[str, "what came of the last press, or empty"]
    board: Annotated[Board, "rows and columns"]
    control: Annotated[Control | None, "what the leader has picked"]
    is_still: Annotated[bool, "is the page kept from loading itself anew, for who types without JavaScript?"]
    ends: Annotated[str, "in how long the room is deleted"]
    keeping: Annotated[str, "where it is kept, how long, who sees it"]


def board_of(
    room: Room,
    chosen: Sequence[Chosen],
    titles: Mapping[str, str],
    people: Sequence[Attendee],
    attempts: Sequence[Attempt],
    *,
    now: float,
) -> Board:
    """The board as it stands. `titles` are those of the lessons by slug."""
    done = {(one.learner, one.slug): one for one in attempts}
    rows = tuple(_person(room.id, who, [done.get((who.learner, one.slug)) for one in chosen], now) for who in people)
    inside = {who.learner for who in people}
    solved = [one.slug for one in attempts if one.outcome == "solved" and one.learner in inside]
    columns = tuple(_column(room.id, one, titles.get(one.slug, one.slug), solved.count(one.slug)) for one in chosen)
    status = "ended" if room.is_over else "frozen" if room.is_frozen else "open"
    version = hashlib.sha256(repr((status, rows, columns)).encode("utf-8", "replace")).hexdigest()[:16]
    return Board(version, f"/rooms/{room.id}/board/rows?v={version}", status, rows, columns, sum(column.solved for column in columns))


def board_page(
    room: Room,
    board: Board,
    *,
    settings: Terms,
    lead: str,
    now: float,
    control: Control | None = None,
    mistake: str = "",
    is_still: bool = False,
) -> BoardPage:
    """The whole page for the leader."""
    return BoardPage(
        room_id=room.id,
        title=title_of(room),
        code=spoken(room.code),
        join=f"{settings.base_url}/join",
        lead=lead,
        note=visible(room.note),
        is_frozen=room.is_frozen,
        is_over=room.is_over,
        warning=unreachable(settings.base_url),
        mistake=mistake,
        board=board,
        control=control,
        is_still=is_still,
        ends=duration(room.expires_at - now),
        keeping=ROOM_KEEPING,
    )


ROOM_KEEPING = "A room keeps nicknames, steps, counts and times. Tokens stay in everybody's own run, which only their browser opens."


def unreachable(base_url: str) -> str:
    """Why others cannot open this app's address, or an empty string."""
    host = base_url.partition("://")[2].rpartition(":")[0] or base_url.partition("://")[2]
    if host.strip("[]") not in ("127.0.0.1", "localhost", "::1"):
        return ""
    start = "start the app with HOST=0.0.0.0 and PUBLIC_URL=http://<this computer's address>"
    return f"{base_url} opens on this computer only. For a room {start}."


def lesson_control(scenario: Scenario, chosen: Chosen, step: str) -> Control:
    """What the leader can do about a lesson; `step` is the title of the right step."""
    cause = next((cause.says for cause in scenario.causes if cause.key == scenario.right), "")
    kept = (chosen.is_locked, chosen.hints_open, len(scenario.hints), chosen.is_solution_open)
    return Control("lesson", scenario.title, scenario.slug, *kept, answer=f"{step}: {cause}")


def person_control(attendee: Attendee) -> Control:
    """What the leader can do about a person."""
    return Control("person", name_of(attendee), attendee.id)


def _person(room_id: str, who: Attendee, attempts: Sequence[Attempt | None], now: float) -> Person:
    cells = tuple(_cell(attempt, now) for attempt in attempts)
    seen = max([who.seen_at, *(attempt.seen_at for attempt in attempts if attempt)])
    solved = sum(cell.outcome == "solved" for cell in cells)
    href = f"/rooms/{room_id}/board?person={who.id}#control"
    return Person(name_of(who), href, ago(now - seen), solved, any(cell.stuck for cell in cells), cells)


def _cell(attempt: Attempt | None, now: float) -> Cell:
    if attempt is None:
        return Cell("", "", "", "", "", "")
    is_open, answers = attempt.outcome == "open", attempt.wrong + (attempt.outcome == "solved")
    parts = [count(answers, "answer")] if answers else []
    parts += [count(attempt.hints, "hint")] if attempt.hints else []
    says = reached(attempt) if is_open else OUTCOMES.get(attempt.outcome, attempt.outcome)
    still = now - attempt.moved_at
    stuck = f"stuck for {duration(still // 60 * 60)}" if is_open and still >= STUCK_SECONDS else ""
    return Cell(
        attempt.outcome, GLYPHS.get(attempt.outcome, ""), says, ", ".join(parts), ago(now - attempt.seen_at) if is_open else "", stuck
    )


def reached(attempt: Attempt) -> str:
    """Which step the run stands before, and how, in the few words that a cell holds."""
    step = TITLES.get(attempt.step, "")
    words = {
        "": "started",
        "failed": f"stopped at {step}",
        "done": "walked to the end",
        "connected": f"connected, at {step}",
        "connect": f"at {step}, must connect",
        "stepup": f"at {step}, more scope",
    }
    return words.get(attempt.state, f"at {step}" if step else "started")


def _column(room_id: str, one: Chosen, title: str, solved: int) -> Column:
    marks = ["locked"] if one.is_locked else []
    marks += [f"{count(one.hints_open, 'hint')} for all"] if one.hints_open else []
    marks += ["solution for all"] if one.is_solution_open else []
    return Column(one.slug, title, f"/rooms/{room_id}/board?lesson={one.slug}#control", ", ".join(marks), solved)
