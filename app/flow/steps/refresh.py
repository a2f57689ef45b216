"""Trade the refresh token for a new pair (OAuth 2.1 section 4.3, RFC 9700 section 4.14)."""

from __future__ import annotations

from dataclasses import replace

from app.flow.facts import Facts
from app.flow.grants import learn_tokens, refresh_request
from app.flow.log import Entry
from app.flow.moves import Ask, Walk
from app.flow.oauth import PURPOSES, endpoint
from app.wire.messages import Exchange


def needs(facts: Facts) -> str:
    if facts.tokens is None:
        return "There are no tokens."
    return "" if endpoint(facts, "token_endpoint") else "The metadata names no http(s) token_endpoint."


def skips(facts: Facts) -> str:
    return "" if facts.tokens is None or facts.tokens.refresh else "No refresh token was issued, so there is nothing to refresh."


def walk(facts: Facts) -> Walk:
    """One request; scope, audience and rotation are compared with the first answer by the checks."""
    why = "The access token is short-lived; the refresh token gets a new pair without the person."
    before = facts.tokens
    _, facts = yield Ask(refresh_request(facts, before.refresh if before else ""), "refresh", why, PURPOSES)
    return "" if facts.tokens and before and facts.tokens.entry > before.entry else "No new access token came back."


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    before = facts.tokens
    facts = learn_tokens(facts, entry, exchange, "refresh")
    if before and facts.tokens and facts.tokens.entry == entry.seq and facts.tokens.refresh != before.refresh:
        return replace(facts, old_refresh=before.refresh, rotated_at=entry.at, replays=0, replay_outcome="")
    return facts
