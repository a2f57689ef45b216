"""Become a client of the authorization server: known already, by a metadata URL, or by RFC 7591."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

from app.flow.choices import CLIENT, KEY
from app.flow.facts import Client, Facts
from app.flow.log import Entry
from app.flow.moves import Ask, Draw, Note, Walk
from app.flow.oauth import PURPOSES, endpoint, first_scope, json_object, post_json, rules_for, text, texts
from app.flow.proofs import algorithm_of, signing_key
from app.flow.revisions import CLIENT_NAME
from app.wire.messages import Exchange
from app.wire.parse.url import is_loopback_host

METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
NO_WAY = "No client id was given, and the server offers neither client metadata documents nor registration."
DCR_PURPOSES = PURPOSES | {
    "client_name": "shown to the person on the consent page",
    "redirect_uris": "where the authorization server may send the browser back to; compared exactly",
    "grant_types": "refresh_token is asked for, or none may be issued",
    "response_types": "the code flow, the only one in OAuth 2.1",
    "token_endpoint_auth_method": "how we will authenticate at the token endpoint",
    "application_type": "native for a loopback callback, web for an https one (SEP-837)",
}


def needs(facts: Facts) -> str:
    return "" if facts.server or facts.options.client_id else "No authorization server metadata was found."


def skips(facts: Facts) -> str:
    return "The client of this issuer is kept." if facts.client else ""


def way(facts: Facts) -> str:
    """preregistered, cimd, dcr or an empty string: the order of 2025-11-25."""
    wish = facts.options.registration
    if wish == "preregistered" or (wish == "auto" and facts.options.client_id):
        return "preregistered" if facts.options.client_id else ""
    if wish == "cimd" or (wish == "auto" and _cimd_fits(facts)):
        return "cimd" if document_url(facts) else ""
    return "dcr" if endpoint(facts, "registration_endpoint") else ""


def _cimd_fits(facts: Facts) -> bool:
    advertised = facts.server.get("client_id_metadata_document_supported") is True
    return bool(advertised and document_url(facts) and rules_for(facts).client_id_metadata)


def document_url(facts: Facts) -> str:
    """The URL that would be our client id."""
    return facts.options.client_metadata_url or facts.options.own_client_metadata_url


def walk(facts: Facts) -> Walk:
    """One way in; only dynamic registration needs an exchange."""
    chosen = way(facts)
    if chosen == "preregistered":
        yield Note(CLIENT, _kept(_preregistered(facts)), "The client id was entered on the start page.")
    elif chosen == "cimd":
        client = Client(facts.issuer, document_url(facts), how="cimd")
        yield Note(CLIENT, _kept(client), "The server reads client metadata documents: our URL is our client id.")
    elif chosen == "dcr":
        return (yield from _register(facts))
    else:
        return NO_WAY
    return ""


def _register(facts: Facts) -> Walk:
    if auth_to_ask(facts) == "private_key_jwt" and not (facts.key or facts.options.private_key):
        drawn, facts = yield Draw(key=True)
        _, facts = yield Note(KEY, {"jwk": drawn.key}, "The public half is registered, the private half signs.")
    why = "Dynamic client registration: no account and no form, the server answers with a client id (RFC 7591)."
    request = post_json(endpoint(facts, "registration_endpoint"), registration(facts))
    _, facts = yield Ask(request, "dcr", why, DCR_PURPOSES)
    return "" if facts.client else "No client id came back."


def _kept(client: Client) -> dict[str, Any]:
    return {k: v for k, v in asdict(replace(client, answer={})).items() if k not in ("answer", "entry")}


def _preregistered(facts: Facts) -> Client:
    options = facts.options
    by_key = "private_key_jwt" if options.private_key else _secret_method(facts, options.client_secret)
    auth = options.client_auth if options.client_auth != "auto" else by_key
    return Client(facts.issuer, options.client_id, options.client_secret, auth, "preregistered")


def _secret_method(facts: Facts, secret: str) -> str:
    if not secret:
        return "none"
    listed = texts(facts.server, "token_endpoint_auth_methods_supported")
    return "client_secret_post" if listed and "client_secret_basic" not in listed else "client_secret_basic"


def auth_to_ask(facts: Facts) -> str:
    """The authentication method to register with: a public client where the server lets us be one."""
    if facts.options.client_auth in METHODS:
        return facts.options.client_auth
    listed = texts(facts.server, "token_endpoint_auth_methods_supported")
    return next((m for m in METHODS if m in listed), "none") if listed else "none"


def application_type(redirect_uri: str) -> str:
    """native for loopback, web otherwise (OpenID Connect registration section 2, SEP-837)."""
    return "native" if is_loopback_host(urlsplit(redirect_uri).hostname or "") else "web"


def registration(facts: Facts) -> dict[str, Any]:
    """The client metadata to be registered (RFC 7591 section 2)."""
    body: dict[str, Any] = {
        "client_name": CLIENT_NAME,
        "redirect_uris": [facts.options.redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": auth_to_ask(facts),
    }
    if rules_for(facts).application_type:
        body["application_type"] = application_type(facts.options.redirect_uri)
    scope = first_scope(facts)
    return body | _public_key(facts) | ({"scope": scope} if scope else {})


def _public_key(facts: Facts) -> dict[str, Any]:
    key = signing_key(facts) if auth_to_ask(facts) == "private_key_jwt" else None
    if key is None:
        return {}
    return {"jwks": {"keys": [key.as_dict(private=False)]}, "token_endpoint_auth_signing_alg": algorithm_of(key)}


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    answer = json_object(exchange)
    if answer is None or exchange.status not in (200, 201) or not text(answer, "client_id"):
        return facts
    secret = text(answer, "client_secret")
    auth = text(answer, "token_endpoint_auth_method") or auth_to_ask(facts)
    client = Client(facts.issuer, text(answer, "client_id"), secret, auth, "dcr", answer, entry.seq)
    return keep_client(facts, client)


def keep_client(facts: Facts, client: Client) -> Facts:
    """Credentials are keyed by issuer, never used at another (SEP-2352)."""
    clients: Mapping[str, Client] = {**facts.clients, client.issuer: client}
    return replace(facts, clients=clients)
