"""MCP requests of both eras, and what their answers say (spec.md section 3)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from app.flow.facts import Facts
from app.flow.proofs import dpop_header
from app.flow.revisions import CLIENT_NAME, CLIENT_VERSION, NEWEST, NEWEST_LEGACY, REVISIONS
from app.wire.messages import Exchange, Header, Request
from app.wire.parse.sse import rpc_messages

META = "io.modelcontextprotocol/"
CLIENT_INFO = {"name": CLIENT_NAME, "version": CLIENT_VERSION}
# Declared so that a server may ask us to open a link (SEP-1036, SEP-2322); without it upstream links never show.
CAPABILITIES: dict[str, Any] = {"elicitation": {"url": {}}}
MODERN_CODES = (-32020, -32021, -32022)
METHOD_NOT_FOUND = -32601
PURPOSES = {
    "Authorization": "the access token; the only place a token may stand (RFC 6750 section 2.1)",
    "DPoP": "proves that we hold the key that the token is bound to (RFC 9449)",
    "Accept": "both kinds of answer that a streamable HTTP server may choose from",
    "Content-Type": "the body is JSON-RPC",
    "MCP-Protocol-Version": "the revision that this request speaks",
    "Mcp-Method": "the JSON-RPC method once more, so that a gateway need not read the body (SEP-2243)",
    "Mcp-Name": "the tool's name once more, for the same reason",
    "Mcp-Session-Id": "the session that the server opened at initialize",
    "method": "the JSON-RPC method",
    "params": "the method's parameters",
    "id": "links the answer to this request",
}


def first_era(revision: str) -> str:
    """The era to begin with: the revision's own, and the newest first under `auto`."""
    return REVISIONS[revision].era if revision in REVISIONS else "modern"


def legacy_version(facts: Facts) -> str:
    """The protocolVersion that an initialize proposes."""
    chosen = REVISIONS.get(facts.options.revision)
    return chosen.name if chosen and chosen.era == "legacy" else NEWEST_LEGACY


def post(facts: Facts, method: str, params: Mapping[str, Any] | None = None, *, era: str, token: str = "", number: int = 0) -> Request:
    """One JSON-RPC request (or notification) to the target. `number` keeps ids apart within one step."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    rpc_id = "" if method.startswith("notifications/") else str(facts.exchanges + 1 + number)
    if rpc_id:
        body["id"] = rpc_id
    sent_params = dict(params or {})
    if era == "modern":
        sent_params["_meta"] = {
            f"{META}protocolVersion": NEWEST,
            f"{META}clientInfo": CLIENT_INFO,
            f"{META}clientCapabilities": CAPABILITIES,
        }
    if sent_params:
        body["params"] = sent_params
    headers = _headers(facts, method, sent_params, era, token)
    return Request("POST", facts.options.target, headers, json.dumps(body).encode(), rpc_id)


def _headers(facts: Facts, method: str, params: Mapping[str, Any], era: str, token: str) -> tuple[Header, ...]:
    pairs: list[Header] = [("Accept", "application/json, text/event-stream"), ("Content-Type", "application/json")]
    if token:
        pairs = [("Authorization", f"{_scheme(facts)} {token}"), *(dpop_header(facts) if _scheme(facts) == "DPoP" else ()), *pairs]
    if era == "modern":
        pairs += [("MCP-Protocol-Version", NEWEST), ("Mcp-Method", method)]
        if "name" in params:
            pairs.append(("Mcp-Name", header_text(str(params["name"]))))
    elif method != "initialize":
        if facts.protocol and facts.protocol != "2025-03-26":
            pairs.append(("MCP-Protocol-Version", facts.protocol))
        if facts.session_id:
            pairs.append(("Mcp-Session-Id", facts.session_id))
    return (*pairs, *extra_headers(facts.options.headers))


def _scheme(facts: Facts) -> str:
    bound = facts.tokens is not None and facts.tokens.token_type.lower() == "dpop" and facts.dpop_key
    return "DPoP" if bound else "Bearer"


def header_text(text: str) -> str:
    """A value for Mcp-Name: as it is where it is visible ASCII, else Base64 in the form of SEP-2243."""
    if text and all(" " < c <= "~" for c in text):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def extra_headers(lines: str) -> tuple[Header, ...]:
    """The person's own headers, one `Name: value` a line."""
    pairs = (line.split(":", 1) for line in lines.splitlines() if ":" in line)
    return tuple((name.strip(), value.strip()) for name, value in pairs)


def initialize_params(facts: Facts) -> dict[str, Any]:
    """What an initialize says. Elicitation by URL exists from 2025-11-25 on."""
    version = legacy_version(facts)
    capabilities = CAPABILITIES if version >= "2025-11-25" else {}
    return {"protocolVersion": version, "capabilities": capabilities, "clientInfo": CLIENT_INFO}


def rpc_answer(exchange: Exchange) -> Mapping[str, Any]:
    """The JSON-RPC message that answers the request, from JSON or SSE; empty where none came."""
    if exchange.response is None:
        return {}
    messages = [m for m in rpc_messages(exchange.response) if isinstance(m, dict) and ("result" in m or "error" in m)]
    wanted = exchange.request.rpc_id
    return next((m for m in messages if str(m.get("id")) == wanted), messages[0] if messages else {})


def rpc_result(exchange: Exchange) -> Mapping[str, Any] | None:
    """The result of a JSON-RPC answer, or None."""
    result = rpc_answer(exchange).get("result")
    return result if isinstance(result, dict) else None


def rpc_error(exchange: Exchange) -> Mapping[str, Any]:
    """The error object of a JSON-RPC answer, or an empty mapping."""
    error = rpc_answer(exchange).get("error")
    return error if isinstance(error, dict) else {}


def refused(exchange: Exchange) -> bool:
    """Was the request refused for lack of a (good or strong enough) token?"""
    return exchange.status in (401, 403)


def let_in(exchange: Exchange) -> bool:
    """Did the request get past authorization? An answer of any other kind counts, a transport failure does not."""
    return exchange.failure is None and exchange.status is not None and exchange.status < 300


def has_no_method(exchange: Exchange) -> bool:
    """Was the method unknown to a server that took the token? 2026-07-28 says it with 404, the revisions before it mostly with 200."""
    return exchange.status in (200, 404) and rpc_error(exchange).get("code") == METHOD_NOT_FOUND


def speaks_legacy(exchange: Exchange) -> bool:
    """After a modern request: does the answer mean that only the older era is spoken? (2026-07-28, era detection)"""
    status, code = exchange.status, rpc_error(exchange).get("code")
    if status is None or status in (401, 403, 429) or code in MODERN_CODES:
        return code == -32022 and NEWEST not in supported_versions(exchange)
    if status == 404 and code == METHOD_NOT_FOUND:
        return False  # a modern server without this optional method
    if status < 300:
        return rpc_result(exchange) is None and code is not None
    return 400 <= status < 500 or (status in (500, 501) and code is not None)


def supported_versions(exchange: Exchange) -> tuple[str, ...]:
    """`data.supported` of an unsupported-version error."""
    error_data = rpc_error(exchange).get("data")
    listed = error_data.get("supported") if isinstance(error_data, dict) else None
    return tuple(v for v in listed if isinstance(v, str)) if isinstance(listed, list) else ()
