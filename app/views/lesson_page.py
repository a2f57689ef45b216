"""The page of one lesson: the symptom, the way to the run, the hints, the question, and at the end what proves the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from markupsafe import Markup

from app.checks.model import Finding
from app.flow.log import Run
from app.views.finding_view import FindingView, finding_view
from app.views.keeping import Terms, keeping
from app.views.mask import mask_for, secrets_of
from app.views.proof import Excerpt, find_proof
from app.views.run_page import STATES
from app.views.scenario_words import GLYPHS, LEVELS, OUTCOMES, Attempt, Scenario, count
from app.views.steps import TITLES
from app.views.visible import visible
from app.views.wire_text import prose

RIGHT_CAUSE = "The cause is right. It shows itself at another step: look where the first thing came that should not have come."
RIGHT_STEP = "The step is right, the cause is another one."
NOT_SEEN = "Your run has not been where the answer shows itself, so nothing would prove it yet. Walk on, then answer. This was not counted."
ENDED = {
    "solved": "Solved. This is what the checks find in your run, and the bytes that prove it.",
    "gave_up": "This is the solution, what the checks find in your run, and the bytes that prove it.",
    "shown": "The leader opened the solution for everybody.",
}


class InRoom(Protocol):
    """How the leader of a room set the lesson (app.practice.rooms.Chosen)."""

    @property
    def hints_open(self) -> int: ...
    @property
    def is_solution_open(self) -> bool: ...


@dataclass(frozen=True)
class Hint:
    """One hint that is open."""

    number: Annotated[int, "1 to 3"]
    says: Annotated[Markup, "the hint"]
    by_leader: Annotated[bool, "did the leader open it for the whole room?"]


@dataclass(frozen=True)
class Choice:
    """One answer to choose from."""

    value: Annotated[str, "what the form sends"]
    says: Annotated[Markup, "in words"]
    is_chosen: Annotated[bool, "was it chosen last time?"]


@dataclass(frozen=True)
class Solution:
    """The end of a lesson."""

    says: Annotated[str, "how it ended"]
    step: Annotated[str, "the step of the right answer"]
    cause: Annotated[Markup, "the right cause"]
    code: Annotated[str, "its code in the catalogue"]
    finding: Annotated[FindingView | None, "what the checks say about this run"]
    excerpt: Annotated[Excerpt | None, "the bytes that prove it"]
    fix: Annotated[Markup, "what changes on the gateway's side"]
    spec_name: Annotated[str, "the clause"]
    spec_url: Annotated[str, "where to read it"]
    next_title: Annotated[str, "the next lesson, or empty"]
    next_href: Annotated[str, "its page"]


@dataclass(frozen=True)
class Asked:
    """The question, while it is open."""

    question: Annotated[Markup, "what is asked"]
    steps: Annotated[tuple[Choice, ...], "the twelve steps"]
    causes: Annotated[tuple[Choice, ...], "the causes to choose from"]
    said: Annotated[Markup, "after a wrong answer: what to look at"]


@dataclass(frozen=True)
class Mark:
    """How the lesson stands for this person."""

    glyph: Annotated[str, "the outcome's glyph"]
    outcome: Annotated[str, "the outcome in words; empty before the start"]
    is_solved: Annotated[bool, "was it answered rightly?"]
    counted: Annotated[str, "hints and wrong answers so far"]
    run_href: Annotated[str, "the run, or empty"]
    stands: Annotated[str, "where the run stands, in words"]


@dataclass(frozen=True)
class LessonPage:
    """All that templates/pages/lesson.html prints."""

    title: Annotated[str, "the lesson's title"]
    number: Annotated[int, "its number in the list"]
    level: Annotated[str, "how hard it is, in words"]
    href: Annotated[str, "its address: forms go to places below it"]
    back: Annotated[tuple[str, str], "the list or the room that it belongs to: words and address"]
    symptom: Annotated[Markup, "as a user would report it"]
    goal: Annotated[Markup, "what to do and to find out"]
    mark: Annotated[Mark, "how it stands for this person"]
    refusal: Annotated[str, "why nothing may be done just now, or empty"]
    mistake: Annotated[str, "what came of the press that led here, or empty"]
    hints: Annotated[tuple[Hint, ...], "those that are open"]
    hints_left: Annotated[int, "how many can still be opened"]
    asked: Annotated[Asked | None, "the question, between the start and the end"]
    solution: Annotated[Solution | None, "after the end"]
    keeping: Annotated[str, "where it is kept, how long, who sees it"]


def lesson_page(
    scenario: Scenario,
    attempt: Attempt | None,
    *,
    settings: Terms,
    href: str,
    back: tuple[str, str],
    solution: Solution | None = None,
    is_alive: bool = False,
    in_room: InRoom | None = None,
    refusal: str = "",
    mistake: str = "",
) -> LessonPage:
    """The page. `back` is (words, address); `is_alive`: does the attempt's run still live?"""
    is_open = attempt is not None and attempt.outcome == "open"
    own, given = attempt.hints if attempt else 0, in_room.hints_open if in_room else 0
    return LessonPage(
        title=scenario.title,
        number=scenario.number,
        level=f"level {scenario.level}, {LEVELS.get(scenario.level, '')}",
        href=href,
        back=back,
        symptom=prose(scenario.symptom),
        goal=prose(scenario.goal),
        mark=_mark(attempt, is_alive),
        refusal=refusal,
        mistake=mistake,
        hints=tuple(Hint(n, prose(text), n > own) for n, text in enumerate(scenario.hints[: max(own, given)], 1)),
        hints_left=max(0, len(scenario.hints) - max(own, given)) if is_open else 0,
        asked=_asked(scenario, attempt) if attempt and is_open else None,
        solution=solution,
        keeping=keeping(settings),
    )


