"""Whose browser this is: a random owner id in the server-side session, made only when a run is started."""

from __future__ import annotations

import secrets
import time

from flask import current_app, request, session
from werkzeug.exceptions import NotFound

from app.flow.log import Run
from app.pages.sessions import refuse_unread_session
from app.pages.wired import wired

GONE = "There is no such run in this browser. A run belongs to the browser that started it, and ends some time after it was last looked at."
GONE_OF_PERSON = "You have no such run. A run belongs to the person who started it, and ends some time after it was last looked at."


def owner() -> str:
    """This browser's owner id, empty where it has none. Never creates a session. Raises StoreUnavailable."""
    refuse_unread_session()
    found = session.get("owner", "")
    return found if isinstance(found, str) else ""


def owner_of_a_new_run() -> str:
    """This browser's owner id, made where there is none. Lengthens the session, so that it outlives the run."""
    was = owner()
    session["owner"] = was or secrets.token_urlsafe(24)
    session["renewed_at"] = int(time.time())
    if was and not request.is_secure and not wired().settings.base_url.startswith("https://"):
        # without the __Host- prefix another program on this machine could have planted the cookie
        current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    return str(session["owner"])


def own_run(run_id: str) -> Run:
    """The run of this browser, or 404: whether another browser has such a run is nobody's business."""
    mine = owner()
    run = wired().store.runs.load(run_id, mine) if mine else None
    if run is None:
        raise NotFound(GONE_OF_PERSON if wired().settings.login == "oidc" else GONE)
    return wired().memory.recall(run)
