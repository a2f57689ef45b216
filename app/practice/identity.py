"""The pretended identity provider: a login page with prepared people, any password or none."""

from __future__ import annotations

from flask import Response

from app.practice import flows, logins
from app.practice.answers import page, see_other
from app.practice.authorize import read_query
from app.practice.desk import Desk, PageRefusal
from app.practice.reading import form


def login_page(desk: Desk) -> Response:
    """Show the people to choose from."""
    sent, _ = read_query()
    flow = flows.of_login_state(desk, sent.get("state", ""), logins.browser(logins.cookie(desk)))
    return page(desk.gateway, "login", state=flow.login_state, people=desk.gateway.people)


def log_in(desk: Desk) -> Response:
    """Send the browser back to the gateway with a one-time code, as an OpenID provider would."""
    try:
        sent = form()
    except ValueError as problem:
        raise PageRefusal("This form cannot be read", str(problem)) from None
    flow = flows.of_login_state(desk, sent.get("state", ""), logins.browser(logins.cookie(desk)))
    person = desk.gateway.person(sent.get("person", ""))
    if person is None:
        raise PageRefusal("Nobody by that name", "Choose one of the prepared people.")
    code = flows.give_login_code(desk, flow, person.name)
    return see_other(f"{desk.gateway.base}/oauth/callback", {"code": code, "state": flow.login_state})
