"""/callback: where the gateway sends the browser back. The answer is written down once, and the address is clean at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.flow import choices
from app.flow.audits.progress import awaits, take_back
from app.flow.fold import facts_of
from app.flow.log import Choice, Leg, Run
from app.flow.steps.callback import waits
from app.pages.auditing import audit_a_little
from app.pages.browser import owner
from app.pages.errors import refusal
from app.pages.log_lines import log_event
from app.pages.moves import run_a_little
from app.pages.signed_in import open_to_all
from app.pages.wired import wired
from app.store.database import StoreUnavailable

MISMATCH, LOST, SHAPE = "callback.state_mismatch", "callback.session_lost", "callback.wrong_shape"
NOT_OURS = ("cookie", "authorization")  # headers of the browser that are between it and us alone

bp = Blueprint("callback", __name__)


@bp.get("/callback")
@open_to_all
def take_answer() -> Answer:
    """303 to the run whose state came back; 400 with an explanation where there is none in this browser."""
    if is_prefetch():
        return Response(status=204)
    states = request.args.getlist("state")
    known = wired().store.states.find_state(states[0]) if states and states[0] else None
    mine = owner()
    if known is None or (mine and known[1] != mine):
        return _refuse_unknown(mine, bool(states and states[0]))
    run_id, its_owner = known
    if not mine:
        log_event("callback without session", run=run_id)
        _note_lost(run_id, its_owner)
        return _explain_lost()
    run = wired().store.runs.load(run_id, its_owner)
    if run is None:
        return _refuse_unknown(mine, True)
    _take_once(run, states[0])
    return redirect(url_for("audit.show" if awaits(run, states[0]) else "run.show", run_id=run_id), 303)


def _take_once(run: Run, state: str) -> None:
    """Of reloads, duplicates and two tabs the first is written down and redeemed; the others show what came of it."""
    if not wired().store.states.answered(state):
        return
    if awaits(run, state):
        with _once_written(state):
            take_back(run, leg_of_this_request())
        log_event("callback of an audit taken", run=run.id)
        audit_a_little(run.id, run.owner)
        return
    with _once_written(state):
        run.append(leg_of_this_request(), step="callback", why="The browser came back from the authorization server.")
    log_event("callback taken", run=run.id)
    if facts_of(run).pace != "run":
        return
    run_a_little(run.id, run.owner)


@contextmanager
def _once_written(state: str) -> Iterator[None]:
    """A store in trouble must not use up an answer that it did not write down: a reload brings it again."""
    try:
        yield
    except StoreUnavailable:
        with suppress(StoreUnavailable):
            wired().store.states.take_back(state)
        raise


@bp.post("/callback")
@open_to_all
def explain_post() -> Response:
    """An answer by form_post: the browser's Lax cookie stays behind, so it cannot be tied to a person."""
    states = request.form.getlist("state")
    known = wired().store.states.find_state(states[0]) if states and states[0] else None
    mine = owner()
    if known and mine in ("", known[1]):
        run = wired().store.runs.load(*known)
        if run and waits(facts_of(run)):
            run.append(leg_of_this_request(), step="callback", why="The authorization server answered by POST.")
    log_event("callback by post")
    return refusal(
        400,
        "The answer came as a form",
        "The authorization server sent the answer as a POST (response_mode=form_post). A browser does not send this app's cookie "
        "along with a POST from another site, so the answer cannot be tied to you. Nothing was redeemed. The server must answer with "
        "a redirect, unless response_mode=form_post was asked for.",
        code=SHAPE,
    )


def is_prefetch() -> bool:
    """A browser or a link scanner that only looks must not use up a code."""
    if request.method == "HEAD":
        return True
    purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return any("prefetch" in purpose.lower() or "prerender" in purpose.lower() or "preview" in purpose.lower() for purpose in purposes)


def leg_of_this_request() -> Leg:
    """What the browser brought, as it came; its cookies are ours and stay out."""
    query = request.query_string.decode("latin-1")
    url = f"{wired().settings.base_url}{request.path}{'?' if query else ''}{query}"
    headers = tuple((name, value) for name, value in request.headers.items() if name.lower() not in NOT_OURS)
    return Leg("callback", url, request.method, headers, request.get_data() if request.method == "POST" else b"")


def _refuse_unknown(mine: str, had_state: bool) -> Response:
    waiting = wired().store.states.waiting(mine) if mine else []
    if len(waiting) == 1:
        run = wired().store.runs.load(waiting[0], mine)
        if run and waits(facts_of(run)):
            run.append(leg_of_this_request(), step="callback", why="The browser came back with a state that this app did not send.")
    log_event("callback refused", run=waiting[0] if len(waiting) == 1 else None)
    came = "a state that this browser did not send, or sent more than ten minutes ago" if had_state else "no state"
    return refusal(
        400,
        "This answer belongs to another browser",
        f"The browser came back with {came}. The answer may be an old one, may have been started in another browser, or may be forged. "
        "It was not used, and nothing was sent to the gateway.",
        code=MISMATCH,
    )


def _note_lost(run_id: str, its_owner: str) -> None:
    """Tell the run, once for each request: its person sees there why nothing came. The answer itself is not kept."""
    run = wired().store.runs.load(run_id, its_owner)
    asked = facts_of(run).authorization if run else None
    if run is None or asked is None or not waits(facts_of(run)):
        return
    if not any(isinstance(e.body, Choice) and e.body.name == choices.SESSION_LOST for e in run.entries[asked.entry :]):
        run.append(
            Choice(choices.SESSION_LOST, {"host": request.host}), step="callback", why="A browser without a session brought the answer."
        )


def _explain_lost() -> Response:
    base = wired().settings.base_url
    return refusal(
        400,
        "Your session did not come along",
        "The state is one that this app sent out, but this browser brought no session for it. Cookies belong to one host name: open "
        f"the app at {base} and nowhere else, allow cookies for it, and start again. Nothing was sent to the gateway.",
        code=LOST,
    )
