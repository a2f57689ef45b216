"""The list of lessons, with what this browser has solved, and the code that takes it to another browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from app.views.keeping import Terms, keeping
from app.views.scenario_words import GLYPHS, LEVELS, OUTCOMES, Attempt, Scenario, count
from app.views.visible import visible
from app.views.wire_text import prose

SYMPTOM_SHOWN = 160  # characters of a symptom in the list


@dataclass(frozen=True)
class Row:
    """One lesson in a list."""

    number: Annotated[int, "its number"]
    title: Annotated[str, "its title"]
    href: Annotated[str, "its page"]
    symptom: Annotated[Markup, "the beginning of the symptom"]
    outcome: Annotated[str, "open, solved, gave_up, shown or empty: the class of the mark"]
    glyph: Annotated[str, "the mark"]
    words: Annotated[str, "what the mark means, with hints and wrong answers"]
    is_locked: Annotated[bool, "has the leader of the room locked it?"] = False


@dataclass(frozen=True)
class Level:
    """The lessons of one level."""

    number: Annotated[int, "1 to 3"]
    says: Annotated[str, "what it asks of a person"]
    rows: Annotated[tuple[Row, ...], "the lessons"]


@dataclass(frozen=True)
class LessonsPage:
    """All that templates/pages/lessons.html prints."""

    levels: Annotated[tuple[Level, ...], "the lessons by level"]
    solved: Annotated[int, "how many this browser has solved"]
    count: Annotated[int, "how many there are"]
    code: Annotated[str, "the code of progress; empty where nothing is solved"]
    link: Annotated[str, "the same as an address"]
    typed: Annotated[str, "a code that was typed or came with the address"]
    mistake: Annotated[str, "what is wrong with it, or empty"]
    restored: Annotated[str, "what came of it, or empty"]
    keeping: Annotated[str, "where it is kept, how long, who sees it"]


def lessons_page(
    listed: Sequence[Scenario],
    attempts: Iterable[Attempt],
    *,
    settings: Terms,
    code: str = "",
    typed: str = "",
    mistake: str = "",
    restored: str = "",
) -> LessonsPage:
    """The page for this browser."""
    done = {attempt.slug: attempt for attempt in attempts}
    rows = [(one.level, row(one, done.get(one.slug), f"/lessons/{one.slug}")) for one in listed]
    return LessonsPage(
        levels=tuple(Level(level, says, tuple(r for at, r in rows if at == level)) for level, says in LEVELS.items()),
        solved=sum(attempt.outcome == "solved" for attempt in done.values()),
        count=len(listed),
        code=code,
        link=f"{settings.base_url}/lessons?code={code}" if code else "",
        typed=visible(typed, one_line=True),
        mistake=mistake,
        restored=restored,
        keeping=keeping(settings),
    )


def row(scenario: Scenario, attempt: Attempt | None, href: str, *, is_locked: bool = False, number: int = 0) -> Row:
    """One line of a list; `number` is its place where that is another than the lesson's own."""
    outcome = attempt.outcome if attempt else ""
    symptom = scenario.symptom if len(scenario.symptom) <= SYMPTOM_SHOWN else scenario.symptom[:SYMPTOM_SHOWN].rsplit(" ", 1)[0] + " …"
    return Row(
        number or scenario.number, scenario.title, href, prose(symptom), outcome, GLYPHS.get(outcome, ""), row_words(attempt), is_locked
    )


def row_words(attempt: Attempt | None) -> str:
    """`solved, 1 hint, 2 wrong answers`."""
    if attempt is None:
        return ""
    parts = [OUTCOMES.get(attempt.outcome, attempt.outcome)]
    parts += [count(attempt.hints, "hint")] if attempt.hints else []
    parts += [count(attempt.wrong, "wrong answer")] if attempt.wrong else []
    return ", ".join(parts)
