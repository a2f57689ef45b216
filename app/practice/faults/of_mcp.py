"""Faults of the MCP request with a token, and of time and transport."""

from __future__ import annotations

from app.practice.faults.model import Breaks, Fault, at, with_values

PLACE, TIMING = "mcp", "timing"
ADMIN = ("mcp:tools", "mcp:admin")


def _refused(header: str, body: object = "", spot: str = "call", status: int = 401) -> Breaks:
    return at(spot, status, body, WWW_Authenticate=header)


def _rpc_error(code: int, says: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": says}}


HERE = 'resource_metadata="{metadata}"'
FAULTS = (
    Fault("token-refused", "The gateway refuses the token as made for another audience", PLACE, "call.wrong_audience",
          _refused(f'Bearer error="invalid_token", error_description="Invalid signature", {HERE}')),
    Fault("own-name-unknown", "The gateway knows itself under another name than its metadata says", PLACE,
          "token.resource_accepted_then_refused",
          _refused(f'Bearer error="invalid_token", error_description="Token audience does not match resource server", {HERE}')),
    Fault("refused-without-reason", "The gateway refuses the token and does not say why", PLACE, "call.refused_without_reason",
          _refused(f'Bearer realm="OAuth", {HERE}', {"error": "unauthorized"})),
    Fault("header-lost", "The Authorization header gets lost on the way", PLACE, "call.header_lost", with_values(reads_tokens=False)),
    Fault("jwt-wanted", "The gateway wants a JWT and the tokens are opaque", PLACE, "call.token_not_jwt",
          _refused(f"Bearer {HERE}", {"error": "unauthorized", "error_description": "JWT token required"})),
    Fault("audience-wanted", "Tokens are for nobody, because audience was not sent", PLACE, "authorize.audience_instead",
          lambda gateway: with_values(access_form="jwt", jwt_claims={"aud": []})(
              _refused(f'Bearer error="invalid_token", error_description="Invalid audience", {HERE}')(gateway))),
    Fault("token-expires-at-once", "Access tokens expire at once", PLACE, "call.token_expired", with_values(access_seconds=0)),
    Fault("upstream-401", "The upstream's 401 comes through, with its own metadata", PLACE, "call.upstream_401_leak",
          _refused('Bearer resource_metadata="https://api.upstream.example/.well-known/oauth-protected-resource"')),
    Fault("more-scope", "tools/list needs a scope that the first challenge does not name", PLACE, "call.insufficient_scope",
          with_values(method_scopes={"tools/list": ADMIN})),
    Fault("version-refused", "The gateway refuses the protocol version that it offered", PLACE, "call.protocol_version",
          at("call tools/list", 400, _rpc_error(-32022, "Unsupported protocol version"))),
    Fault("session-wanted", "The gateway wants a session that it never gave", PLACE, "call.session",
          at("call tools/list", 400, _rpc_error(-32000, "Bad Request: No valid session ID provided"))),
    Fault("backend-down", "The server behind the gateway is down", PLACE, "call.backend_broke", at("call", 502, {"error": "bad_gateway"})),
    Fault("call-forbidden", "The gateway answers 403 to a good token, without a reason", PLACE, "call.unexpected_status",
          at("call", 403, {"error": "forbidden"})),
    Fault("no-tools", "No tools are listed", PLACE, "call.empty_tools", with_values(lists_tools=False)),
    # time and transport
    Fault("metadata-slow", "The authorization server's metadata takes longer than clients wait", TIMING, "transport.timeout",
          with_values(delays={"server_metadata": 12.0})),
    Fault("token-slow", "The token endpoint takes longer than clients wait", TIMING, "transport.timeout",
          with_values(delays={"token": 12.0})),
    Fault("body-cut", "The metadata is cut off in the middle", TIMING, "transport.closed_early",
          at("server_metadata", 200, '{"issuer": ', Content_Type="application/json", Content_Length="900")),
    Fault("not-gzip", "The metadata says that it is compressed, and is not", TIMING, "transport.bad_encoding",
          at("server_metadata", 200, '{"issuer": "{resource}"}', Content_Type="application/json", Content_Encoding="gzip")),
)  # fmt: skip
