"""/login: the way in where this app itself asks people to sign in."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from app.pages.limits import address, brake
from app.pages.log_lines import log_event
from app.pages.next_page import own_page
from app.pages.signed_in import Person, open_to_all, sign_in, signed_in
from app.pages.wired import wired
from app.views.login_page import login_page

LONGEST = 1_000  # of a password: hashing more only costs time
WRONG = "That did not work. Check the password, and type it again."
TRIES = "wrong passwords"
IN_ALL = 10  # times what one address may: many addresses guess no faster
ALL = "everybody"

bp = Blueprint("login", __name__)


@bp.get("/login")
@open_to_all
def page() -> Answer:
    """The form, or the link to the provider; 404 where nobody has to sign in."""
    _refuse_without_sign_in()
    following = own_page(request.args.get("next", ""))
    if signed_in():
        return redirect(following or "/", 303)
    return shown(following)


@bp.post("/login")
@open_to_all
def enter() -> Answer:
    """303 into the app with a fresh session, or the form again with one sentence for whatever was wrong."""
    password = wired().password
    if password is None:
        raise NotFound
    following = own_page(request.form.get("next", ""))
    typed = request.form.get("password", "")
    _count_try()
    if len(typed) > LONGEST or not password.is_right(typed):
        log_event("sign-in refused", why="password")
        answer = shown(following, WRONG)
        answer.status_code = 403
        return answer
    _forgive_try()
    sign_in(Person("the shared password"))
    log_event("signed in", how="password")
    return redirect(following or "/", 303)


def _refuse_without_sign_in() -> None:
    if not wired().settings.has_sign_in:
        raise NotFound("Nobody has to sign in here.")


def _count_try() -> None:
    """Every try counts before it is judged, so that a hundred at the same time are a hundred."""
    most = wired().settings.login_tries_per_minute
    brake(TRIES, address(), most, f"{most} wrong passwords came from this address within a minute, as many as may be.")
    brake(TRIES, ALL, most * IN_ALL, "Many wrong passwords came within a minute, so sign-in waits for everybody.")


def _forgive_try() -> None:
    if wired().settings.login_tries_per_minute:
        wired().store.counters.give_back(TRIES, address())
        wired().store.counters.give_back(TRIES, ALL)


def shown(following: str, mistake: str = "") -> Response:
    """The sign-in page, with what went wrong."""
    page = login_page(settings=wired().settings, following=following, mistake=mistake)
    return make_response(render_template("pages/login.html", page=page))
