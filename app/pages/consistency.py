"""Everything of a run that should agree, side by side; and the probe that fetches the other discovery documents."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as Answer

from app.flow.acts import BadChoice
from app.flow.engine import take_probe
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.separating import Probe, offered_probes
from app.flow.standing import standing
from app.pages.browser import own_run
from app.pages.jobs import Job, Work
from app.pages.judged import forbids
from app.pages.log_lines import log_event
from app.pages.look import judged_look
from app.pages.moves import is_stale, load, means_of
from app.pages.wired import wired
from app.views.consistency_page import consistency_page

PLACE = "consistency"
NOT_NOW = "The other documents cannot be fetched where the run stands now: the walk has not read the first one yet."

bp = Blueprint("consistency", __name__)


@bp.get("/runs/<run_id>/consistency")
def show(run_id: str) -> Response:
    """The page; 200 whatever the run's state."""
    look = judged_look(own_run(run_id))
    offered = offered_probes(look.facts, frozenset(), look.standing.state, PLACE)
    page = consistency_page(look.run, look.facts, look.standing, settings=wired().settings, offered=next(iter(offered), None))
    return make_response(render_template("pages/consistency.html", page=page))


@bp.post("/runs/<run_id>/consistency")
def fetch(run_id: str) -> Answer:
    """Fetch the other discovery documents, beside the walk."""
    run = own_run(run_id)
    try:
        job = wired().jobs.start(run.id, "try", partial(_prepare, run.id, run.owner, request.form.get("seen", "")))
    except BadChoice as refused:
        raise BadRequest(str(refused)) from None
    log_event("pressed", run=run.id, action="try", result="started" if job else "under way already")
    if job:
        wired().jobs.look(job)
    return redirect(url_for("consistency.show", run_id=run_id), 303)


def _prepare(run_id: str, owner: str, seen: str) -> Work | None:
    run = load(run_id, owner)
    if is_stale(run, {"seen": seen}):
        return None
    facts = facts_of(run)
    offered = offered_probes(facts, frozenset(), standing(facts, forbids(run), busy=False).state, PLACE)
    if not offered:
        raise BadChoice(facts.read_only or NOT_NOW)
    return _work(run, offered[0])


def _work(run: Run, probe: Probe) -> Work:
    parts = wired()

    def work(job: Job) -> None:
        take_probe(run, probe.slug, means_of(job, parts))

    return work
