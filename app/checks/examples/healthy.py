"""A healthy walk, step by step. Every example is this walk with one thing changed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from app.checks.examples.tape import (
    AS_URL,
    CALLBACK,
    CHALLENGE,
    CODE,
    HOME,
    PRM,
    PRM_URL,
    REGISTRATION,
    SERVER,
    STATE,
    TARGET,
    VERIFIER,
    Line,
    Tape,
    answer,
    choice,
    error,
    exchange,
    form,
    get,
    options,
    refusal,
    result,
    rpc,
    take,
)
from app.flow.log import Leg
from app.wire.messages import Failure, Request

NO_STORE = "Cache-Control: no-store"
TOOLS = {"tools": [{"name": "one", "inputSchema": {"type": "object"}}]}


def discover(received: bytes | Failure, step: str = "probe", token: str = "") -> Line:
    return rpc(step, "discover", received, token)


def metadata(received: bytes | Failure, role: str = "header", url: str = PRM_URL) -> Line:
    return get("resource_metadata", role, url, received)


def server(received: bytes | Failure, role: str = "oauth_root", url: str = AS_URL) -> Line:
    return get("server_metadata", role, url, received)


def register(received: bytes | Failure, **changes: Any) -> Line:
    body = json.dumps({**REGISTRATION, **changes}).encode()
    request = Request("POST", f"{HOME}/register", (("Content-Type", "application/json"),), body)
    return Line("register", exchange(request, received), "dcr")


def registered(**changes: Any) -> dict[str, Any]:
    return {**REGISTRATION, "client_id": "client-one", **changes}


def authorize(**changes: str) -> Tape:
    """The drawn request, and the browser that leaves with it."""
    values = {
        "state": STATE,
        "verifier": VERIFIER,
        "challenge": CHALLENGE,
        "issuer": HOME,
        "client_id": "client-one",
        "redirect_uri": CALLBACK,
        "scope": "mcp:tools",
        "resource": TARGET,
        "reason": "first",
        **changes,
    }
    names = ("state", "client_id", "redirect_uri", "scope", "resource")
    url = f"{HOME}/authorize?{urlencode({'response_type': 'code', 'code_challenge': CHALLENGE, **{n: values[n] for n in names}})}"
    drawn = choice("authorize", "authorize", **values, url=url)
    return (*take("authorize", drawn), Line("authorize", Leg("authorize", url)))


def back(*, method: str = "GET", headers: tuple[tuple[str, str], ...] = (), **changes: str | tuple[str, ...] | None) -> Line:
    """The browser comes back. A tuple stands for a parameter that comes several times."""
    given: dict[str, Any] = {"code": CODE, "state": STATE, "iss": HOME, **changes}
    query = urlencode({k: v for k, v in given.items() if v is not None}, doseq=True)
    if method == "POST":
        return Line("callback", Leg("callback", CALLBACK, "POST", headers, query.encode()))
    return Line("callback", Leg("callback", f"{CALLBACK}?{query}", headers=headers))


def code_sent(received: bytes | Failure, *headers: tuple[str, str], later: float = 1.0, **changes: str | None) -> Line:
    given = {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": "client-one",
        "resource": TARGET,
        **changes,
    }
    return form("token", "code", f"{HOME}/token", received, *headers, later=later, **{k: v for k, v in given.items() if v is not None})


def tokens(number: int = 1, **changes: Any) -> dict[str, Any]:
    pair = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
    given = {**pair, "token_type": "Bearer", "expires_in": 900, "scope": "mcp:tools", **changes}
    return {k: v for k, v in given.items() if v is not None}


def granted(number: int = 1, **changes: Any) -> bytes:
    return answer(200, tokens(number, **changes), NO_STORE)


def tools(received: bytes | Failure, step: str = "call", role: str = "tools/list", token: str = "access-1") -> Line:
    return rpc(step, role, received, token)


def refreshed(received: bytes | Failure, token: str = "refresh-1", step: str = "refresh", role: str = "refresh", **more: Any) -> Line:
    given: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "client-one", "resource": TARGET, **more}
    return form(step, role, f"{HOME}/token", received, **{k: v for k, v in given.items() if v})


def revoked(role: str, received: bytes | Failure, token: str = "access-2") -> Line:
    return form("revoke", role, f"{HOME}/revoke", received, token=token, client_id="client-one")


LISTED = answer(200, result(TOOLS))
INVALID = refusal(f'Bearer error="invalid_token", resource_metadata="{PRM_URL}"')
DEAD = error(400, "invalid_grant")
STEPS: dict[str, Tape] = {
    "probe": take("probe", discover(refusal())),
    "resource_metadata": take("resource_metadata", metadata(answer(200, PRM))),
    "server_metadata": take("server_metadata", server(answer(200, SERVER))),
    "register": take("register", register(answer(201, registered(), NO_STORE))),
    "authorize": authorize(),
    "callback": (back(),),
    "token": take("token", code_sent(granted())),
    "call": take("call", discover(answer(200, result({})), "call", "access-1"), tools(LISTED)),
    "refresh": take("refresh", refreshed(granted(2))),
    "replay": take(
        "replay",
        refreshed(DEAD, "refresh-1", "replay", "old_refresh"),
        refreshed(granted(3), "refresh-2", "replay", "newest_refresh"),
        tools(LISTED, "replay", "access", "access-3"),
    ),
    "revoke": take(
        "revoke",
        revoked("revoke_access", answer(200), "access-3"),
        tools(INVALID, "revoke", "access_after_revoke", "access-3"),
        refreshed(DEAD, "refresh-3", "revoke", "refresh_after_revoke"),
        revoked("revoke_refresh", answer(200), "refresh-3"),
        revoked("revoke_unknown", answer(200), "unknown-1"),
    ),
    "confirm": take("confirm", tools(INVALID, "confirm", "access", "access-3"), refreshed(DEAD, "refresh-3", "confirm", "refresh")),
}


def walk_to(step: str, **changes: str) -> Tape:
    """A healthy walk that stands before a step; keywords change the options."""
    names = list(STEPS)
    return (options(**changes), *(line for name in names[: names.index(step)] for line in STEPS[name]))


def walk_through(step: str, **changes: str) -> Tape:
    """A healthy walk with that step as its last."""
    return (*walk_to(step, **changes), *STEPS[step])


def at(step: str, *lines: Line, outcome: str = "done", reason: str = "", **changes: str) -> Tape:
    """A healthy walk up to a step, then one take with these lines."""
    return (*walk_to(step, **changes), *take(step, *lines, outcome=outcome, reason=reason))
