"""The newest runs of a browser with their verdicts, for the start page."""

from __future__ import annotations

from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.standing import standing
from app.pages.judged import forbids, main_of
from app.pages.wired import wired
from app.views.start_page import Recent

JUDGED = 6  # newest runs whose verdict is told; a run that this worker has not looked at yet takes some milliseconds


def recent_runs(mine: str) -> list[Recent]:
    """This browser's runs, newest first."""
    listed = wired().store.runs.runs_of(mine) if mine else []
    return [_recent(Run(one.id, mine, one.target, one.created_at), judged=n < JUDGED) for n, one in enumerate(listed)]


def _recent(stub: Run, *, judged: bool) -> Recent:
    run = wired().store.runs.load(stub.id, stub.owner) if judged else None
    if run is None:
        return Recent(stub)
    run = wired().memory.recall(run)
    facts = facts_of(run)
    if facts.is_veiled:  # a lesson does not tell before its question is answered
        return Recent(stub, "lesson")
    stands, main = standing(facts, forbids(run), busy=False), main_of(run)
    wired().memory.remember(run)
    return Recent(stub, stands.state, stands.step, main.title if main else "", main.level if main else "")
