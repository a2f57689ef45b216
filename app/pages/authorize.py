"""The way out: a plain link, because a content security policy stops forms whose answer leads to another site."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

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

bp = Blueprint("authorize", __name__)


@bp.get("/runs/<run_id>/authorize")
def leave(run_id: str) -> Answer:
    """Write down that the browser leaves, remember the state, and send the browser to the drawn URL."""
    run = own_run(run_id)
    if is_prefetch():
        return Response(status=204)
    facts = facts_of(run)
    if facts.authorization is None or facts.read_only or not waits(facts):
        return redirect(url_for("run.show", run_id=run_id), 303)
    if not is_web_address(facts.authorization.url):
        raise BadRequest("The authorization endpoint is not an http or https address, so the browser is not sent there.")
    wired().store.states.remember_state(facts.authorization.state, run.id, run.owner, time.time() + wired().settings.state_seconds)
    run.append(Leg("authorize", facts.authorization.url), step="authorize", why="The browser went out to the authorization server.")
    log_event("browser sent out", run=run.id)
    return redirect(facts.authorization.url, 302)


def is_web_address(url: str) -> bool:
    """May a browser be sent there? Only http and https with a host (javascript: and data: are attacks)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
