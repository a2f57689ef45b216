"""The authorization endpoint (RFC 6749 section 4.1, RFC 7636, RFC 8707, RFC 9207) and the way back from the login."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request

from app.practice import client_documents, clients, flows, logins
from app.practice.answers import page, see_other
from app.practice.clients import Client
from app.practice.desk import Desk, PageRefusal
from app.practice.flows import Flow
from app.practice.gateway import Gateway, Route, known_resource
from app.practice.opaque import draw
from app.practice.reading import query
from app.practice.shaping import shaped
from app.practice.tables import sweep_sometimes

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # SHA-256 in base64url without padding
Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Objection:
    """Why a request is refused at the client's redirect URI (RFC 6749 section 4.1.2.1)."""

    error: str
    says: str


def authorize(desk: Desk, route: str) -> Response:
    """Send the browser on to sign in or to consent; refuse on a page, or at the redirect URI once that is trusted."""
    known = desk.gateway.route(route)
    if known is None:
        raise PageRefusal("No such route", "This gateway has no such MCP route.", 404)
    sent, doubled = read_query()
    if desk.gateway.circles:
        return see_other(desk.gateway.origin + str(request.environ.get("RAW_URI", request.full_path)))
    client = _client(desk, sent, doubled)
    redirect_uri = _redirect_uri(client, sent, doubled)
    if not desk.gateway.trusts_registered_redirects:
        raise PageRefusal("This redirect address is not allowed", "The redirect_uri is not allowed: it matches no pattern of this server.")
    objection = Objection("invalid_request", "A parameter was sent twice.") if doubled else object_to(desk.gateway, known, sent)
    if objection:
        return answer_client(desk, known, redirect_uri, sent.get("state"), {"error": objection.error, "error_description": objection.says})
    return _go_on(desk, known, client, redirect_uri, sent)


def login_callback(desk: Desk) -> Response:
    """Where the identity provider sends the browser back: sign in here, then on to consent."""
    sent, doubled = read_query()
    if doubled or not {"code", "state"} <= sent.keys():
        raise PageRefusal("This link is not whole", "The answer of the identity provider holds no code or no state.")
    flow = flows.of_login_state(desk, sent["state"], logins.browser(logins.cookie(desk)))
    setup = see_other(f"{desk.gateway.base}/oauth/setup", {"flow": flow.handle})
    if flow.person is not None and flows.take_login_code(desk, flow, sent["code"]):
        value = logins.sign_in(desk, flow.person)
        flows.move_browser(desk, flow.browser, logins.browser(value))
        return logins.set_cookie(desk, setup, value)
    if logins.current(desk):
        return setup  # a reload: this code was used by the same browser
    raise PageRefusal("This sign-in was used", "The identity provider's code was used or is not known. Start again from your client.")


def answer_client(desk: Desk, route: Route, redirect_uri: str, state: str | None, members: Parameters) -> Response:
    """Redirect to the client with `state` as it came and `iss` (RFC 9207 section 2)."""
    gateway = desk.gateway
    echoed = {} if state is None else {"state": state[: gateway.state_characters or None]}
    right = dict(members) | echoed | {"iss": gateway.resource(route)}
    said = {name: str(value) for name, value in shaped(gateway, route, right, gateway.way_back).items()}
    return see_other(redirect_uri, said, gateway.answers_in_fragment)


def object_to(gateway: Gateway, route: Route, sent: Parameters) -> Objection | None:
    """What is wrong with a request whose client and redirect URI are right."""
    if gateway.authorize_error[0]:
        return Objection(*gateway.authorize_error)
    if "response_type" not in sent:
        return Objection("invalid_request", "response_type is missing.")
    if sent["response_type"] != "code":
        return Objection("unsupported_response_type", "response_type must be code.")
    if sent.get("response_mode", "query") != "query":
        return Objection("invalid_request", "response_mode must be query.")
    if sent.get("resource", known_resource(gateway, route)) != known_resource(gateway, route):
        return Objection("invalid_target", f"resource must be {known_resource(gateway, route)} at this endpoint.")
    if not gateway.known_scope(sent.get("scope", "")):
        return Objection("invalid_scope", f"scope may name {' and '.join(gateway.scopes)} only.")
    return _object_to_challenge(sent)


def read_query() -> tuple[Parameters, frozenset[str]]:
    """The query's parameters and the doubled names. Raises PageRefusal."""
    try:
        return query()
    except ValueError as problem:
        raise PageRefusal("This link cannot be read", str(problem)) from None


def _object_to_challenge(sent: Parameters) -> Objection | None:
    """RFC 7636 section 4.4.1; an omitted method would mean plain (section 4.3)."""
    if "code_challenge" not in sent:
        return Objection("invalid_request", "code_challenge is missing: PKCE is required.")
    if sent.get("code_challenge_method") != "S256":
        return Objection("invalid_request", "code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(sent["code_challenge"]):
        return Objection("invalid_request", "code_challenge must be 43 characters of base64url.")
    return None


def _client(desk: Desk, sent: Parameters, doubled: frozenset[str]) -> Client:
    client_id = sent.get("client_id", "")
    if not client_id or "client_id" in doubled:
        raise PageRefusal("Which client is asking?", "client_id is missing or was sent twice.")
    if client_documents.advertised(desk) and client_documents.is_document_url(desk, client_id):
        return client_documents.fetched(desk, client_id)
    client = None if "authorize" in desk.gateway.forgets_clients_at else clients.find(desk, client_id)
    if client is None:
        raise PageRefusal("This client is not known", "Its registration has expired, or it registered at another gateway.")
    return client


def _redirect_uri(client: Client, sent: Parameters, doubled: frozenset[str]) -> str:
    """RFC 6749 section 4.1.2.1: nobody is redirected to an address that was not registered."""
    redirect_uri = "" if "redirect_uri" in doubled else client.redirect_uri(sent.get("redirect_uri", ""))
    if not redirect_uri:
        says = "redirect_uri is missing, doubled, or not one that this client registered. Only the port of a loopback address may differ."
        raise PageRefusal("This redirect address is not registered", says)
    return redirect_uri


def _go_on(desk: Desk, route: Route, client: Client, redirect_uri: str, sent: Parameters) -> Response:
    sweep_sometimes(desk.engine, desk.now())
    login, cookie = logins.current(desk), logins.cookie(desk) or draw()
    scope = " ".join(sent.get("scope", "").split()) or " ".join(desk.gateway.resource_scopes)
    key, sent_uri = clients.key_of(desk, client.client_id), "redirect_uri" in sent
    browser, state, challenge = logins.browser(cookie), sent.get("state"), sent["code_challenge"]
    flow = flows.start(desk, Flow("", browser, route.name, key, redirect_uri, sent_uri, state, scope, challenge))
    if login:
        return see_other(f"{desk.gateway.base}/oauth/setup", {"flow": flow.handle})
    if desk.gateway.login_in_place:
        shown = page(desk.gateway, "login", state=flow.login_state, people=desk.gateway.people)
        return logins.set_cookie(desk, shown, cookie)
    own = {"client_id": "practice-gateway", "redirect_uri": f"{desk.gateway.base}/oauth/callback", "response_type": "code"}
    onward = see_other(f"{desk.gateway.base}/idp/login", own | {"state": flow.login_state})
    return logins.set_cookie(desk, onward, cookie)
