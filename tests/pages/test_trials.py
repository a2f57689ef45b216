"""The pages offer separating probes and help when nothing came back: each offered once, pressed once, and nothing else moves."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from browsers import Browser
from canned import Gateway, json_reply
from flask import Flask

from app.flow.log import Choice
from app.flow.separating import find_probe

BAD_PAGE = (400, {"Content-Type": "text/html"}, b"<h1>redirect_uri does not match allowed patterns</h1>")


def gone(ada: Browser) -> None:
    """The browser has left for the authorization server."""
    ada.start()
    ada.press("run")
    ada.leave()
    ada.look()


def buttons(ada: Browser) -> list[str]:
    move = ada.page.moves.get("try")
    return [value for name, value in move.buttons if name == "probe"] if move else []


def notes(ada: Browser) -> list[str]:
    return [str(e.body.values.get("says", "")) for e in ada.run.entries if isinstance(e.body, Choice) and e.body.name == "probe"]


def test_a_run_that_has_nothing_to_wonder_about_offers_no_probe(ada: Browser) -> None:
    ada.start()
    assert "try" not in ada.page.moves and "gave_up" not in ada.page.moves
    ada.press("run")
    assert ada.page.state == "authorize" and "try" not in ada.page.moves and "Nothing came back?" not in ada.page.text


def test_a_connected_run_offers_the_question_of_web_pages_with_its_cost(ada: Browser, gateway: Gateway) -> None:
    ada.start()
    ada.press("run")
    assert ada.log_in().state == "connected"
    assert buttons(ada) == ["cors"]
    probe = find_probe("cors")
    assert probe and all(part in ada.answer.text for part in (probe.label, probe.question, probe.costs, "Tell two causes apart"))
    asked = len(gateway.asked)
    assert ada.press("try", probe="cors").state == "connected"
    assert len(gateway.asked) == asked + 6
    assert ("WARN", "probe.cors_challenge_hidden") in ada.page.codes
    assert "Tried: Ask as a client in a browser would" in ada.page.text and notes(ada)[-1] in ada.page.text.replace("&#39;", "'")


def test_a_browser_that_does_not_come_back_is_helped_and_the_wait_can_be_ended(ada: Browser, gateway: Gateway) -> None:
    gone(ada)
    assert ada.page.state == "authorize" and {"authorize", "retry", "gave_up", "try"} <= set(ada.page.moves)
    text = ada.page.text
    assert "Nothing came back?" in text and "Approve does nothing" in text and "127.0.0.1" in text
    assert buttons(ada) == ["dry_authorize"]
    gateway.on["GET /authorize"] = lambda r: BAD_PAGE
    assert ada.press("try", probe="dry_authorize").state == "authorize"
    assert ada.page.problem == "register.accepts_then_refuses"
    assert ada.page.text.count(notes(ada)[-1]) == 2, "at the button and in the story"
    assert ada.press("gave_up").state == "failed"
    assert ada.page.problem == "register.accepts_then_refuses" and ("STOP", "callback.never_came") in ada.page.codes
    assert {"retry", "forget", "try"} <= set(ada.page.moves) and "gave_up" not in ada.page.moves
    assert buttons(ada) == ["dry_authorize", "fresh_client"]


def test_an_answer_that_comes_after_giving_up_is_still_taken(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    sent = ada.leave()
    ada.look()
    ada.press("gave_up")
    assert ada.page.problem == "callback.never_came"
    ada.come_back(code="late", state=sent["state"], iss="https://gw.example")
    assert ada.settled().state == "connected"
    assert ada.page.problem == ""


def test_the_panel_opens_by_itself_after_a_minute(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    gone(ada)
    assert '<section class="decide silence">\n  <details>' in ada.page.text
    left = ada.facts.authorization.left_at  # type: ignore[union-attr]
    monkeypatch.setattr("app.pages.show.time.time", lambda: left + 61)
    assert '<section class="decide silence">\n  <details open>' in ada.look().text


@pytest.mark.parametrize("probe", ["without_token", "nothing", "", "five_times"])
def test_a_probe_that_is_not_offered_cannot_be_pressed(ada: Browser, gateway: Gateway, probe: str) -> None:
    ada.start()
    ada.press("run")
    ada.log_in()
    asked, entries = len(gateway.asked), len(ada.run.entries)
    assert ada.post(f"/runs/{ada.run_id}/try", {"probe": probe}).status_code == 400
    assert (len(gateway.asked), len(ada.run.entries)) == (asked, entries)


def test_giving_up_is_refused_where_no_browser_is_out(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    assert ada.post(f"/runs/{ada.run_id}/gave_up").status_code == 400
    assert not any(isinstance(e.body, Choice) and e.body.name == "gave_up" for e in ada.run.entries)


def test_the_second_click_on_a_probe_sends_nothing(ada: Browser, gateway: Gateway) -> None:
    gone(ada)
    move = ada.page.moves["try"].pressed("probe", "dry_authorize")
    ada.post(move.url, move.values)
    ada.settled()
    asked = len(gateway.asked)
    assert ada.post(move.url, move.values).status_code == 303
    ada.settled()
    assert len(gateway.asked) == asked


def test_a_probe_of_somebody_elses_run_is_not_found(ada: Browser, app: Flask) -> None:
    gone(ada)
    eve = Browser(app)
    assert eve.post(f"/runs/{ada.run_id}/try", {"probe": "dry_authorize"}).status_code == 404


def test_a_callback_without_a_session_is_told_at_the_run_once_and_its_code_is_not_kept(ada: Browser, app: Flask) -> None:
    ada.start()
    ada.press("run")
    sent = ada.leave()
    stranger = Browser(app)
    for _ in range(3):
        stranger.get("/callback", query_string={"code": "the-stray-code", "state": sent["state"]})
        assert stranger.answer.status_code == 400 and 'data-code="callback.session_lost"' in stranger.answer.text
    assert ada.look().state == "authorize" and ada.page.problem == "callback.session_lost"
    assert sum(isinstance(e.body, Choice) and e.body.name == "session_lost" for e in ada.run.entries) == 1
    assert "the-stray-code" not in repr(ada.run.entries)
    ada.come_back(code="good", state=sent["state"], iss="https://gw.example")
    assert ada.settled().problem == "" and ada.page.state == "connected"


def test_a_refused_token_offers_its_probes_and_the_reading_stands_in_the_story(ada: Browser, gateway: Gateway) -> None:
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    gateway.on["POST /mcp/one"] = lambda r: (401, challenge, b"") if r.header("authorization") else gateway._mcp(r)
    ada.start()
    ada.press("run")
    assert ada.log_in().state == "failed"
    assert buttons(ada) == ["without_token", "other_slash", "false_code", "clock"]
    ada.press("try", probe="without_token")
    assert ada.page.state == "failed" and "The header arrives" in ada.page.text
    ada.press("try", probe="clock")
    assert "Date header" in ada.page.text and ada.page.state == "failed"
    assert "made-up-" not in ada.page.text, "a made-up token is masked like a real one"


def test_a_done_run_still_answers_questions(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    ada.log_in()
    ada.press("run")
    ada.log_in()
    while ada.page.state == "connected":
        ada.press("run")
    assert ada.page.state == "done" and "cors" in buttons(ada)
    assert ada.press("try", probe="cors").state == "done"


def test_while_a_probe_is_under_way_the_page_says_so_and_offers_cancel_alone(
    ada: Browser, wire: object, make_app: Callable[..., Flask]
) -> None:
    gone(ada)
    held, let_go = threading.Event(), threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        held.set()
        assert let_go.wait(10)

    wire.before = hold
    move = ada.page.moves["try"].pressed("probe", "dry_authorize")
    try:
        ada.post(move.url, move.values)
        assert held.wait(10)
        assert ada.look().state == "running" and "try" not in ada.page.moves
    finally:
        let_go.set()
    assert ada.settled().state == "authorize"


def test_instances_are_asked_about_where_a_fresh_code_was_refused(ada: Browser, gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: json_reply({"error": "invalid_grant"}, 400)
    ada.start()
    ada.press("run")
    ada.log_in()
    assert {"five_times", "false_code"} <= set(buttons(ada))
    ada.press("try", probe="five_times")
    assert ada.page.problem == "token.invalid_grant"
