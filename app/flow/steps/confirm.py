"""Prove the revocation: the access token must meet 401, the refresh token invalid_grant."""

from __future__ import annotations

from dataclasses import replace

from app.flow.facts import Facts
from app.flow.grants import hear_anew, heard, mcp_request, refresh_request
from app.flow.log import Entry
from app.flow.mcp import PURPOSES as MCP_PURPOSES
from app.flow.moves import Ask, Walk
from app.flow.oauth import PURPOSES
from app.wire.messages import Exchange


def needs(facts: Facts) -> str:
    return "" if facts.tokens else "There are no tokens."


def skips(facts: Facts) -> str:
    revoke = facts.steps.get("revoke")
    return "Nothing was revoked, so there is nothing to prove." if revoke and revoke.state == "skipped" else ""


def walk(facts: Facts) -> Walk:
    """One MCP request and one refresh, both with what was revoked."""
    why = "The newest access token belongs to the revoked grant: 401 is the proof."
    _, facts = yield Ask(mcp_request(facts), "access", why, MCP_PURPOSES)
    if facts.tokens and facts.tokens.refresh:
        why = "The revoked refresh token: invalid_grant is the proof."
        yield Ask(refresh_request(facts, facts.tokens.refresh), "refresh", why, PURPOSES)
    return ""


def begin(facts: Facts) -> Facts:
    return hear_anew(facts)


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    return replace(heard(facts, entry, exchange), revoked=True)
