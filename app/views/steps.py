"""The rail: twelve steps, each with its state and its verdict as two things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from app.checks.model import Finding
from app.flow.facts import Facts, StepState
from app.flow.log import Run
from app.flow.moves import Standing
from app.flow.steps import NAMES
from app.views.finding_view import GLYPHS, WORDS, worst
from app.views.mask import Mask
from app.views.times import milliseconds
from app.views.visible import visible
from app.wire.messages import Exchange

TITLES = {
    "probe": "First request",
    "resource_metadata": "Resource metadata",
    "server_metadata": "Server metadata",
    "register": "Register",
    "authorize": "Authorize",
    "callback": "Callback",
    "token": "Token",
    "call": "Call",
    "refresh": "Refresh",
    "replay": "Replay",
    "revoke": "Revoke",
    "confirm": "Confirm",
}
STATE_WORDS = {
    "todo": "to do",
    "now": "you are here",
    "done": "done",
    "skipped": "skipped",
    "refused": "stopped here",
    "interrupted": "interrupted",
}
WAITING = {"authorize": ("authorize",), "stepup": ("authorize",), "connect": ("call",), "running": ()}


@dataclass(frozen=True)
class RailStep:
    """One step of the rail. State and verdict are two elements: an expected 401 is green."""

    name: Annotated[str, "the step's name"]
    title: Annotated[str, "the step's title"]
    number: Annotated[int, "1 to 12"]
    state: Annotated[str, "todo, now, done, skipped, refused or interrupted"]
    state_words: Annotated[str, "the state in words"]
    verdict: Annotated[str, "ok, note, warn, stop, or empty where nothing was judged"]
    glyph: Annotated[str, "the verdict's glyph, or empty"]
    verdict_words: Annotated[str, "the verdict in words, for screen readers"]
    reason: Annotated[str, "why it was skipped or ended short"]
    took: Annotated[str, "time spent waiting for servers, or empty"]
    is_current: Annotated[bool, "is it the step that the page speaks of?"]


def rail(
    run: Run, facts: Facts, findings: Sequence[Finding], standing: Standing, hide: Mask, told: str | None = None
) -> tuple[RailStep, ...]:
    """The twelve steps as they stand. A page that speaks of the step `told`, the one that failed, does not stand before the next."""
    here = standing.step if told is None else told
    by_step: Mapping[str, list[Finding]] = _by_step(run, findings)
    waited: dict[str, float] = defaultdict(float)
    for entry in run.entries:
        if isinstance(entry.body, Exchange):
            waited[entry.step] += entry.body.ms
    steps = []
    for number, name in enumerate(NAMES, 1):
        state = state_of(facts, standing, name)
        state = "todo" if state == "now" and name != here else state
        verdict = "" if facts.is_veiled else verdict_of(state, by_step.get(name, []))
        reason = visible(hide(_now(facts, name).reason))
        took = milliseconds(waited[name]) if name in waited else ""
        glyph, words = (GLYPHS[verdict], WORDS[verdict]) if verdict else ("", "")
        steps.append(RailStep(name, TITLES[name], number, state, STATE_WORDS[state], verdict, glyph, words, reason, took, name == here))
    return tuple(steps)


def state_of(facts: Facts, standing: Standing, name: str) -> str:
    """The state in the words of the page contract: `now` is the step that the page stands before."""
    kept = _now(facts, name).state
    is_here = name == standing.step
    if is_here and (kept == "todo" or name in WAITING.get(standing.state, ())):
        return "now"
    if kept == "now" and standing.state != "running":
        return "interrupted"
    return kept


def verdict_of(state: str, findings: Sequence[Finding]) -> str:
    """ok, note, warn, stop; empty while there is nothing to judge."""
    if found := worst(findings):
        return found
    return "ok" if state == "done" else ""


def _by_step(run: Run, findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        entry = run.entry(finding.entry)
        found[finding.step or (entry.step if entry else "")].append(finding)
    return found


def _now(facts: Facts, name: str) -> StepState:
    kept = facts.steps.get(name)
    return kept if isinstance(kept, StepState) else StepState()
