"""What a person may press on a run: one POST per move, one exchange for two clicks, and never a wait for a slow gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.flow.acts import BadChoice, Plan, act
from app.flow.engine import LOST, Means, run_on, settle, take, take_probe
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.moves import Standing
from app.flow.standing import standing
from app.pages.browser import own_run
from app.pages.edits import may_send, probes_of, write_edit
from app.pages.jobs import AllBusy, Job, Work
from app.pages.judged import findings_of, forbids
from app.pages.log_lines import log_event
from app.pages.persistence import persistent
from app.pages.pupil import note_walk
from app.pages.wired import Wired, wired
from app.practice.attempts import Attempts
from app.wire.messages import Exchange, Failure, Request

PRESSED = "run, step, retry, go_on, call_tool, forget, server, refresh, replay, revoke, confirm, try, gave_up"
SEEN = "seen"  # how many entries the page showed that was pressed on; an older page's click does nothing
TAKEN_OVER = ("step", "break", "tool", "arguments", "issuer", "probe")  # what the flow reads; changed requests are read by edits.py

bp = Blueprint("moves", __name__)


@bp.post(f"/runs/<run_id>/<any({PRESSED}):action>")
def press(run_id: str, action: str) -> Response:
    """Start the move and wait a moment for it; the run page shows the rest."""
    run = own_run(run_id)
    try:
        job = wired().jobs.start(run.id, action, partial(_prepare, run.id, run.owner, action, request.form))
    except BadChoice as refused:
        raise BadRequest(str(refused)) from None
    log_event("pressed", run=run.id, action=action, result="started" if job else "under way already")
    if job:
        wired().jobs.look(job)
    return redirect(url_for("run.show", run_id=run_id), 303)


@bp.post("/runs/<run_id>/cancel")
def cancel(run_id: str) -> Response:
    """Stop what is under way; what has been recorded stays."""
    run = own_run(run_id)
    job = wired().jobs.cancel(run.id)
    log_event("cancelled", run=run.id)
    if job:
        wired().jobs.look(job)
    return redirect(url_for("run.show", run_id=run_id), 303)


@bp.post("/runs/<run_id>/delete")
def delete(run_id: str) -> Response:
    """Remove the run with all that it recorded."""
    run = own_run(run_id)
    wired().jobs.cancel(run.id)
    wired().store.runs.delete(run.id, run.owner)
    wired().store.shares.revoke_run(run.id, run.owner)  # who deletes a run does not want its copies read
    wired().memory.forget(run.id)
    log_event("deleted", run=run.id)
    return redirect(url_for("start.start"), 303)


def run_a_little(run_id: str, owner: str) -> None:
    """Go on by itself where the person said `run`, and wait a moment for it. Where no place is free, the page offers `run`."""
    try:
        job = wired().jobs.start(run_id, "run", partial(_prepare_plan, run_id, owner, Plan("run_on")))
    except AllBusy:
        return
    if job:
        wired().jobs.look(job)


def _prepare(run_id: str, owner: str, action: str, form: Mapping[str, str]) -> Work | None:
    """Under the lease: read the run afresh, write the choice down, and say what is to be done."""
    run = load(run_id, owner)
    if is_stale(run, form):
        return None
    facts, blocked_by = facts_of(run), forbids(run)
    if facts.read_only:
        raise BadChoice(facts.read_only)
    stands = standing(facts, blocked_by, busy=False)
    if not (is_offered_probe(run, facts, stands, form) if action == "try" else may_press(facts, stands, action, form)):
        raise BadChoice("This cannot be done where the run stands now. Go back to the run and use the buttons that it shows.")
    if action == "step":
        write_edit(run, facts, stands, form)
    chosen = {name: form[name] for name in TAKEN_OVER if name in form}
    return _work(run, act(run, action, chosen, blocked_by))


def is_offered_probe(run: Run, facts: Facts, stands: Standing, form: Mapping[str, str]) -> bool:
    """Does the page offer this separating probe now?"""
    return not facts.is_veiled and form.get("probe", "") in [probe.slug for probe in probes_of(facts, stands, findings_of(run))]


def may_press(facts: Facts, stands: Standing, action: str, form: Mapping[str, str]) -> bool:
    """Does the page offer it? Beside the moves there are the form of the next request and the choice of a server."""
    if action == "step":
        return may_send(facts, stands) and form.get("step", stands.step) == stands.step
    return action in stands.offers or (action == "server" and stands.state != "done")


def _prepare_plan(run_id: str, owner: str, plan: Plan) -> Work | None:
    return _work(load(run_id, owner), plan)


def load(run_id: str, owner: str) -> Run:
    """The run as it is kept now. Raises BadChoice where it is gone."""
    """The run as it is kept now. Raises BadChoice where it is gone."""
    run = wired().store.runs.load(run_id, owner)
    if run is None:
        raise BadChoice("This run was deleted or has expired.")
    return wired().memory.recall(persistent(run, wired().store.runs.find_kept))


def is_stale(run: Run, form: Mapping[str, str]) -> bool:
    """Was this pressed on a page that showed an older state of the run? The second of two clicks always is."""
    seen = form.get(SEEN, "")
    return seen.isdecimal() and len(seen) < 10 and int(seen) != len(run.entries)


def _work(run: Run, plan: Plan) -> Work | None:
    parts = wired()

    def work(job: Job) -> None:
        means = means_of(job, parts)
        if plan.kind == "probe":
            take_probe(run, plan.step, means)
        elif plan.kind == "take":
            take(run, plan.step, means)
            settle(run, means)
        else:
            run_on(run, means, forbids)
        if facts_of(run).is_veiled:  # the board of a room must not wait for somebody to look at the page
            note_walk(Attempts(parts.store.engine), run, standing(facts_of(run), forbids(run), busy=False))
        parts.memory.remember(run)  # the page that follows need not derive it again
        log_event("work ended", run=run.id, step=plan.step or None, entries=len(run.entries))

    return None if plan.kind == "none" else work


def told_truly(exchange: Exchange, job: Job) -> Exchange:
    """The wire knows only that it was stopped; where the lease was lost, nobody pressed cancel."""
    stopped = exchange.failure is not None and exchange.failure.kind == "cancelled"
    return replace(exchange, failure=Failure("interrupted", LOST)) if stopped and job.lost.is_set() else exchange


def means_of(job: Job, parts: Wired) -> Means:
    """What a piece of work sends with. It tells what it is doing, and stops when the person cancels."""

    def send(request: Request, *, deadline_s: float) -> Exchange:
        job.doing = f"{request.method} {request.url.split('?')[0]}"
        return told_truly(parts.wire.send(request, deadline_s=deadline_s, stop=job.stop.is_set), job)

    return Means(send, parts.settings, job.stop.is_set, lost=job.lost.is_set)
