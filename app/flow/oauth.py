"""OAuth requests and what their answers say: metadata, forms, client authentication, scope."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus

from app.flow.facts import NOTHING, Client, Document, Facts
from app.flow.proofs import ASSERTION_TYPE, TO_BE_SIGNED, dpop_header
from app.flow.revisions import Revision, rules
from app.wire.messages import Exchange, Header, Request
from app.wire.parse.form import write_pairs
from app.wire.parse.json import read_json

Pairs = tuple[tuple[str, str], ...]
PURPOSES = {
    "grant_type": "what is handed in for tokens",
    "code": "the authorization code from the callback; single use, short-lived",
    "redirect_uri": "must equal the one of the authorization request, byte for byte (RFC 6749 section 4.1.3)",
    "code_verifier": "proves that we are the one who asked: its hash was sent ahead (RFC 7636)",
    "client_id": "who we are; a public client has no secret to show",
    "client_secret": "the secret that registration gave us",
    "resource": "the MCP server that the token is for (RFC 8707), byte for byte as its metadata publishes it",
    "scope": "what the token may do",
    "refresh_token": "exchanged for a new pair; a public client's is rotated each time",
    "token": "the token to be revoked",
    "token_type_hint": "tells the server where to look first (RFC 7009)",
    "Authorization": "HTTP Basic: client id and secret, each form-encoded first (RFC 6749 section 2.3.1)",
    "Accept": "JSON, please; some servers answer form-encoded otherwise",
    "Content-Type": "how the body is written",
    "client_assertion_type": "the assertion is a JWT (RFC 7523)",
    "client_assertion": "a short-lived JWT, signed with our private key, in place of a secret",
    "DPoP": "proves that we hold the key that the token is bound to (RFC 9449)",
    "MCP-Protocol-Version": "2025-03-26 asks for it while fetching metadata",
}


def rules_for(facts: Facts) -> Revision:
    """The revision's rules that apply now."""
    return rules(facts.options.revision, facts.era, facts.protocol)


def get(url: str, headers: tuple[Header, ...] = ()) -> Request:
    """A GET of a metadata document."""
    return Request("GET", url, (("Accept", "application/json"), *headers))


def post_json(url: str, body: Mapping[str, Any]) -> Request:
    """A POST of a JSON object."""
    headers = (("Accept", "application/json"), ("Content-Type", "application/json"))
    return Request("POST", url, headers, json.dumps(body).encode())


def post_form(facts: Facts, url: str, pairs: Iterable[tuple[str, str]], *, authenticated: bool = True, proved: bool = False) -> Request:
    """A POST of a form by a client that authenticates as it was registered (RFC 6749 section 2.3), and proves its key where it has one."""
    client = facts.client if authenticated else None
    headers: Pairs = (("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"))
    if client and client.auth == "client_secret_basic":
        headers = (("Authorization", basic(client)), *headers)
    body = write_pairs((*pairs, *(_credentials(client) if client else ())))
    return Request("POST", url, (*headers, *(dpop_header(facts) if proved else ())), body.encode())


def _credentials(client: Client) -> Pairs:
    if client.auth == "client_secret_basic":
        return (("client_id", client.client_id),)  # RFC 6749 lets it out, the reference SDK's server refuses without it
    if client.auth == "private_key_jwt":
        return ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", TO_BE_SIGNED)
    secret = (("client_secret", client.client_secret),) if client.auth == "client_secret_post" else ()
    return ("client_id", client.client_id), *secret


def basic(client: Client) -> str:
    """HTTP Basic with both halves form-encoded first: a client id may hold a colon (RFC 6749 section 2.3.1)."""
    both = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return "Basic " + base64.b64encode(both.encode()).decode()


def json_object(exchange: Exchange) -> Document | None:
    """The body as a JSON object, or None."""
    if exchange.response is None:
        return None
    value = read_json(exchange.response.body).value
    return value if isinstance(value, dict) else None


def document(exchange: Exchange) -> Document | None:
    """A metadata document: status 200 and a JSON object (RFC 8414 section 3.2, RFC 9728 section 3.2)."""
    return json_object(exchange) if exchange.status == 200 and exchange.failure is None else None


def text(document: Document, member: str) -> str:
    """A string member, or an empty string."""
    value = document.get(member)
    return value if isinstance(value, str) else ""


def texts(document: Document, member: str) -> tuple[str, ...]:
    """The strings of a list member; empty where it is absent or not a list."""
    value = document.get(member)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def endpoint(facts: Facts, member: str) -> str:
    """An endpoint of the authorization server that can be dialled: http or https, else empty."""
    url = text(facts.server, member)
    return url if url.lower().startswith(("https://", "http://")) else ""


def resource_pair(facts: Facts) -> Pairs:
    """The `resource` parameter where the revision has it (RFC 8707)."""
    return (("resource", facts.resource),) if rules_for(facts).resource_parameter else ()


def first_scope(facts: Facts) -> str:
    """The scope of a first request: the person's, the challenge's, the metadata's, else none (SEP-835)."""
    if facts.options.scope:
        return facts.options.scope
    challenged = facts.challenge.get("scope") if facts.challenge else ""
    scope = challenged or " ".join(texts(facts.resource_metadata, "scopes_supported"))
    return _with_offline_access(facts, scope)


def _with_offline_access(facts: Facts, scope: str) -> str:
    # SEP-2207: only where the authorization server lists it, never because the resource does
    listed = "offline_access" in texts(facts.server, "scopes_supported")
    if scope and listed and rules_for(facts).scope_union and "offline_access" not in scope.split():
        return f"{scope} offline_access"
    return scope


def scope_to_ask(facts: Facts) -> str:
    """The scope of the next authorization request; after a 403 the union with what was asked before (SEP-2350)."""
    if not facts.wanted_scope:
        return facts.authorization.scope if facts.authorization and facts.lap == 0 else first_scope(facts)
    before = facts.authorization.scope.split() if facts.authorization else []
    kept = before if rules_for(facts).scope_union else []
    return " ".join(dict.fromkeys([*kept, *sorted(facts.wanted_scope)]))


def own_answer(document: Document | None) -> Document:
    """A document or nothing, so that members can be asked for."""
    return document if document is not None else NOTHING
