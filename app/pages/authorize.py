"""The way out: a plain link, because a content security policy stops forms whose answer leads to another site."""

from __future__ import annotations

import time

from flask import Blueprint, Response, redirect, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as Answer

from app.flow.fold import facts_of
from app.flow.log import Leg
from app.flow.steps.callback import waits
from app.pages.browser import own_run
from app.pages.callback import is_prefetch
from app.pages.log_lines import log_event
from app.pages.wired import wired
from app.wire.parse.url import is_openable

bp = Blueprint("authorize", __name__)
NO_WEB_ADDRESS = "The authorization endpoint is not an http or https address that can exist, so the browser is not sent there."


@bp.get("/runs/<run_id>/authorize")
def leave(run_id: str) -> Answer:
    """Write down that the browser leaves, remember the state, and send the browser to the drawn URL."""
    run = own_run(run_id)
    if is_prefetch():
        return Response(status=204)
    facts = facts_of(run)
    if facts.authorization is None or facts.read_only or not waits(facts):
        return redirect(url_for("run.show", run_id=run_id), 303)
    if not is_openable(facts.authorization.url):
        raise BadRequest(NO_WEB_ADDRESS)
    wired().store.states.remember_state(facts.authorization.state, run.id, run.owner, time.time() + wired().settings.state_seconds)
    run.append(Leg("authorize", facts.authorization.url), step="authorize", why="The browser went out to the authorization server.")
    log_event("browser sent out", run=run.id)
    return redirect(facts.authorization.url, 302)
