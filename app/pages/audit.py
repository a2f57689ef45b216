"""The audit: chosen by check boxes, its cost told before, and its verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as Answer

from app.flow.acts import BadChoice
from app.flow.audits.attempts import ATTEMPTS, cost_of, of_kind, possible, token_lives
from app.flow.audits.progress import pending, send_out
from app.flow.audits.reading import audit_of
from app.flow.audits.verdicts import verdicts
from app.flow.breaks import find_break
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Run
from app.pages.auditing import Asked, go_on, start_audit, stop_audit, waiting, why_not
from app.pages.authorize import NO_WEB_ADDRESS
from app.pages.browser import own_run
from app.pages.callback import is_prefetch
from app.pages.log_lines import log_event
from app.pages.look import judged_look
from app.pages.wired import wired
from app.views.audit_page import Offer, audit_page
from app.wire.parse.url import is_openable

COUNTED = "count"  # the form was sent only to see what it would cost

bp = Blueprint("audit", __name__)


@bp.get("/runs/<run_id>/audit")
def show(run_id: str) -> Response:
    """The choice and its cost; what an audit is at; what came of it. 200 whatever the run's state."""
    run = own_run(run_id)
    look, facts, audit = judged_look(run), facts_of(run), audit_of(run.entries)
    can = possible(facts)
    asked = tuple(slug for slug in request.args.getlist("attempt") if slug in can)
    marked = asked if COUNTED in request.args else can if "all" in request.args else of_kind(can, "token")
    offer = Offer(
        attempts=ATTEMPTS,
        lacks={attempt.slug: attempt.lacks(facts) for attempt in ATTEMPTS},
        marked=marked,
        cost=cost_of(marked, token_lives(facts)),
        why_not=why_not(run, facts),
        other_route=request.args.get("other_route", "")[:2_000] or _sibling(facts),
        is_choosing=COUNTED in request.args or "all" in request.args,
        is_read_only=bool(facts.read_only),
    )
    page = audit_page(
        run,
        look.standing,
        offer,
        settings=wired().settings,
        now=time.time(),
        audit=audit,
        open_attempts=pending(audit, facts) if audit and not audit.outcome else (),
        verdicts=verdicts(run, facts),
        doing=look.lease.progress if look.lease else None,
    )
    return make_response(render_template("pages/audit.html", page=page))


@bp.post("/runs/<run_id>/audit")
def start(run_id: str) -> Answer:
    """Begin with what was marked."""
    form = request.form
    asked = Asked(tuple(form.getlist("attempt")), form.get("other_route", "").strip(), form.get("seen", ""))
    return _pressed(run_id, lambda run: start_audit(run, asked))


@bp.post("/runs/<run_id>/audit/<any(go_on, stop, cancel):action>")
def press(run_id: str, action: str) -> Answer:
    """Go on after a worker died, end an audit that waits, or stop what is being sent."""
    seen = request.form.get("seen", "")
    if action == "cancel":
        return _cancel(own_run(run_id))
    return _pressed(run_id, lambda run: go_on(run, seen) if action == "go_on" else stop_audit(run, seen))


@bp.get("/runs/<run_id>/audit/leave")
def leave(run_id: str) -> Answer:
    """The way out for the audit's own sign-in."""
    run = own_run(run_id)
    if is_prefetch():
        return Response(status=204)
    audit = audit_of(run.entries)
    if audit is None or not waiting(audit) or audit.lap.request is None or facts_of(run).read_only:
        return _back(run_id)
    if not is_openable(audit.lap.request.url):
        raise BadRequest(NO_WEB_ADDRESS)
    wired().store.states.remember_state(audit.lap.request.state, run.id, run.owner, time.time() + wired().settings.state_seconds)
    log_event("browser sent out for an audit", run=run.id)
    return redirect(send_out(run, audit.lap), 302)


def _pressed(run_id: str, act: Callable[[Run], None]) -> Answer:
    run = judged_look(own_run(run_id)).run
    try:
        act(run)
    except BadChoice as refused:
        raise BadRequest(str(refused)) from None
    return _back(run_id)


def _cancel(run: Run) -> Answer:
    job = wired().jobs.cancel(run.id)
    log_event("cancelled", run=run.id)
    if job:
        job.ended.wait(1.0)
    return _back(run.id)


def _back(run_id: str) -> Answer:
    return redirect(url_for("audit.show", run_id=run_id), 303)


def _sibling(facts: Facts) -> str:
    """Another route of the same gateway, as far as one can be guessed."""
    other = find_break("call", "other_route")
    edit = other.make(facts) if other else None
    return edit.url if edit else ""
