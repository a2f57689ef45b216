"""Present the old refresh token once more, as a thief would (RFC 9700 section 4.14.2)."""

from __future__ import annotations

from dataclasses import replace

from app.flow.facts import Facts
from app.flow.grants import hear_anew, heard, learn_tokens, mcp_request, refresh_request, used
from app.flow.log import Entry
from app.flow.mcp import PURPOSES as MCP_PURPOSES
from app.flow.moves import Ask, Walk
from app.flow.oauth import PURPOSES, endpoint
from app.wire.messages import Exchange


def needs(facts: Facts) -> str:
    if facts.tokens is None:
        return "There are no tokens."
    return "" if endpoint(facts, "token_endpoint") else "The metadata names no http(s) token_endpoint."


def skips(facts: Facts) -> str:
    if facts.tokens is not None and not facts.tokens.refresh:
        return "No refresh token was issued, so there is none to replay."
    return "" if facts.old_refresh else "The refresh token was not rotated: there is no old one to replay."


def walk(facts: Facts) -> Walk:
    """The old token, then the newest one, then the access token: did the replay end the grant?"""
    why = "This refresh token was replaced by a newer one. A server that watches for theft refuses it."
    _, facts = yield Ask(refresh_request(facts, facts.old_refresh), "old_refresh", why, PURPOSES)
    why = "Does the newest refresh token still work, or did the replay end the whole grant?"
    newest = facts.tokens.refresh if facts.tokens else ""
    _, facts = yield Ask(refresh_request(facts, newest), "newest_refresh", why, PURPOSES)
    why = "Does the newest access token still work?"
    yield Ask(mcp_request(facts), "access", why, MCP_PURPOSES)
    return ""


def begin(facts: Facts) -> Facts:
    return hear_anew(facts)


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    facts = heard(facts, entry, exchange)
    if entry.role == "access":
        return used(facts, entry, exchange)
    return learn_tokens(facts, entry, exchange, "replay")


def end(facts: Facts) -> Facts:
    """The outcome, in the words of the catalogue."""
    outcome = _outcome(facts)
    dead = outcome == "grant_killed"
    return replace(facts, replay_outcome=outcome, replays=facts.replays + 1, grant_dead=facts.grant_dead or dead)


def _outcome(facts: Facts) -> str:
    old, newest = facts.heard.get("old_refresh"), facts.heard.get("newest_refresh")
    if old == "ok":
        # the second press comes after the newest token was used: a grace window would be over
        return "always_accepted" if facts.replays else "in_grace"
    if old != "refused" or newest == "unclear":
        return ""
    return "rejected_grant_alive" if newest == "ok" else "grant_killed"
