"""What a person may do about themselves: see what is kept, sign out, and have everything forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, session
from flask import Response as Page
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.pages.browser import owner
from app.pages.log_lines import log_event
from app.pages.pupil import forget_pupil
from app.pages.signed_in import open_to_all, signed_in
from app.pages.wired import wired
from app.practice.tables import metadata as practice_tables
from app.settings import Settings
from app.store.owned import forget_owner
from app.store.tables import metadata as tables
from app.views.account_page import account_page, forgotten_page
from app.views.privacy_page import privacy_page

# "cookies" would log people out of every other app under this domain; our own cookie goes with the session
CLEARED = '"cache", "storage"'

bp = Blueprint("account", __name__)


@dataclass(frozen=True)
class Site:
    """What the frame of every page shows."""

    has_account: Annotated[bool, "do people sign in here?"]


@bp.get("/account")
def account() -> Page:
    """Who is signed in, what is kept of this person or browser, and the two ways to end it."""
    mine, person = owner(), signed_in()
    kept = wired().store.runs.count(mine) if mine else 0
    page = account_page(settings=wired().settings, person=person.name if person else "", runs=kept)
    return make_response(render_template("pages/account.html", page=page))


@bp.get("/privacy")
@open_to_all
def privacy() -> Page:
    """Where state lives, how long, who sees it, in the mode that this instance runs in."""
    return make_response(render_template("pages/privacy.html", page=privacy_page(wired().settings)))


@bp.post("/sign-out")
@open_to_all
def sign_out() -> Response:
    """End the session. Runs that only this browser could open are deleted: nobody could open them again."""
    person = signed_in()
    if person is None and not wired().settings.has_sign_in:
        raise NotFound("Nobody is signed in here.")
    if person and not person.owner:
        _forget(owner())
    log_event("signed out")
    return _left("/login")


@bp.post("/forget-everything")
def forget_everything() -> Response:
    """Delete everything of this person or browser: runs, sessions in other browsers, and whatever other tables hold."""
    _forget(owner())
    return _left("/forgotten")


@bp.get("/forgotten")
@open_to_all
def forgotten() -> Page:
    """What a person reads after that."""
    return make_response(render_template("pages/forgotten.html", page=forgotten_page(wired().settings)))


def _forget(mine: str) -> None:
    if not mine:
        return
    for listed in wired().store.runs.runs_of(mine):
        wired().jobs.cancel(listed.id)
        wired().memory.forget(listed.id)
    forget_pupil(mine)
    wired().store.runs.forget_owner(mine)  # with what this worker holds of them in memory
    rows = forget_owner(wired().store.engine, wired().store.vault, mine, (tables, practice_tables))
    log_event("forgotten", rows=rows)


def _left(path: str) -> Response:
    session.clear()
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    answer = redirect(path, 303)
    answer.headers["Clear-Site-Data"] = CLEARED
    return answer


def frame(app: Flask, settings: Settings) -> None:
    """Give every page what its frame shows: the same for everybody, so that public pages can be cached."""
    shown = Site(settings.has_sign_in)
    app.jinja_env.globals["site"] = shown
