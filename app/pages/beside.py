"""Requests beside the walk, started from a page: the run's lease, the pool and the limits are those of every move."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.flow.acts import BadChoice
from app.flow.engine import take_aside
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.separating import Probe
from app.pages.jobs import Job, Work
from app.pages.log_lines import log_event
from app.pages.moves import load, means_of
from app.pages.wired import wired

Make = Callable[[Run, Facts], Probe | None]


def send_beside(run: Run, action: str, make: Make) -> None:
    """Start the work and wait a moment for it. `make` sees the run afresh, under its lease; None = nothing to do, BadChoice = no."""
    job = wired().jobs.start(run.id, action, partial(_prepare, run.id, run.owner, make))
    log_event("pressed", run=run.id, action=action, result="started" if job else "under way already")
    if job:
        wired().jobs.look(job)


def _prepare(run_id: str, owner: str, make: Make) -> Work | None:
    run = load(run_id, owner)
    facts, parts = facts_of(run), wired()
    if facts.read_only:
        raise BadChoice(facts.read_only)
    probe = make(run, facts)
    if probe is None:
        return None

    def work(job: Job) -> None:
        take_aside(run, probe, means_of(job, parts))

    return work
