"""The consent page: who asks for what, which upstream must be connected first, and the person's decision."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response

from app.practice import client_documents, clients, connections, flows, grants, logins
from app.practice.answers import page, see_other
from app.practice.authorize import answer_client, read_query
from app.practice.clients import Client
from app.practice.desk import Desk, PageRefusal
from app.practice.flows import Flow
from app.practice.gateway import Route, known_resource
from app.practice.grants import Grant
from app.practice.logins import Login
from app.practice.opaque import draw
from app.practice.reading import form

MEANINGS = {"mcp:tools": "list and call the tools of this route", "mcp:admin": "call the tools that delete things"}


def setup_page(desk: Desk) -> Response:
    """Show the consent page."""
    sent, _ = read_query()
    flow, login = _mine(desk, sent.get("flow", ""))
    return _show(desk, flow, login)


def decide(desk: Desk) -> Response:
    """`decision` is connect, approve or cancel. A decision may be repeated: a double click must not lose the code."""
    try:
        sent = form()
    except ValueError as problem:
        raise PageRefusal("This form cannot be read", str(problem)) from None
    flow, login = _mine(desk, sent.get("flow", ""))
    route = _route(desk, flow)
    match sent.get("decision", ""):
        case "connect":
            connections.connect(desk, login.account, route.upstream)
            return see_other(f"{desk.gateway.base}/oauth/setup", {"flow": flow.handle})
        case "approve":
            return _approve(desk, flow, route, login)
        case "cancel":
            refusal = {"error": "access_denied", "error_description": "The person said no."}
            return answer_client(desk, route, flow.redirect_uri, flow.state, refusal)
        case _:
            raise PageRefusal("No decision", "The form holds no decision that this page offers.")


def _approve(desk: Desk, flow: Flow, route: Route, login: Login) -> Response:
    if _must_connect(desk, route, login):
        return _show(desk, flow, login, 400)
    resource, expires_at = known_resource(desk.gateway, route), desk.now() + desk.gateway.grant_seconds
    grant = Grant(draw(), flow.client_key, login.account, resource, flow.scope, expires_at)
    code = grants.issue_code(desk, grant, flow.redirect_uri, flow.redirect_sent, flow.challenge)
    return answer_client(desk, route, flow.redirect_uri, flow.state, {"code": code})


def _show(desk: Desk, flow: Flow, login: Login, status: int = 200) -> Response:
    route, client = _route(desk, flow), _client(desk, flow)
    return page(
        desk.gateway,
        "setup",
        status,
        posts_to=flow.redirect_uri,
        flow=flow,
        route=route,
        person=desk.gateway.person(login.person),
        client_name=client.name or "a client without a name",
        client_host=client_documents.host_of(client.client_id),
        redirect_host=urlsplit(flow.redirect_uri).netloc,
        wishes=[(scope, MEANINGS.get(scope, "")) for scope in flow.scope.split()],
        connected=connections.is_connected(desk, login.account, route.upstream),
        blocked=_must_connect(desk, route, login),
    )


def _must_connect(desk: Desk, route: Route, login: Login) -> bool:
    return route.upstream.asked == "consent" and not connections.is_connected(desk, login.account, route.upstream)


def _mine(desk: Desk, handle: str) -> tuple[Flow, Login]:
    flow, login = flows.of_handle(desk, handle, logins.browser(logins.cookie(desk))), logins.current(desk)
    if login is None:
        raise PageRefusal("You are not signed in", "The sign-in has ended. Start again from your client.", 403)
    return flow, login


def _route(desk: Desk, flow: Flow) -> Route:
    route = desk.gateway.route(flow.route)
    if route is None:
        raise PageRefusal("No such route", "The route of this request has gone.", 404)
    return route


def _client(desk: Desk, flow: Flow) -> Client:
    client = clients.find_by_key(desk, flow.client_key)
    if client is None:
        raise PageRefusal("This client is not known", "Its registration has expired. Start again from your client.")
    return client
