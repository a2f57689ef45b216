"""Draw an authorization request; the person's own browser takes it out (OAuth 2.1 section 4.1.1, RFC 7636, RFC 8707)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.flow.choices import AUTHORIZE
from app.flow.edits import edited_pairs
from app.flow.facts import Authorization, Facts
from app.flow.log import Leg
from app.flow.machine import NO_BROWSER
from app.flow.moves import Draw, Drawn, Note, Walk
from app.flow.oauth import Pairs, endpoint, resource_pair, scope_to_ask
from app.wire.parse.form import read_pairs, with_query
from app.wire.parse.url import is_openable

MAX_REQUESTS = 3  # per click of the person; a gateway that always wants more must not loop them
TOO_MANY = "Three authorization requests were made and the server still wants more; press retry to try again."
PURPOSES = {
    "response_type": "the code flow: only a short-lived code travels through the browser",
    "client_id": "who asks; the server looks up the registered redirect URIs with it",
    "redirect_uri": "where the browser comes back to: our /callback",
    "code_challenge": "SHA-256 of the verifier, which stays here: a stolen code is useless (RFC 7636)",
    "code_challenge_method": "S256, the only method worth having",
    "state": "links the answer to this browser and this run; it must come back unchanged",
    "resource": "the MCP server that the token is for (RFC 8707), byte for byte as its metadata publishes it",
    "scope": "what the token may do",
}


def needs(facts: Facts) -> str:
    if facts.client is None:
        return "There is no client id yet."
    return "" if is_openable(endpoint(facts, "authorization_endpoint")) else "The metadata names no http(s) authorization_endpoint."


def skips(facts: Facts) -> str:
    return "" if facts.by_browser else NO_BROWSER


def reason(facts: Facts) -> str:
    """Why this request is made: first, again, stepup, lap or second_grant."""
    if facts.wanted_scope:
        return "stepup"
    if facts.grant_dead:
        return "second_grant"
    if not facts.authorizations:
        return "first"
    return "lap" if facts.lap and not facts.tokens else "again"


def walk(facts: Facts) -> Walk:
    """Draw state and verifier, and write the whole request down before the browser leaves (2026-07-28, per request)."""
    if facts.asked_since_click >= MAX_REQUESTS:
        return TOO_MANY
    drawn, facts = yield Draw()
    yield Note(AUTHORIZE, request(facts, drawn), "Everything the callback will be compared with.")
    return ""


def challenge(verifier: str) -> str:
    """BASE64URL(SHA256(verifier)) without padding (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def pairs(facts: Facts, drawn: Drawn) -> Pairs:
    """The parameters in the order in which people read them, the person's own last."""
    client = facts.client
    scope = scope_to_ask(facts)
    own: Pairs = (
        ("response_type", "code"),
        ("client_id", client.client_id if client else ""),
        ("redirect_uri", facts.options.redirect_uri),
        ("code_challenge", challenge(drawn.verifier)),
        ("code_challenge_method", "S256"),
        ("state", drawn.state),
        *resource_pair(facts),
        *((("scope", scope),) if scope else ()),
    )
    extra = read_pairs(facts.options.authorize_params)
    names = {name for name, _ in extra}
    return (*(pair for pair in own if pair[0] not in names), *extra)


def request(facts: Facts, drawn: Drawn) -> dict[str, Any]:
    """The values of the choice `authorize`. An edit by the person shows in the URL, what was drawn stays as drawn."""
    sent = edited_pairs(pairs(facts, drawn), facts.edit if facts.edit and facts.edit.step == "authorize" else None)
    return {
        "state": dict(sent).get("state", drawn.state),
        "verifier": drawn.verifier,
        "challenge": challenge(drawn.verifier),
        "url": with_query(endpoint(facts, "authorization_endpoint"), sent),
        "issuer": facts.issuer,
        "client_id": dict(sent).get("client_id", ""),
        "redirect_uri": dict(sent).get("redirect_uri", ""),
        "scope": dict(sent).get("scope", ""),
        "resource": dict(sent).get("resource", ""),
        "reason": reason(facts),
    }


def drawn_request(facts: Facts, values: Mapping[str, Any], seq: int, at: float) -> Facts:
    """Learn the request; answers to older ones no longer count."""
    authorization = Authorization(**values, entry=seq, at=at)
    return replace(
        facts,
        authorization=authorization,
        authorizations=(*facts.authorizations, authorization),
        asked_since_click=facts.asked_since_click + 1,
        answer=None,
        misfit=0,
        gave_up=0,
    )


def left(facts: Facts, leg: Leg, at: float) -> Facts:
    """The browser went out with the newest request."""
    if facts.authorization is None or facts.authorization.url != leg.url:
        return facts
    return replace(facts, authorization=replace(facts.authorization, left_at=at))
