"""The gateway's own front page: its routes, who is signed in here, and what that account has connected."""

from __future__ import annotations

from flask import Response

from app.practice import connections, logins
from app.practice.answers import page, see_other
from app.practice.desk import Desk, PageRefusal
from app.practice.opaque import digest, equal
from app.practice.reading import form


def front_page(desk: Desk) -> Response:
    """Explain the gateway."""
    login, gateway = logins.current(desk), desk.gateway
    rows = [
        (route, gateway.resource(route), bool(login and connections.is_connected(desk, login.account, route.upstream)))
        for route in gateway.routes
    ]
    person = gateway.person(login.person) if login else None
    return page(gateway, "front", rows=rows, person=person, key=_key(desk), explorer_url=desk.explorer_url)


def leave(desk: Desk) -> Response:
    """Disconnect an upstream, or sign out where none is named."""
    try:
        sent = form()
    except ValueError as problem:
        raise PageRefusal("This form cannot be read", str(problem)) from None
    login = logins.current(desk)
    if login is None or not equal(sent.get("key", ""), _key(desk)):
        raise PageRefusal("This form is not of this browser", "Open the page again.", 403)
    upstream = desk.gateway.upstream(sent.get("upstream", ""))
    if upstream is None:
        logins.sign_out(desk)
    else:
        connections.disconnect(desk, login.account, upstream)
    return see_other(f"{desk.gateway.base}/")


def _key(desk: Desk) -> str:
    """What only a page shown to this browser can know, so that no other site can send the form."""
    return digest("leave", logins.cookie(desk))
