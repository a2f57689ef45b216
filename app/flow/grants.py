"""Tokens as they are issued, rotated and used; the refresh and revocation requests that several steps make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.flow.challenges import challenge_of, learn_challenge
from app.flow.facts import NOTHING, Facts, Tokens
from app.flow.log import Entry
from app.flow.mcp import let_in, post
from app.flow.oauth import endpoint, json_object, post_form, resource_pair, text
from app.wire.messages import Exchange, Request

AGAIN_AFTER_LAP = ("resource_metadata", "server_metadata", "register", "authorize", "callback", "token", "call")
AGAIN_AFTER_GRANT = ("authorize", "callback", "token", "call")


def learn_tokens(facts: Facts, entry: Entry, exchange: Exchange, source: str) -> Facts:
    """A 200 with an access_token is a grant, whatever else is odd about it."""
    answer = json_object(exchange)
    if answer is None or exchange.status != 200 or not text(answer, "access_token"):
        return facts
    old = facts.tokens if source != "token" else None
    tokens = Tokens(
        access=text(answer, "access_token"),
        # RFC 6749 section 6: no new refresh token means that the old one stays
        refresh=text(answer, "refresh_token") or (old.refresh if old else ""),
        token_type=text(answer, "token_type"),
        scope=text(answer, "scope") or (old.scope if old else None),
        expires_in=seconds(answer.get("expires_in")),
        answer=answer,
        source=source,
        entry=entry.seq,
        at=entry.at,
    )
    facts = replace(facts, tokens=tokens, token_history=(*facts.token_history, tokens), granted_scope=granted(facts, tokens))
    return facts if old else replace(facts, called=False, wanted_scope=frozenset(), grant_dead=False, connect=None)


def granted(facts: Facts, tokens: Tokens) -> frozenset[str]:
    """What the token may do: as the answer says, else as was asked (RFC 6749 section 5.1)."""
    asked = facts.authorization.scope if facts.authorization else ""
    return frozenset((asked if tokens.scope is None else tokens.scope).split())


def seconds(value: Any) -> float | None:
    """A lifetime in seconds; some servers write it as a string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and value.isdecimal() and len(value) < 12 else None


def refresh_request(facts: Facts, token: str) -> Request:
    """A refresh for the same resource; scope is left out, which keeps it (RFC 6749 section 6)."""
    pairs = (("grant_type", "refresh_token"), ("refresh_token", token), *resource_pair(facts))
    return post_form(facts, endpoint(facts, "token_endpoint"), pairs, proved=True)


def mcp_request(facts: Facts) -> Request:
    """tools/list with the newest access token: is it still good?"""
    return post(facts, "tools/list", era=facts.era or "modern", token=facts.tokens.access if facts.tokens else "")


def used(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    """Learn from an MCP answer whether the newest access token works."""
    token = facts.tokens
    if token is None or exchange.request.header("authorization").partition(" ")[2] != token.access:
        return facts
    if let_in(exchange):
        return replace(facts, tokens=replace(token, worked=True))
    if exchange.status in (401, 403):
        return learn_challenge(facts, entry, exchange)
    return facts


def wanted_scopes(exchange: Exchange) -> frozenset[str]:
    """The scopes of a 403 insufficient_scope challenge (RFC 6750 section 3.1); empty where it is none."""
    challenge = challenge_of(exchange) if exchange.status == 403 else None
    if challenge is None or challenge.get("error") != "insufficient_scope":
        return frozenset()
    return frozenset(challenge.get("scope").split())


def heard(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    """Keep what came of one request of replay, revoke or confirm: ok, refused or unclear."""
    verdict = "ok" if exchange.status == 200 and exchange.failure is None else "refused"
    if exchange.status is None or exchange.status >= 500 or exchange.failure:
        verdict = "unclear"
    so_far: Mapping[str, Any] = {**facts.heard, entry.role: verdict}
    return replace(facts, heard=so_far)


def hear_anew(facts: Facts) -> Facts:
    return replace(facts, heard=NOTHING)
