"""A walk as lines of captured bytes, and the pieces of which the examples are made. Plain data, no socket.

`walk_to("token")` is a healthy walk up to a step; `take("token", …)` is one take with the exchanges that are given.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.flow.facts import Options
from app.flow.log import Body, Choice, Run
from app.wire.messages import Exchange, Failure, Request

TARGET = "https://gw.example/mcp/one"
HOME = "https://gw.example"
CALLBACK = "http://127.0.0.1:8000/callback"
PRM_URL = f"{HOME}/.well-known/oauth-protected-resource/mcp/one"
PRM_ROOT = f"{HOME}/.well-known/oauth-protected-resource"
AS_URL = f"{HOME}/.well-known/oauth-authorization-server"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
STATE, CODE = "state-one", "code-one"
BEARER = f'Bearer resource_metadata="{PRM_URL}", scope="mcp:tools"'
PRM = {"resource": TARGET, "authorization_servers": [HOME], "scopes_supported": ["mcp:tools"]}
SERVER = {
    "issuer": HOME,
    "authorization_endpoint": f"{HOME}/authorize",
    "token_endpoint": f"{HOME}/token",
    "registration_endpoint": f"{HOME}/register",
    "revocation_endpoint": f"{HOME}/revoke",
    "response_types_supported": ["code"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["none"],
    "authorization_response_iss_parameter_supported": True,
}
REGISTRATION = {
    "client_name": "MCP Flow Explorer",
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "application_type": "native",
    "scope": "mcp:tools",
}


@dataclass(frozen=True)
class Line:
    """One entry before it has a number. `later` is how many seconds after the line before it was written."""

    step: str
    body: Body
    role: str = ""
    later: float = 1.0


Tape = tuple[Line, ...]


@dataclass(frozen=True)
class Example:
    """A tape whose newest entries make the check say no, and one that it lets pass. `level` is the level of the finding."""

    fails: Tape
    passes: Tape
    level: str = "STOP"


def run_of(tape: Tape) -> Run:
    """The tape as a run in memory."""
    run, now = Run("r1", "o1", TARGET, 1_000.0), 1_000.0
    for line in tape:
        now += line.later
        run.append(line.body, step=line.step, role=line.role, at=now)
    return run


def answer(status: int, body: bytes | dict[str, Any] | list[Any] = b"", *headers: str, kind: str = "") -> bytes:
    """The bytes of an answer; a dict or a list goes out as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    typed = kind or ("" if isinstance(body, bytes) else "application/json")
    lines = [f"HTTP/1.1 {status} Reason", *headers, *([f"Content-Type: {typed}"] if typed else []), f"Content-Length: {len(raw)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def refusal(challenge: str = BEARER, body: bytes | dict[str, Any] = b"") -> bytes:
    """A 401; without a challenge where it is empty."""
    return answer(401, body, *([f"WWW-Authenticate: {challenge}"] if challenge else []))


def error(status: int, slug: str, description: str = "") -> bytes:
    """An OAuth error answer (RFC 6749 section 5.2)."""
    return answer(status, {"error": slug, **({"error_description": description} if description else {})}, "Cache-Control: no-store")


def page(status: int = 200, *headers: str) -> bytes:
    """A page for people."""
    return answer(status, b"<!doctype html><title>Just a moment...</title>", *headers, kind="text/html")


def exchange(request: Request, received: bytes | Failure) -> Exchange:
    """One exchange with the bytes on both sides."""
    lines = [f"{request.method} {request.url} HTTP/1.1", *(f"{k}: {v}" for k, v in request.headers)]
    sent = "\r\n".join(lines).encode() + b"\r\n\r\n" + request.body
    if isinstance(received, Failure):
        return Exchange(request, sent, b"", 1_000.0, failure=received)
    return Exchange(request, sent, received, 1_000.0)


def get(step: str, role: str, url: str, received: bytes | Failure) -> Line:
    return Line(step, exchange(Request("GET", url, (("Accept", "application/json"),)), received), role)


def rpc(step: str, role: str, received: bytes | Failure, token: str = "", url: str = TARGET, *headers: tuple[str, str]) -> Line:
    """One MCP request."""
    method = {"discover": "server/discover", "initialized": "notifications/initialized"}.get(role, role)
    if step == "probe" and role.startswith("probe:"):  # a separating probe at the door asks what the walk asked first
        method = "server/discover"
    method = method if "/" in method or method == "initialize" else "tools/list"
    auth = (("Authorization", f"Bearer {token}"),) if token else ()
    sent = (*auth, ("Accept", "application/json, text/event-stream"), ("Content-Type", "application/json"), *headers)
    body = json.dumps({"jsonrpc": "2.0", "id": "1", "method": method}).encode()
    return Line(step, exchange(Request("POST", url, sent, body, "1"), received), role)


def form(step: str, role: str, url: str, received: bytes | Failure, *headers: tuple[str, str], later: float = 1.0, **params: str) -> Line:
    """One POST of a form."""
    sent = (*headers, ("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"))
    return Line(step, exchange(Request("POST", url, sent, urlencode(params).encode()), received), role, later)


def result(value: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": "1", "result": value, **members}


def rpc_error(code: int, message: str, **error_data: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": "1", "error": {"code": code, "message": message, **({"data": error_data} if error_data else {})}}


def choice(name: str, at: str = "", /, **values: Any) -> Line:
    return Line(at, Choice(name, values))


def options(**changes: str) -> Line:
    given = {"target": TARGET, "redirect_uri": CALLBACK, "revision": "2026-07-28", **changes}
    return choice("options", **vars(Options(**given)))


def take(step: str, *lines: Line, outcome: str = "done", reason: str = "") -> Tape:
    """One take of a step: its beginning, its lines, its end."""
    ended = choice("ended", step, step=step, outcome=outcome, reason=reason)
    return (choice("take", step, step=step, pace="run"), *lines, ended)
