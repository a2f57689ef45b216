"""Recordings of other tools: what they show is diagnosed as a live walk of the same fault is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from canned import AS, TARGET, Gateway, Walker, json_reply
from dialects import Entry, chromium, entry, firefox, mitmproxy, named, recording_of, visit

from app.checks.engine import examine, forbids, main_of
from app.flow.fold import facts_of
from app.flow.imported import run_of_har
from app.flow.log import Leg, Run
from app.flow.standing import standing
from app.wire.messages import Exchange, Failure

PRM = "GET /.well-known/oauth-protected-resource/mcp/one"
SERVER = "GET /.well-known/oauth-authorization-server"
FAULTS: list[tuple[str, Any]] = [
    ("POST /mcp/one", (403, {}, b"no")),
    ("POST /mcp/one", (401, {}, b"")),
    ("POST /mcp/one", Failure("timeout", "It took too long.")),
    (PRM, (404, {}, b"")),
    (PRM, (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Welcome</title>")),
    (PRM, (401, {}, b"")),
    (PRM, json_reply({})),
    (SERVER, json_reply({})),
    (SERVER, Failure("reset", "The connection was reset.")),
    ("POST /register", (403, {}, b"no")),
    ("POST /register", json_reply({})),
    ("POST /token", json_reply({"error": "invalid_grant", "error_description": "code expired"}, 400)),
    ("POST /token", json_reply({"error": "invalid_client"}, 401)),
    ("POST /token", (200, {"Content-Type": "application/x-www-form-urlencoded"}, b"access_token=abcdefgh&token_type=bearer")),
    ("POST /token", (302, {"Location": "https://elsewhere.example/"}, b"")),
    ("POST /revoke", (404, {}, b"")),
]


def walked(gateway: Gateway, revision: str) -> Run:
    walker = Walker(gateway, forbids, revision=revision)
    for _ in range(6):
        walker.go()
        if standing(walker.facts, forbids(walker.run), False).state in ("authorize", "stepup"):
            walker.come_back()
    return walker.run


def imported(file: dict[str, Any]) -> Run:
    return run_of_har(json.dumps(file).encode())


def code_of(run: Run) -> str:
    found = main_of(run)
    return found.code if found else ""


@pytest.mark.parametrize("callbacks", [True, False])
@pytest.mark.parametrize("dialect", [chromium, firefox, mitmproxy])
@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25", "2026-07-28"])
def test_a_healthy_recording_has_no_stop_and_no_warning(
    gateway: Gateway, revision: str, dialect: Callable[[Exchange, float], Entry], callbacks: bool
) -> None:
    run = imported(recording_of(walked(gateway, revision), dialect, callbacks=callbacks))
    assert [f.code for f in examine(run) if f.level in ("STOP", "WARN")] == []
    assert standing(facts_of(run), forbids(run), False).state == "done"
    assert run.target == TARGET and facts_of(run).options.revision == revision
    assert {e.step for e in run.entries if isinstance(e.body, Exchange)} >= {"probe", "register", "token", "call", "refresh", "revoke"}


@pytest.mark.parametrize("dialect", [chromium, firefox, mitmproxy])
@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize(("place", "reply"), FAULTS, ids=[f"{place}-{number}" for number, (place, _) in enumerate(FAULTS)])
def test_a_recorded_fault_has_the_main_finding_of_the_live_walk(
    gateway: Gateway, place: str, reply: Any, revision: str, dialect: Callable[[Exchange, float], Entry]
) -> None:
    gateway.on[place] = lambda request: reply
    live = walked(gateway, revision)
    assert code_of(live)
    assert code_of(imported(recording_of(live, dialect))) == code_of(live)


def posted(url: str, form: str, status: int, body: Any, *headers: tuple[str, str]) -> Entry:
    kind = "application/x-www-form-urlencoded"
    lines = named([*headers, ("Content-Type", kind)])
    request = {"method": "POST", "url": url, "headers": lines, "postData": {"mimeType": kind, "text": form}}
    content = {"size": 9, "mimeType": "application/json", "text": json.dumps(body)}
    response = {"status": status, "statusText": "", "headers": named([("content-type", "application/json")]), "content": content}
    return entry(1_000.0, request, response)


def file_of(*entries: Entry) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "by hand", "version": "1"}, "entries": list(entries)}}


CB = "redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb"
FORM = f"grant_type=authorization_code&code=the-code-1&{CB}&code_verifier={'v' * 43}&client_id=c&resource={TARGET}"
OUT = f"{AS}/authorize?response_type=code&client_id=c&{CB}&state=the-state&code_challenge=not-the-hash"


def test_one_token_request_alone_is_diagnosed() -> None:
    run = imported(file_of(posted(f"{AS}/token", FORM, 400, {"error": "invalid_grant", "error_description": "code expired"})))
    assert code_of(run) == "token.code_expired" and run.target == TARGET
    assert standing(facts_of(run), forbids(run), False).state == "failed"


def test_a_verifier_that_does_not_fit_the_recorded_challenge_is_seen() -> None:
    back = visit("http://127.0.0.1/cb?code=the-code-1&state=the-state", 1_000.0)
    run = imported(file_of(visit(OUT, 999.0, 302), back, posted(f"{AS}/token", FORM, 400, {"error": "invalid_grant"})))
    assert code_of(run) == "token.pkce"


def test_a_browser_that_never_came_back_is_the_main_finding() -> None:
    run = imported(file_of(visit(OUT, 999.0), visit("https://login.example/", 1_000.0)))
    assert code_of(run) == "callback.never_came"


def test_the_callback_is_read_from_the_redirect_that_led_to_it() -> None:
    back = "http://127.0.0.1/cb?error=access_denied&state=the-state"
    run = imported(file_of(visit(OUT, 999.0, 302, ("Location", back))))
    assert [e.body.kind for e in run.entries if isinstance(e.body, Leg)] == ["authorize", "callback"]
    assert code_of(run) == "authorize.access_denied"


def test_an_answer_whose_body_was_left_out_is_not_judged() -> None:
    made = posted(f"{AS}/token", FORM, 200, {})
    made["response"]["content"] = {"size": 900, "mimeType": "application/json"}
    challenged = visit(TARGET, 998.0, 401, ("WWW-Authenticate", "Bearer"))
    challenged["request"]["headers"] = named([("Accept", "text/event-stream")])
    run = imported(file_of(challenged, made))
    assert not any(e.step == "token" and isinstance(e.body, Exchange) for e in run.entries)
    assert "1 answer without a body could not be judged" in facts_of(run).read_only
    assert not code_of(run).startswith("token.")


def test_tokens_from_before_the_recording_are_taken_as_held() -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    lines = named([("authorization", "Bearer a-token-from-before"), ("content-type", "application/json")])
    request = {"method": "POST", "url": TARGET, "headers": lines, "postData": {"mimeType": "application/json", "text": body}}
    refusal = named([("www-authenticate", 'Bearer error="invalid_token", error_description="wrong audience"')])
    made = entry(1_000.0, request, {"status": 401, "statusText": "", "headers": refusal, "content": {"size": 0, "mimeType": "x-unknown"}})
    assert code_of(imported(file_of(made))) == "call.wrong_audience"


def test_no_more_exchanges_than_a_run_may_hold_are_taken() -> None:
    run = run_of_har(file_of(*[posted(f"{AS}/token", FORM, 400, {"error": "invalid_grant"})] * 30), most=10)
    assert sum(isinstance(e.body, Exchange) for e in run.entries) == 10
    assert "20 left out" in facts_of(run).read_only


def test_every_entry_says_that_its_bytes_are_rebuilt() -> None:
    run = imported(file_of(posted(f"{AS}/token", FORM, 400, {"error": "invalid_grant"})))
    told = [e for e in run.entries if isinstance(e.body, Exchange)]
    assert all("rebuilt" in e.why for e in told) and told[0].body.sent.startswith(b"POST /token HTTP/1.1\r\nHost: gw.example\r\n")  # type: ignore[union-attr]
