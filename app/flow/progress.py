"""Where each step stands: taken, ended, to be taken again. Pure functions over `Facts.steps`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.flow.facts import Facts, StepState

# how a take ended -> the state that the page shows
STATES = {"done": "done", "skipped": "skipped", "refused": "refused", "failed": "refused"}
STATES |= {"cancelled": "interrupted", "interrupted": "interrupted"}


def _with(facts: Facts, step: str, state: StepState) -> Facts:
    return replace(facts, steps={**facts.steps, step: state})


def _now(facts: Facts, step: str) -> StepState:
    found = facts.steps.get(step)
    return found if isinstance(found, StepState) else StepState()


def begin_step(facts: Facts, step: str, seq: int) -> Facts:
    """A take began. A further tool call does not set aside what the handshake showed."""
    was = _now(facts, step)
    keeps = step == "call" and facts.called and facts.pending is not None
    began = was.began if keeps and was.began else seq
    return _with(facts, step, StepState("now", "", was.attempt + 1, began, 0, facts.lap))


def end_step(facts: Facts, step: str, outcome: str, reason: str, seq: int) -> Facts:
    """A take ended (or the step was skipped). An edit was for this take only."""
    was = _now(facts, step)
    facts = replace(facts, edit=None if facts.edit and facts.edit.step == step else facts.edit)
    if was.state == "todo" and outcome != "skipped":
        return facts  # a lap has put it back already
    return _with(facts, step, replace(was, state=STATES.get(outcome, "done"), reason=reason, ended=seq, lap=facts.lap))


def leave_step(facts: Facts, step: str, outcome: str, reason: str, seq: int) -> Facts:
    """A step that ends without a take: the callback comes when the browser brings it."""
    return end_step(begin_step(facts, step, seq), step, outcome, reason, seq)


def go_back(facts: Facts, steps: Iterable[str]) -> Facts:
    """These steps are to be taken anew; what they showed before stays in the log."""
    states = {name: replace(_now(facts, name), state="todo", reason="") for name in steps}
    return replace(facts, steps={**facts.steps, **states})
