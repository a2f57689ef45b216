"""The engine of the walk and the checks together: whatever one endpoint answers, the walk ends, and never without a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from canned import AS, Gateway, Reply, Walker, json_reply

from app.checks.engine import examine, forbids, main_of
from app.flow.standing import standing
from app.wire.messages import Failure

PRM = "GET /.well-known/oauth-protected-resource/mcp/one"
SERVER = "GET /.well-known/oauth-authorization-server"
PLACES = ("POST /mcp/one", PRM, SERVER, "POST /register", "POST /token", "POST /revoke")
PAGE = b"<!doctype html><title>Welcome</title>"
REPLIES: dict[str, Reply] = {
    "nothing": (404, {}, b""),
    "broken": (500, {}, b"oops"),
    "a page": (200, {"Content-Type": "text/html"}, PAGE),
    "forbidden": (403, {}, b"no"),
    "a bare 401": (401, {}, b""),
    "bad request": (400, {}, b""),
    "empty 200": (200, {}, b""),
    "empty object": (200, {"Content-Type": "application/json"}, b"{}"),
    "array": (200, {"Content-Type": "application/json"}, b"[]"),
    "error in 200": (200, {"Content-Type": "application/json"}, b'{"error": "invalid_request"}'),
    "redirect": (302, {"Location": "https://elsewhere.example/"}, b""),
    "accepted": (202, {}, b""),
    "too many": (429, {"Retry-After": "9"}, b""),
    "silence": Failure("timeout", "It took too long."),
    "reset": Failure("reset", "The connection was reset."),
}


def walked(gateway: Gateway, **options: str) -> Walker:
    """A person who presses run, signs in when asked, and never goes past a refusal."""
    walker = Walker(gateway, forbids, **options)
    for _ in range(6):
        walker.go()
        if standing(walker.facts, forbids(walker.run), False).state in ("authorize", "stepup"):
            walker.come_back()
    return walker


def state_of(walker: Walker) -> str:
    return standing(walker.facts, forbids(walker.run), False).state


@pytest.mark.parametrize("revision", ["auto", "2025-03-26", "2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("reply", REPLIES)
def test_a_walk_that_ends_early_has_a_main_finding(gateway: Gateway, place: str, reply: str, revision: str) -> None:
    gateway.on[place] = lambda request: REPLIES[reply]
    walker = walked(gateway, revision=revision)
    found = main_of(walker.run)
    assert state_of(walker) in ("done", "failed")
    assert walker.facts.exchanges < 60
    if state_of(walker) == "failed":
        assert found is not None and (found.ends or "STOP" in {f.level for f in examine(walker.run)}), examine(walker.run)


@pytest.mark.parametrize("revision", ["auto", "2025-06-18", "2025-11-25", "2026-07-28"])
def test_a_healthy_walk_ends_without_a_complaint(gateway: Gateway, revision: str) -> None:
    walker = walked(gateway, revision=revision)
    assert state_of(walker) == "done"
    assert [f.code for f in examine(walker.run) if f.level in ("STOP", "WARN")] == []


EXPECTED = [
    ("POST /mcp/one", "forbidden", "probe.wrong_refusal_status"),
    ("POST /mcp/one", "redirect", "transport.redirected"),
    ("POST /mcp/one", "silence", "transport.timeout"),
    ("POST /mcp/one", "broken", "transport.server_error"),
    (PRM, "nothing", "resource_metadata.not_at_advertised_url"),
    (PRM, "a page", "resource_metadata.not_json"),
    (PRM, "forbidden", "resource_metadata.needs_auth"),
    (PRM, "empty object", "resource_metadata.no_authorization_servers"),
    (PRM, "redirect", "resource_metadata.redirect"),
    (SERVER, "nothing", "server_metadata.not_found"),
    (SERVER, "redirect", "transport.redirected"),
    (SERVER, "a page", "server_metadata.not_json"),
    (SERVER, "reset", "transport.reset"),
    (SERVER, "empty object", "server_metadata.issuer_mismatch"),
    ("POST /register", "forbidden", "register.closed"),
    ("POST /register", "bad request", "register.unexpected_status"),
    ("POST /register", "empty object", "register.bad_answer"),
    ("POST /register", "too many", "register.rate_limited"),
    ("POST /token", "bad request", "token.unexpected_status"),
    ("POST /token", "a page", "token.not_json"),
    ("POST /token", "error in 200", "token.error_in_200"),
    ("POST /token", "redirect", "token.redirected"),
    ("POST /token", "a bare 401", "token.unexpected_status"),
]


@pytest.mark.parametrize(("place", "reply", "code"), EXPECTED)
def test_the_main_finding_names_the_place_that_broke(gateway: Gateway, place: str, reply: str, code: str) -> None:
    gateway.on[place] = lambda request: REPLIES[reply]
    found = main_of(walked(gateway).run)
    assert found is not None and found.code == code


def only_with_token(reply: Reply, method: str = "") -> Callable[[Gateway], Any]:
    def put(gateway: Gateway) -> None:
        def answer(request: Any) -> Reply:
            meant = request.header("authorization") and (not method or json.loads(request.body)["method"] == method)
            return reply if meant else gateway._mcp(request)

        gateway.on["POST /mcp/one"] = answer

    return put


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((401, {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="Invalid audience"'}, b""), "call.wrong_audience"),
        ((403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="more"'}, b""), "call.insufficient_scope"),
        ((403, {}, b"no"), "call.unexpected_status"),
        ((502, {}, b"bad gateway"), "call.backend_broke"),
        (json_reply({"jsonrpc": "2.0", "id": "1", "error": {"code": -32603, "message": "broken"}}), "call.backend_broke"),
        ((200, {"Content-Type": "text/html"}, PAGE), "call.not_json"),
        (Failure("reset", "The connection was reset."), "transport.reset"),
    ],
)
@pytest.mark.parametrize("method", ["server/discover", "tools/list"])
def test_a_token_that_is_not_taken_has_its_reason(gateway: Gateway, reply: Reply, code: str, method: str) -> None:
    only_with_token(reply, method)(gateway)
    found = main_of(walked(gateway).run)
    assert found is not None and found.code == code


def test_a_gateway_that_is_its_own_server_of_old_is_walked_with_warnings_only(gateway: Gateway) -> None:
    gateway.on[PRM] = lambda r: (404, {}, b"")
    gateway.on[SERVER] = lambda r: (404, {}, b"")
    gateway.on["POST /mcp/one"] = lambda r: gateway._mcp(r) if r.header("authorization") else (401, {}, b"")
    walker = walked(gateway, revision="2025-11-25")
    assert walker.facts.called and main_of(walker.run) is not None
    assert [f.code for f in examine(walker.run) if f.level == "STOP"] == []


def test_where_nothing_leads_anywhere_the_missing_challenge_is_the_cause(gateway: Gateway) -> None:
    for place in (PRM, SERVER, "POST /register"):
        gateway.on[place] = lambda r: (404, {}, b"")
    gateway.on["POST /mcp/one"] = lambda r: (401, {}, b"")
    found = main_of(walked(gateway).run)
    assert found is not None and (found.code, found.step) == ("probe.no_challenge", "probe")


def test_a_person_can_go_past_a_wrong_issuer_and_sees_what_else_is_wrong(gateway: Gateway) -> None:
    from app.flow.acts import act

    gateway.metadata["issuer"] = f"{AS}/"
    gateway.on["POST /token"] = lambda r: json_reply({"error": "invalid_grant", "error_description": "PKCE verification failed"}, 400)
    walker = walked(gateway)
    blocked = forbids(walker.run)
    assert blocked is not None and blocked.code == "server_metadata.issuer_slash" and state_of(walker) == "failed"
    act(walker.run, "go_on", {}, blocked)
    for _ in range(3):
        walker.go()
        if state_of(walker) == "authorize":
            walker.come_back()
    found = main_of(walker.run)
    assert found is not None and found.code == "token.pkce"
    assert any(f.code == "server_metadata.issuer_slash" and f.level == "STOP" and f.gone_past for f in examine(walker.run))
