"""Hand the tokens back (RFC 7009), one kind after the other, on a living grant."""

from __future__ import annotations

from app.flow.facts import Facts
from app.flow.grants import hear_anew, heard, learn_tokens, mcp_request, refresh_request
from app.flow.log import Entry
from app.flow.mcp import PURPOSES as MCP_PURPOSES
from app.flow.moves import Ask, Draw, Part, Walk
from app.flow.oauth import PURPOSES, endpoint, post_form
from app.wire.messages import Exchange, Request


def needs(facts: Facts) -> str:
    if facts.tokens is None or facts.grant_dead:
        return "There is no living grant; revoking a dead one would prove nothing."
    return ""


def skips(facts: Facts) -> str:
    if endpoint(facts, "revocation_endpoint"):
        return ""
    return "The metadata names no revocation_endpoint (RFC 7009 is optional), so nothing can be revoked."


def request(facts: Facts, token: str, hint: str) -> Request:
    """A revocation request, authenticated as at the token endpoint (RFC 7009 section 2.1)."""
    pairs = (("token", token), *((("token_type_hint", hint),) if hint else ()))
    return post_form(facts, endpoint(facts, "revocation_endpoint"), pairs)


def walk(facts: Facts) -> Walk:
    """Access token, what is left then, refresh token, and a token that never existed."""
    access = facts.tokens.access if facts.tokens else ""
    why = "Revoke the access token. 200 alone proves nothing, so it is tried right after."
    _, facts = yield Ask(request(facts, access, "access_token"), "revoke_access", why, PURPOSES)
    why = "The access token was revoked: this must be 401 now."
    _, facts = yield Ask(mcp_request(facts), "access_after_revoke", why, MCP_PURPOSES)
    if facts.tokens and facts.tokens.refresh:
        facts = yield from _revoke_refresh(facts)
    drawn, facts = yield Draw()
    why = "A token that never existed: the answer must be 200 too, so that nobody can guess tokens (section 2.2)."
    yield Ask(request(facts, f"unknown-{drawn.nonce}", ""), "revoke_unknown", why, PURPOSES)
    return ""


def _revoke_refresh(facts: Facts) -> Part:
    why = "Did revoking the access token end the grant? Both answers are allowed; it is good to know."
    _, facts = yield Ask(refresh_request(facts, _refresh(facts)), "refresh_after_revoke", why, PURPOSES)
    why = "Revoke the newest refresh token: that ends the grant."
    _, facts = yield Ask(request(facts, _refresh(facts), "refresh_token"), "revoke_refresh", why, PURPOSES)
    return facts


def _refresh(facts: Facts) -> str:
    return facts.tokens.refresh if facts.tokens else ""


def begin(facts: Facts) -> Facts:
    return hear_anew(facts)


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    facts = heard(facts, entry, exchange)
    return learn_tokens(facts, entry, exchange, "refresh") if entry.role == "refresh_after_revoke" else facts