def _mark(attempt: Attempt | None, is_alive: bool) -> Mark:
    if attempt is None:
        return Mark("", "", False, "", "", "")
    outcome, run = attempt.outcome, f"/runs/{attempt.run_id}" if is_alive else ""
    counted = f"{count(attempt.hints, 'hint')}, {count(attempt.wrong, 'wrong answer')}"
    return Mark(GLYPHS.get(outcome, ""), OUTCOMES.get(outcome, ""), outcome == "solved", counted, run, stands(attempt) if run else "")


def _asked(scenario: Scenario, attempt: Attempt) -> Asked:
    return Asked(prose(scenario.question), _steps(attempt), _causes(scenario, attempt), prose(_said(scenario, attempt)))


def stands(attempt: Attempt) -> str:
    """Where the run stands, in the words of its page; empty before it was looked at."""
    words = STATES.get(attempt.state, ("", ""))[1]
    return words.format(step=TITLES.get(attempt.step, "the walk"))


def _steps(attempt: Attempt) -> tuple[Choice, ...]:
    return tuple(Choice(name, prose(title), name == attempt.said_step) for name, title in TITLES.items())


def _causes(scenario: Scenario, attempt: Attempt) -> tuple[Choice, ...]:
    return tuple(Choice(cause.key, prose(cause.says), cause.key == attempt.said_cause) for cause in scenario.causes)


def _said(scenario: Scenario, attempt: Attempt) -> str:
    """What helps after the newest wrong answer, without giving the right one away."""
    if not attempt.said_step:
        return ""
    if attempt.said_cause == scenario.right:
        return RIGHT_CAUSE
    nudge = next((cause.nudge for cause in scenario.causes if cause.key == attempt.said_cause), "")
    return f"{RIGHT_STEP if attempt.said_step == scenario.step else 'Not that.'} {nudge}".strip()


def solution_of(
    scenario: Scenario, outcome: str, run: Run | None, findings: Sequence[Finding], spec_url: str, following: tuple[str, str]
) -> Solution:
    """What is shown at the end; `run` is the attempt's, where it still lives, `following` (words, address) of what comes next."""
    told = [finding for finding in findings if finding.code == scenario.code]
    hide = mask_for(secrets_of(run)) if run else None
    return Solution(
        says=ENDED.get(outcome, ENDED["shown"]) if run else "Your run has expired, so its bytes are gone. The solution stays.",
        step=TITLES.get(scenario.step, scenario.step),
        cause=prose(next((cause.says for cause in scenario.causes if cause.key == scenario.right), "")),
        code=scenario.code,
        finding=finding_view(told[-1], hide, run.id) if told and run and hide else None,
        excerpt=find_proof(run, scenario.proof) if run else None,
        fix=prose(scenario.fix),
        spec_name=scenario.spec,
        spec_url=spec_url,
        next_title=visible(following[0]),
        next_href=following[1],
    )
