"""A room's results as a table: CSV that no spreadsheet runs, and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.views.room_words import Attendee, Room, title_of
from app.views.scenario_words import Attempt
from app.views.times import iso
from app.views.visible import visible

SCHEMA_VERSION = 1
# how a cell begins that a spreadsheet would run; some read the wide forms of the signs too
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True)
class Result:
    """One person at one lesson. Times are UTC, empty where there is none."""

    nickname: str
    lesson: str
    title: str
    outcome: str
    step: str
    state: str
    hints: int
    wrong_answers: int
    started: str
    ended: str


def results(room: Room, lessons: Sequence[tuple[str, str]], people: Sequence[Attendee], attempts: Sequence[Attempt]) -> tuple[Result, ...]:
    """Everybody at every lesson, in the order of the board; `lessons` are (slug, title)."""
    done = {(one.learner, one.slug): one for one in attempts}
    return tuple(_result(who, slug, title, done.get((who.learner, slug))) for who in people for slug, title in lessons)


def as_csv(table: Sequence[Result]) -> bytes:
    """UTF-8 with a mark at its beginning, as spreadsheets want it (RFC 4180 lines)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(Result.__dataclass_fields__)
    for line in table:
        writer.writerow([quoted(str(value)) for value in asdict(line).values()])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def as_json(room: Room, table: Sequence[Result]) -> bytes:
    """The same for programs, in ASCII."""
    told = {"title": title_of(room), "opened": iso(room.created_at)}
    return json.dumps({"schema_version": SCHEMA_VERSION, "room": told, "results": [asdict(line) for line in table]}, indent=1).encode(
        "ascii"
    )


def quoted(cell: str) -> str:
    """A cell that is text in every spreadsheet: what would begin a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _result(who: Attendee, slug: str, title: str, attempt: Attempt | None) -> Result:
    name = visible(who.name, one_line=True)
    if attempt is None:
        return Result(name, slug, title, "not started", "", "", 0, 0, "", "")
    ended = iso(attempt.ended_at) if attempt.ended_at else ""
    counts = (attempt.hints, attempt.wrong)
    return Result(name, slug, title, attempt.outcome, attempt.step, attempt.state, *counts, iso(attempt.started_at), ended)
