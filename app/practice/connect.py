"""The page behind a connect link: the person lets the gateway use the pretended upstream service."""

from __future__ import annotations

from flask import Response

from app.practice import connections, logins
from app.practice.answers import page
from app.practice.authorize import read_query
from app.practice.connections import Ticket
from app.practice.desk import Desk, PageRefusal
from app.practice.gateway import Upstream
from app.practice.reading import form


def connect_page(desk: Desk, upstream: str) -> Response:
    """Show the Connect button to the account that the link was made for."""
    sent, _ = read_query()
    known, ticket = _mine(desk, upstream, sent.get("ticket", ""))
    done = connections.is_connected(desk, ticket.account, known)
    return page(desk.gateway, "connect", upstream=known, ticket=sent["ticket"], done=done)


def connect(desk: Desk, upstream: str) -> Response:
    """Connect the upstream. A second click finds it connected."""
    try:
        sent = form()
    except ValueError as problem:
        raise PageRefusal("This form cannot be read", str(problem)) from None
    known, ticket = _mine(desk, upstream, sent.get("ticket", ""))
    if not ticket.used:
        connections.use_ticket(desk, ticket)
        connections.connect(desk, ticket.account, known)
    elif not connections.is_connected(desk, ticket.account, known):
        raise PageRefusal("This link was used", "Call the tool again: the gateway then gives a new link.")
    return page(desk.gateway, "connect", upstream=known, ticket=sent["ticket"], done=True)


def _mine(desk: Desk, upstream: str, value: str) -> tuple[Upstream, Ticket]:
    """MCP 2025-11-25, elicitation: who opens the link must be who called the tool, or a stranger's link could be planted."""
    known = desk.gateway.upstream(upstream)
    ticket = connections.find_ticket(desk, value, known) if known else None
    if known is None or ticket is None:
        raise PageRefusal("This connect link is not known", "It has expired, or it is not whole. Call the tool again for a new one.", 404)
    login = logins.current(desk)
    if login is None or login.account != ticket.account:
        raise PageRefusal("Sign in as the same person", "Open this link in the browser in which you allowed the client.", 403)
    return known, ticket
