"""First contact: one walk that each check refuses, and one that it lets pass."""

from __future__ import annotations

from app.checks.examples.healthy import at, discover, register, walk_through
from app.checks.examples.tape import (
    BEARER,
    HOME,
    PRM_URL,
    TARGET,
    Example,
    answer,
    get,
    options,
    page,
    refusal,
    result,
    rpc,
    rpc_error,
    take,
)
from app.wire.messages import Failure

FINE = walk_through("probe")
OPEN = answer(200, result({"tools": []}))
NOTHING = answer(404, b"not here")


def first(received: bytes | Failure, **changes: str) -> tuple:  # type: ignore[type-arg]
    return at("probe", discover(received), **changes)


def guessed(challenge: str) -> tuple:  # type: ignore[type-arg]
    """A walk in which nothing is published and registration at the guessed endpoint fails."""
    metadata = get("resource_metadata", "path", PRM_URL, NOTHING)
    root = get("server_metadata", "oauth_root", f"{HOME}/.well-known/oauth-authorization-server", NOTHING)
    return (
        *first(refusal(challenge)),
        *take("resource_metadata", metadata),
        *take("server_metadata", root),
        *take("register", register(answer(404, b"not here")), outcome="failed", reason="No client id came back."),
    )


EXAMPLES = {
    "probe.no_challenge": Example(first(refusal("")), FINE, "WARN"),
    "probe.challenge_without_metadata": Example(first(refusal('Bearer realm="MCP Gateway"')), FINE, "WARN"),
    "probe.not_protected": Example(at("probe", discover(answer(200, result({}))), rpc("probe", "tools/list", OPEN)), FINE),
    "probe.error_in_200": Example(first(answer(200, result({"isError": True, "content": "Authentication required"}))), FINE),
    "probe.wrong_refusal_status": Example(first(answer(403, b"forbidden")), FINE),
    "probe.method_not_allowed": Example(first(answer(405, b"", "Allow: GET")), first(answer(405, b""), revision="auto")),
    "probe.not_acceptable": Example(first(answer(406, b"Accept what?")), FINE),
    "probe.slash_redirect": Example(first(answer(307, b"", f"Location: {TARGET}/")), first(answer(307, b"", f"Location: {HOME}/login"))),
    "probe.bot_wall": Example(first(page(403, "cf-mitigated: challenge", "Server: cloudflare")), first(answer(403, b"<p>Forbidden</p>"))),
    "probe.error_without_token": Example(first(refusal(f'Bearer error="invalid_token", resource_metadata="{PRM_URL}"')), FINE, "NOTE"),
    "probe.challenge_malformed": Example(first(refusal(f'{BEARER}, scope="other"')), FINE, "WARN"),
    "probe.metadata_wrong_origin": Example(first(refusal('Bearer resource_metadata="http://gw.example/prm"')), FINE),
    "probe.unreachable_from_here": Example(
        (options(), *take("probe", discover(Failure("dns_failed", "No address is known for gw.example.")))), FINE, "NOTE"
    ),
}
# further walks: code -> [(what it is, tape, level; an empty level = not found)]
MORE = {
    "probe.unreachable_from_here": [
        (
            f"{kind}",
            (options(), *take("probe", discover(Failure(kind, f"The wire says {kind}.")))),
            "NOTE" if kind != "reset" else "",
        )
        for kind in ("unreachable", "tls_unknown_ca", "blocked_private", "reset")
    ],
    "probe.no_challenge": [
        ("nothing else works", guessed(""), "STOP"),
        ("the oldest revision knows no such header", first(refusal(""), revision="2025-03-26"), "NOTE"),
        ("nothing else works, but the header is there", guessed('Bearer realm="x"'), ""),
    ],
    "probe.challenge_without_metadata": [("nothing else works", guessed('Bearer realm="x"'), "STOP")],
    "probe.not_protected": [
        ("protection comes late", at("probe", discover(answer(200, result({}))), rpc("probe", "tools/list", refusal())), "NOTE"),
    ],
    "probe.error_in_200": [
        ("a JSON-RPC error about the token", first(answer(200, rpc_error(-32001, "Unauthorized: missing token"))), "STOP"),
        ("a JSON-RPC error about something else", first(answer(200, rpc_error(-32601, "Method not found"))), ""),
    ],
    "probe.method_not_allowed": [("a file server", first(answer(501, b"Unsupported method ('POST')"), revision="auto"), "STOP")],
    "probe.wrong_refusal_status": [
        ("an older era under auto", at("probe", discover(answer(400, b"?")), rpc("probe", "initialize", refusal()), revision="auto"), ""),
        ("404 to both", at("probe", discover(NOTHING), rpc("probe", "tools/list", NOTHING)), "STOP"),
        ("a page at 200", at("probe", rpc("probe", "initialize", page(200)), revision="2025-11-25"), "STOP"),
        ("it never ended", at("probe", outcome="failed", reason="The step took longer than one step may (STEP_SECONDS)."), "STOP"),
    ],
    "probe.challenge_malformed": [
        ("a relative URL", first(refusal('Bearer resource_metadata="/prm"')), "WARN"),
        ("an unquoted URL", first(refusal(f"Bearer resource_metadata={PRM_URL}")), "WARN"),
        ("another scheme first", first(refusal(f'Basic realm="x", {BEARER}')), "WARN"),
        ("only an unreadable header", first(refusal('"')), "WARN"),
    ],
    "probe.metadata_wrong_origin": [
        ("localhost for a public host", first(refusal('Bearer resource_metadata="https://localhost/prm"')), "STOP"),
        ("an internal name", first(refusal('Bearer resource_metadata="https://gateway/prm"')), "STOP"),
        ("a private address", first(refusal('Bearer resource_metadata="https://10.0.0.5/prm"')), "STOP"),
        ("a private IPv6 address", first(refusal('Bearer resource_metadata="https://[fd00::5]/prm"')), "STOP"),
        ("a name inside a cluster", first(refusal('Bearer resource_metadata="https://gateway.prod.svc.cluster.local/prm"')), "STOP"),
        ("a public address", first(refusal('Bearer resource_metadata="https://203.0.114.5/prm"')), ""),
        ("another port", first(refusal('Bearer resource_metadata="https://gw.example:8443/prm"')), "NOTE"),
        ("another public host", first(refusal('Bearer resource_metadata="https://meta.example/prm"')), ""),
    ],
    "probe.slash_redirect": [
        ("to the host behind the proxy", first(answer(307, b"", "Location: http://10.0.0.3:8080/mcp/one/")), "STOP"),
        ("to the same path elsewhere", first(answer(307, b"", "Location: https://other.example/mcp/one")), ""),
        ("with a fall to http", first(answer(301, b"", "Location: http://gw.example/mcp/one/")), "STOP"),
    ],
}
