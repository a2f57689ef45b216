"""Which era and version the server speaks, as far as its answers have told."""

from __future__ import annotations

from dataclasses import replace

from app.flow.facts import Facts
from app.flow.log import Entry
from app.flow.mcp import MODERN_CODES, let_in, rpc_error, rpc_result, speaks_legacy
from app.flow.revisions import NEWEST
from app.wire.messages import Exchange


def learn_protocol(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    """Learn the era from `discover`, the version and the session from `initialize`."""
    result = rpc_result(exchange)
    if entry.role == "discover":
        return _from_discover(facts, exchange, modern=result is not None or rpc_error(exchange).get("code") in MODERN_CODES)
    if entry.role == "initialize" and let_in(exchange) and result is not None and exchange.response is not None:
        version = result.get("protocolVersion")
        protocol = version if isinstance(version, str) else ""
        return replace(facts, era="legacy", protocol=protocol, session_id=exchange.response.header("mcp-session-id"))
    return facts


def _from_discover(facts: Facts, exchange: Exchange, modern: bool) -> Facts:
    if facts.options.revision == "auto" and speaks_legacy(exchange):
        return replace(facts, era="legacy", protocol="")
    if modern or (exchange.status == 404 and rpc_error(exchange).get("code") == -32601):
        return replace(facts, era="modern", protocol=NEWEST)
    return facts
