"""Tokens: where they travel, how they are renewed, replayed, handed back, and what a server may get wrong (rules C35-C37)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from canned import AS, TARGET, Gateway, Reply, form, json_reply
from requirements.marks import proves, under
from requirements.table import REVISIONS
from strict import HTML, Strict

from app.wire.messages import Request


def whole_walk(gateway: Gateway, revision: str) -> Strict:
    walker = Strict(gateway, revision)
    for _ in range(6):
        walker.go()
        if walker.state == "authorize":
            walker.come_back()
    return walker


def at(gateway: Gateway, path: str) -> list[Request]:
    return [request for request in gateway.asked if request.url == f"{AS}{path}"]


@under("C35", "C36")
def test_the_token_stands_in_the_header_of_every_request_and_nowhere_else(gateway: Gateway, revision: str) -> None:
    walker = whole_walk(gateway, revision)
    assert walker.state == "done"
    to_target = [request for request in gateway.asked if request.url == TARGET]
    with_token = [request for request in to_target if request.header("authorization")]
    handshake = 2 if revision == "2026-07-28" else 3  # discover + list, or initialize + initialized + list
    assert len(with_token) >= handshake and to_target[0] not in with_token
    assert all(request.header("authorization").startswith("Bearer access-token-") for request in with_token)
    assert [request.url for request in gateway.asked if "access-token" in request.url or "refresh-token" in request.url] == []
    assert [request.url for request in to_target if b"access-token" in request.body] == []
    others = [request for request in gateway.asked if request.url != TARGET]
    assert [request.url for request in others if "access-token" in request.header("authorization")] == []


@under("C35")
def test_after_the_handshake_no_request_goes_without_the_token(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.to_connected()
    walker.press("call_tool", tool="one")
    first = next(n for n, request in enumerate(gateway.asked) if request.header("authorization"))
    assert all(request.header("authorization") for request in gateway.asked[first:] if request.url == TARGET)


@proves("C35")
def test_a_token_that_is_tried_in_the_url_was_asked_for_by_the_person(gateway: Gateway) -> None:
    walker = Strict(gateway, "2026-07-28")
    walker.go()
    walker.come_back()
    walker.take("token")
    assert walker.asked("access_token=") == []
    walker.press("step", **{"break": "token_in_query"})
    assert len(walker.asked("access_token=")) == 1
    assert walker.facts.edits[-1].named == "token_in_query"


@under("C36")
def test_after_a_change_of_server_the_old_token_is_sent_no_more(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.to_connected()
    old = walker.facts.tokens
    other = "https://as2.example"
    gateway.living_access.clear()
    gateway.prm["authorization_servers"] = [other]
    gateway.metadata |= {k: v.replace(AS, other) for k, v in gateway.metadata.items() if isinstance(v, str)}
    walker.press("call_tool", tool="one")
    changed = next(n for n, request in enumerate(gateway.asked) if request.url.startswith(other))
    walker.come_back()
    walker.go()
    assert old is not None and walker.state == "connected"
    later = gateway.asked[changed:]
    assert [r.url for r in later if old.access in r.header("authorization") or old.refresh.encode() in r.body] == []


@under("C37")
@pytest.mark.parametrize(
    ("by_server", "by_resource", "expected"),
    [(["offline_access"], [], True), ([], ["offline_access"], False), (None, [], False), (["other"], [], False)],
)
def test_offline_access_is_asked_only_where_the_server_lists_it(
    gateway: Gateway, revision: str, by_server: list[str] | None, by_resource: list[str], expected: bool
) -> None:
    gateway.metadata["scopes_supported"] = by_server
    gateway.prm["scopes_supported"] = ["mcp:tools", *by_resource]
    walker = Strict(gateway, revision)
    walker.go()
    assert ("offline_access" in walker.sent["scope"].split()) == expected
    (registration,) = [json.loads(request.body) for request in at(gateway, "/register")]
    assert registration["grant_types"] == ["authorization_code", "refresh_token"]


@under("C37")
def test_a_walk_without_a_refresh_token_comes_to_its_end(gateway: Gateway, revision: str) -> None:
    issue = gateway.issue

    def without(request: Request) -> Reply:
        answer = json.loads(issue()[2])  # type: ignore[index]
        return json_reply({k: v for k, v in answer.items() if k != "refresh_token"}, **{"Cache-Control": "no-store"})

    gateway.on["POST /token"] = without
    walker = whole_walk(gateway, revision)
    assert walker.state == "done" and walker.states()["refresh"] == walker.states()["replay"] == "skipped"
    assert [form(request)["grant_type"] for request in at(gateway, "/token")] == ["authorization_code"]


def refreshing(gateway: Gateway, answer: Any) -> None:
    """Let the token endpoint answer a refresh with `answer(request)`."""
    gateway.on["POST /token"] = lambda request: (
        answer(request) if form(request)["grant_type"] == "refresh_token" else gateway._token(request)
    )


def test_a_refresh_sends_the_newest_token_once_and_keeps_the_scope(gateway: Gateway) -> None:
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    walker.take("refresh")
    walker.press("refresh")
    sent = [form(request) for request in at(gateway, "/token")][1:]
    assert [one["refresh_token"] for one in sent] == ["refresh-token-1", "refresh-token-2"]
    assert not any("scope" in one for one in sent)


def test_a_refresh_that_brings_no_new_token_keeps_the_old_one(gateway: Gateway) -> None:
    refreshing(gateway, lambda request: json_reply({"access_token": "access-token-9", "token_type": "Bearer"}))
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    walker.take("refresh")
    tokens = walker.facts.tokens
    assert tokens is not None and (tokens.access, tokens.refresh) == ("access-token-9", "refresh-token-1")
    assert walker.codes["refresh.not_rotated"] in ("WARN", "NOTE")
    assert walker.facts.old_refresh == ""  # nothing was replaced, so there is nothing to replay


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (json_reply({"error": "invalid_grant"}, 400), "refresh.invalid_grant"),
        (json_reply({"error": "invalid_client"}, 401), "token.invalid_client"),
        (HTML, "token.not_json"),
        ((503, {"Retry-After": "1"}, b""), "transport.server_error"),
        (json_reply({"error": "invalid_grant"}), "token.error_in_200"),
    ],
)
def test_a_refused_refresh_is_told_and_the_token_is_not_sent_again(gateway: Gateway, reply: Reply, code: str) -> None:
    refreshing(gateway, lambda request: reply)
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    walker.go()
    assert walker.state == "failed"
    assert code in walker.codes
    assert len(at(gateway, "/token")) == 2


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_replay_that_ends_the_grant_is_good_and_leads_to_a_second_grant(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.to_connected()
    walker.go()
    assert walker.facts.replay_outcome == "grant_killed" and walker.state == "authorize"
    walker.come_back()
    walker.go()
    assert walker.state == "done" and set(walker.codes.values()) <= {"NOTE"}


def test_a_replay_that_is_taken_is_found(gateway: Gateway) -> None:
    refreshing(gateway, lambda request: gateway.issue())
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    walker.press("refresh")
    walker.press("replay")
    walker.press("replay")
    assert walker.facts.replay_outcome == "always_accepted"
    assert "WARN" in {level for code, level in walker.codes.items() if code.startswith("replay.")}


def test_a_grant_that_survives_a_replay_is_found(gateway: Gateway) -> None:
    def answer(request: Request) -> Reply:
        if form(request)["refresh_token"] in gateway.living_refresh:
            return gateway._token(request)
        return json_reply({"error": "invalid_grant"}, 400)

    refreshing(gateway, answer)
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    walker.press("refresh")
    walker.press("replay")
    assert walker.facts.replay_outcome == "rejected_grant_alive"
    assert any(code.startswith("replay.") for code in walker.codes)


@pytest.mark.parametrize("status", [200, 503])
def test_a_revocation_that_changes_nothing_is_found(gateway: Gateway, status: int) -> None:
    gateway.on["POST /revoke"] = lambda request: (status, {}, b"")
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    walker.press("revoke")
    walker.press("confirm")
    found = {code for code, level in walker.codes.items() if level in ("WARN", "STOP")}
    assert any(code.startswith(("revoke.", "confirm.")) for code in found), found
    assert walker.facts.heard["access"] == "ok"


def test_a_revocation_is_a_form_with_the_client_and_ends_every_token(gateway: Gateway) -> None:
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    walker.press("revoke")
    walker.press("confirm")
    sent = [form(request) for request in at(gateway, "/revoke")]
    assert [one.get("token_type_hint", "") for one in sent] == ["access_token", "refresh_token", ""]
    assert all(one["client_id"] == "client-1" for one in sent)
    assert walker.facts.heard == {"access": "refused", "refresh": "refused"} and walker.state == "done"


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_expired_token_starts_a_new_lap_and_the_call_is_repeated(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.to_connected()
    gateway.living_access.clear()
    walker.press("call_tool", tool="one")
    assert walker.facts.lap == 1 and walker.state == "authorize"
    walker.come_back()
    walker.go()
    assert walker.state == "connected" and walker.facts.pending is None
    assert walker.roles("call")[-1] == "tools/call"


def test_a_fresh_token_that_is_refused_is_no_endless_lap(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda request: (401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}, b"")
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    assert walker.state == "failed" and walker.problem.startswith(("call.", "token."))
    assert len(walker.facts.authorizations) == 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (json_reply({"error": "invalid_grant"}, 400), "token.invalid_grant"),
        (json_reply({"error": "invalid_client"}, 401), "token.invalid_client"),
        (json_reply({"error": "unauthorized_client"}, 400), "token.invalid_client"),
        (json_reply({"error": "invalid_target"}, 400), "token.invalid_target"),
        (json_reply({"error": "unsupported_grant_type"}, 400), "token.unexpected_status"),
        (json_reply({"error": "made-up"}, 418), "token.unexpected_status"),
        (json_reply({"error": "invalid_grant"}, 200), "token.error_in_200"),
        (json_reply({"token_type": "Bearer"}), "token.error_in_200"),
        (HTML, "token.not_json"),
        ((500, {"Content-Type": "text/html"}, b"oops"), "transport.server_error"),
    ],
)
def test_a_refusal_at_the_token_endpoint_has_its_own_words_and_the_code_is_spent(gateway: Gateway, reply: Reply, code: str) -> None:
    gateway.on["POST /token"] = lambda request: reply
    walker = Strict(gateway, "2026-07-28")
    walker.to_connected()
    assert walker.state == "failed" and walker.problem == code
    walker.press("retry")
    assert walker.state == "authorize"  # a new request: the code is never sent twice
    assert len(at(gateway, "/token")) == 1
