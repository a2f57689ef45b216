"""Use the token: the handshake of either era, the tools, and a tool call when the person asks for one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.flow.facts import Connect, Facts
from app.flow.grants import used, wanted_scopes
from app.flow.log import Entry
from app.flow.mcp import PURPOSES, first_era, has_no_method, initialize_params, let_in, post, refused, rpc_error, rpc_result, speaks_legacy
from app.flow.moves import Ask, Part, Walk
from app.flow.proofs import asks_for_nonce
from app.flow.protocol import learn_protocol
from app.flow.upstream import connect_of
from app.wire.messages import Exchange


def needs(facts: Facts) -> str:
    return "" if facts.tokens else "There is no access token."


def skips(facts: Facts) -> str:
    return ""


def walk(facts: Facts) -> Walk:
    """Handshake unless it was proved already, then the call that the person asked for."""
    if not facts.called:
        facts = yield from _handshake(facts)
    if facts.called and facts.pending:
        facts = yield from _call(facts, facts.era)
    return "" if facts.called else "The handshake did not come to its end."


def _handshake(facts: Facts) -> Part:
    if (facts.era or first_era(facts.options.revision)) == "modern":
        why = "The newest revision's first request, now with the token."
        exchange, facts = yield Ask(post(facts, "server/discover", era="modern", token=_token(facts)), "discover", why, PURPOSES)
        if not (facts.options.revision == "auto" and speaks_legacy(exchange)):
            return (yield from _list(facts, exchange, "modern"))
    why = "The handshake of the revisions up to 2025-11-25, now with the token."
    request = post(facts, "initialize", initialize_params(facts), era="legacy", token=_token(facts))
    exchange, facts = yield Ask(request, "initialize", why, PURPOSES)
    if let_in(exchange) and rpc_result(exchange) is not None:
        why = "Tells the server that the client is ready; 202 without a body is right."
        request = post(facts, "notifications/initialized", era="legacy", token=_token(facts))
        _, facts = yield Ask(request, "initialized", why, PURPOSES)
        if facts.tokens is None:
            return facts  # refused: one more request would go without a token
    return (yield from _list(facts, exchange, "legacy"))


def _list(facts: Facts, exchange: Exchange, era: str) -> Part:
    # a modern server need not have server/discover; anything refused or connecting ends the handshake here
    discover_missing = era == "modern" and exchange.status == 404
    if not discover_missing and (not let_in(exchange) or rpc_result(exchange) is None):
        return facts
    if facts.pending and facts.tools:  # the new token was asked for this call, and may be good for nothing else
        return (yield from _call(facts, era))
    request = post(facts, "tools/list", era=era, token=_token(facts))
    _, facts = yield Ask(request, "tools/list", "What the server offers with this token.", PURPOSES)
    return facts


def _call(facts: Facts, era: str) -> Part:
    request = post(facts, "tools/call", _call_params(facts), era=era, token=_token(facts))
    _, facts = yield Ask(request, "tools/call", "The tool that the person chose.", PURPOSES)
    return facts


def _token(facts: Facts) -> str:
    return facts.tokens.access if facts.tokens else ""


def _call_params(facts: Facts) -> dict[str, Any]:
    pending = facts.pending
    if pending is None:
        return {}
    params: dict[str, Any] = {"name": pending.name, "arguments": dict(pending.arguments)}
    if pending.input_responses:
        params["inputResponses"] = dict(pending.input_responses)
    if pending.request_state:
        params["requestState"] = pending.request_state
    return params


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    if asks_for_nonce(exchange):
        return facts
    worked_before = facts.tokens is not None and facts.tokens.worked
    facts = used(learn_protocol(facts, entry, exchange), entry, exchange)
    if exchange.status == 401 and worked_before:
        return replace(facts, lap=facts.lap + 1, tokens=None, session_id="", called=False)
    facts = replace(facts, wanted_scope=facts.wanted_scope | wanted_scopes(exchange))
    connect = connect_of(exchange, entry.seq)
    if connect and exchange.status != 401:
        return _must_connect(facts, connect)
    return _answered(replace(facts, connect=None), entry, exchange)


def _must_connect(facts: Facts, connect: Connect) -> Facts:
    if facts.pending is None:
        return replace(facts, connect=connect)
    accepted = {key: {"action": "accept"} for key in connect.keys}
    pending = replace(facts.pending, input_responses=accepted, request_state=connect.request_state)
    return replace(facts, connect=connect, pending=pending, called=True)


def _answered(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    result = rpc_result(exchange)
    # prompts or resources alone make a server too: then the method is missing, and the token is proved all the same
    if entry.role == "tools/list" and ((let_in(exchange) and result is not None) or has_no_method(exchange)):
        listed = (result or {}).get("tools")
        tools = tuple(t for t in listed if isinstance(t, dict) and isinstance(t.get("name"), str)) if isinstance(listed, list) else ()
        return replace(facts, tools=tools, called=True, era=facts.era or "modern")
    if entry.role == "tools/call" and not refused(exchange) and (result is not None or rpc_error(exchange)):
        return replace(facts, pending=None, called=True)
    return facts
