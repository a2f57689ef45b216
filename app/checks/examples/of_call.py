"""The MCP request with the token."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from app.checks.examples.healthy import LISTED, at, code_sent, discover, tokens, tools, walk_through, walk_to
from app.checks.examples.tape import BEARER, PRM_URL, TARGET, Example, Tape, answer, choice, page, refusal, result, rpc, rpc_error, take

FINE = walk_through("call")
FRESH = answer(200, result({}))
OLDER = (
    rpc("call", "initialize", answer(200, result({"protocolVersion": "2025-11-25"})), "access-1"),
    rpc("call", "initialized", answer(202), "access-1"),
)
IN_QUERY = f"{TARGET}?access_token=access-1"
REASON = "The handshake did not come to its end."
INVALID = f'Bearer error="invalid_token", error_description="Invalid audience", resource_metadata="{PRM_URL}"'
SCOPES = 'Bearer error="insufficient_scope", scope="mcp:tools mcp:write"'
LINK = {"elicitations": [{"mode": "url", "elicitationId": "e1", "url": "https://gw.example/connect", "message": "Connect Linear"}]}
INPUT = {
    "resultType": "input_required",
    "inputRequests": {"k": {"method": "elicitation/create", "params": {"mode": "url", "url": "https://gw.example/c"}}},
}


def first(received: bytes, outcome: str = "failed", **changes: str) -> Tape:
    return at("call", discover(received, "call", "access-1"), outcome=outcome, reason=REASON, **changes)


def listed(received: bytes, outcome: str = "failed", **changes: str) -> Tape:
    begun = OLDER if changes.get("revision") == "2025-11-25" else (discover(FRESH, "call", "access-1"),)
    return at("call", *begun, tools(received), outcome=outcome, reason=REASON, **changes)


def challenged(value: str, *headers: str, body: bytes = b"") -> bytes:
    return answer(401, body, f"WWW-Authenticate: {value}", *headers)


def jwt(**claims: Any) -> str:
    parts = ({"alg": "RS256", "typ": "at+jwt"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + ".c2ln"


def granted_at(date: float, access: str = "access-1") -> bytes:
    """A token answer of a server whose clock says that (the examples' own time is about second 1,000)."""
    return answer(200, tokens(access_token=access), "Cache-Control: no-store", f"Date: {formatdate(date, usegmt=True)}")


def fresh_refused(granted: bytes, *headers: str, token: str = "access-1") -> Tape:
    """A token that is refused at once."""
    walked = (*walk_to("token"), *take("token", code_sent(granted)))
    return (*walked, *take("call", discover(challenged(INVALID, *headers), "call", token), outcome="failed", reason=REASON))


def lost_session(later: float = 1.0) -> Tape:
    """A session that was opened with the token, and a request in it that is answered 401."""
    opened = rpc("call", "initialize", answer(200, result({"protocolVersion": "2025-11-25"}), "Mcp-Session-Id: s1"), "access-1")
    told = rpc("call", "initialized", answer(202), "access-1", TARGET, ("Mcp-Session-Id", "s1"))
    refused = rpc("call", "tools/list", refusal(""), "access-1", TARGET, ("Mcp-Session-Id", "s1"))
    return at("call", opened, told, replace(refused, later=later), revision="2025-11-25")


LOST = b'{"error": "missing token"}'
EXAMPLES = {
    "call.token_expired": Example(listed(challenged(BEARER)), FINE, "WARN"),
    "call.upstream_401_leak": Example(first(challenged('Bearer resource_metadata="https://upstream.example/prm"')), FINE),
    "call.header_lost": Example(
        (*at("probe", discover(refusal(BEARER, LOST))), *first(refusal(BEARER, LOST))[4:]), first(refusal(INVALID))
    ),
    "call.token_not_jwt": Example(
        first(challenged(BEARER, body=b'{"error": "unauthorized", "error_description": "JWT token required"}')), FINE
    ),
    "call.wrong_audience": Example(first(refusal(INVALID)), FINE),
    "call.refused_without_reason": Example(first(refusal()), first(refusal(INVALID))),
    "call.insufficient_scope": Example(listed(answer(403, b"", f"WWW-Authenticate: {SCOPES}")), FINE),
    "call.connect_required": Example(listed(answer(200, rpc_error(-32042, "Connect first", **LINK)), revision="2025-11-25"), FINE, "NOTE"),
    "call.protocol_version": Example(first(answer(400, rpc_error(-32022, "Unsupported protocol version", supported=["2027-01-01"]))), FINE),
    "call.session": Example(
        at("call", *OLDER, tools(answer(400, b"Server not initialized")), outcome="failed", reason=REASON, revision="2025-11-25"), FINE
    ),
    "call.backend_broke": Example(listed(answer(502, b"bad gateway")), FINE),
    "call.not_json": Example(listed(page()), FINE),
    "call.unexpected_status": Example(listed(answer(404, b"not here")), FINE),
    "call.token_in_query": Example(
        (
            *walk_to("call"),
            choice("edit", "call", step="call", named="token_in_query", drop_headers=("Authorization",), url=IN_QUERY),
            *take("call", rpc("call", "discover", FRESH, "", IN_QUERY), tools(LISTED)),
        ),
        FINE,
        "WARN",
    ),
    "call.empty_tools": Example(listed(answer(200, result({"tools": []})), "done"), FINE, "WARN"),
    "call.clock_skew": Example(
        first(challenged(INVALID, f"Date: {formatdate(2_000.0, usegmt=True)}")),
        first(challenged(INVALID, f"Date: {formatdate(1_001.0, usegmt=True)}")),
        "WARN",
    ),
    "probe.session_as_401": Example(
        lost_session(),
        FINE,
        "NOTE",
    ),
    "call.sse_body": Example(
        listed(
            answer(
                200,
                b'event: message\ndata: {"jsonrpc": "2.0", "id": "1", "result": {"tools": [{"name": "one"}]}}\n\n',
                kind="text/event-stream",
            ),
            "done",
        ),
        FINE,
        "NOTE",
    ),
}
MORE = {
    "call.clock_skew": [
        ("only our own clock is wrong", fresh_refused(granted_at(2_000.0), f"Date: {formatdate(2_001.0, usegmt=True)}"), ""),
        (
            "the two servers differ, ours between them",
            fresh_refused(granted_at(980.0), f"Date: {formatdate(1_025.0, usegmt=True)}"),
            "WARN",
        ),
        (
            "the token is not valid yet",
            fresh_refused(granted_at(1_000.0, jwt(nbf=1_300, aud=TARGET)), "X: y", token=jwt(nbf=1_300, aud=TARGET)),
            "WARN",
        ),
        ("the token is valid", fresh_refused(granted_at(1_000.0, jwt(nbf=900, aud=TARGET)), "X: y", token=jwt(nbf=900, aud=TARGET)), ""),
    ],
    "probe.session_as_401": [
        ("when the token's time was over", lost_session(later=2_000.0), ""),
    ],
    "call.token_expired": [
        ("a fresh one", first(challenged('Bearer error="invalid_token", error_description="Access token expired"')), "STOP")
    ],
    "call.connect_required": [
        (
            "a vendor's shape",
            listed(answer(200, rpc_error(-32042, "Connect", authUrl="https://gw.example/c")), revision="2025-11-25"),
            "NOTE",
        ),
        ("input_required", listed(answer(200, result(INPUT))), "NOTE"),
        ("another error", listed(answer(200, rpc_error(-32603, "broken"))), ""),
    ],
    "call.backend_broke": [
        ("a JSON-RPC error in the handshake", listed(answer(200, rpc_error(-32603, "upstream said no"))), "STOP"),
        ("a link to connect is no breakage", listed(answer(200, rpc_error(-32042, "Connect first", **LINK))), ""),
    ],
    "call.not_json": [
        ("JSON of another kind", listed(answer(200, b'{"hello": "world"}')), "STOP"),
        ("an error of JSON-RPC is an answer", listed(answer(200, rpc_error(-32603, "no"))), ""),
        ("an array around the answer", listed(answer(200, [result({"tools": []})])), "WARN"),
    ],
    "call.unexpected_status": [
        ("403 without a scope", listed(answer(403, b"forbidden")), "STOP"),
        ("no token was sent", at("call", rpc("call", "discover", refusal()), outcome="failed", reason=REASON), "STOP"),
        ("200 and nothing", listed(answer(200, b"")), "STOP"),
        (
            "an older era under auto",
            at("call", discover(answer(400, b"?"), "call", "access-1"), rpc("call", "initialize", FRESH, "access-1"), revision="auto"),
            "",
        ),
    ],
    "call.session": [
        (
            "404 to a session id",
            at("call", rpc("call", "tools/list", answer(404), "access-1", TARGET, ("Mcp-Session-Id", "s1")), outcome="failed"),
            "STOP",
        ),
    ],
    "call.protocol_version": [
        ("in words", listed(answer(400, b"Unsupported protocol version: 2025-11-25")), "STOP"),
        (
            "a session missed in the revision without sessions",
            at(
                "call",
                discover(answer(400, b"Bad Request: Missing session ID"), "call", "access-1"),
                revision="2026-07-28",
                outcome="failed",
            ),
            "STOP",
        ),
    ],
}
