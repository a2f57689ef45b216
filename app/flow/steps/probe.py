"""Ask without a token, to be told where tokens come from (RFC 6750 section 3, MCP authorization flow)."""

from __future__ import annotations

from dataclasses import replace

from app.flow.challenges import learn_challenge
from app.flow.facts import Facts
from app.flow.log import Entry
from app.flow.mcp import PURPOSES, first_era, initialize_params, let_in, post, rpc_result, speaks_legacy
from app.flow.moves import Ask, Walk
from app.flow.protocol import learn_protocol
from app.wire.messages import Exchange


def needs(facts: Facts) -> str:
    return ""


def skips(facts: Facts) -> str:
    return ""


def walk(facts: Facts) -> Walk:
    """The revision's first request; where that is open, on to tools/list: some servers protect late."""
    if first_era(facts.options.revision) == "modern":
        why = "The newest revision's first request, without a token: a protected server must answer 401."
        exchange, facts = yield Ask(post(facts, "server/discover", era="modern"), "discover", why, PURPOSES)
        if not (facts.options.revision == "auto" and speaks_legacy(exchange)):
            return (yield from _list_when_open(facts, exchange, "modern"))
    why = "The first request of the revisions up to 2025-11-25, without a token: a protected server must answer 401."
    request = post(facts, "initialize", initialize_params(facts), era="legacy")
    exchange, facts = yield Ask(request, "initialize", why, PURPOSES)
    if let_in(exchange) and rpc_result(exchange) is not None:
        why = "initialize was open, so the session goes on as a client's would."
        _, facts = yield Ask(post(facts, "notifications/initialized", era="legacy"), "initialized", why, PURPOSES)
    return (yield from _list_when_open(facts, exchange, "legacy"))


def _list_when_open(facts: Facts, exchange: Exchange, era: str) -> Walk:
    if not (let_in(exchange) or exchange.status == 404):
        return ""
    why = "The first request was let in without a token; some servers protect only what comes after it."
    yield Ask(post(facts, "tools/list", era=era), "tools/list", why, PURPOSES)
    return ""


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    facts = learn_protocol(facts, entry, exchange)
    if exchange.status == 401:
        facts = replace(learn_challenge(facts, entry, exchange), probed="protected")
    elif entry.role == "tools/list" and let_in(exchange):
        facts = replace(facts, probed="open")
    return facts
