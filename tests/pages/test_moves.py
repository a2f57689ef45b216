"""Pressing: one exchange for two clicks, nothing lost to a reload, a second tab, a slow or a full pool."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from browsers import Browser
from canned import Gateway, json_reply
from flask import Flask

from app.flow.log import Choice
from app.wire.messages import Exchange


def exchanges(browser: Browser, step: str = "") -> int:
    return sum(isinstance(e.body, Exchange) and step in ("", e.step) for e in browser.run.entries)


def test_starting_makes_a_run_that_has_sent_nothing(browser: Browser, gateway: Gateway) -> None:
    browser.start(scope="mcp:tools")
    assert (browser.page.state, browser.page.step) == ("ready", "probe")
    assert gateway.asked == []
    assert browser.facts.options.redirect_uri == "http://127.0.0.1:8000/callback"
    assert browser.facts.options.own_client_metadata_url == ""
    assert browser.facts.options.scope == "mcp:tools"


def test_run_goes_on_to_the_browser_and_from_there_to_the_end(browser: Browser) -> None:
    browser.start()
    assert browser.press("run").state == "authorize"
    assert browser.log_in().state == "connected"
    assert browser.facts.tokens
    assert browser.press("run").state == "authorize"  # the replay ended the grant
    assert browser.log_in().state in ("connected", "done")
    for _ in range(3):
        if browser.page.state == "connected":
            browser.press("run")
    assert browser.page.state == "done"
    assert browser.facts.steps["confirm"].state == "done"


def test_step_by_step_redeems_the_code_by_a_click_of_its_own(browser: Browser) -> None:
    browser.start()
    while browser.page.state == "ready":
        browser.press("step")
    assert browser.page.state == "authorize"
    browser.log_in()
    assert (browser.page.state, browser.page.step) == ("ready", "token")
    assert exchanges(browser, "token") == 0
    browser.press("step")
    assert exchanges(browser, "token") == 1


def test_a_double_click_makes_one_exchange(browser: Browser, wire: Any) -> None:
    browser.start()
    held, let_go = threading.Event(), threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        held.set()
        assert let_go.wait(10)

    wire.before = hold
    move = browser.page.moves["step"]
    second = Browser(browser.app)
    second.client, second.run_id = browser.app.test_client(), browser.run_id
    second.client.set_cookie("explorer", browser.client.get_cookie("explorer", domain="127.0.0.1").value, domain="127.0.0.1")
    clicking = threading.Thread(target=lambda: browser.post(move.url, move.values))
    clicking.start()
    try:
        assert held.wait(10)
        assert second.post(move.url, move.values).status_code == 303
        assert second.look().state == "running"
        assert set(second.page.moves) >= {"cancel"}
        assert second.page.moves.keys().isdisjoint({"run", "step", "retry"})
    finally:
        let_go.set()
        clicking.join(10)
    assert exchanges(browser) == 1


def test_the_second_click_of_an_old_page_does_nothing(browser: Browser) -> None:
    browser.start()
    move = browser.page.moves["step"]
    assert move.values, "the form says on which state of the run it was shown"
    browser.post(move.url, move.values)
    done = len(browser.run.entries)
    assert browser.post(move.url, move.values).status_code == 303
    assert len(browser.run.entries) == done


def test_a_reload_changes_nothing(browser: Browser, gateway: Gateway) -> None:
    browser.start()
    browser.press("run")
    before, asked = len(browser.run.entries), len(gateway.asked)
    first = browser.look()
    assert browser.look().text.count("data-exchange") == first.text.count("data-exchange")
    assert (len(browser.run.entries), len(gateway.asked)) == (before, asked)


def test_two_tabs_with_two_runs_do_not_touch_each_other(browser: Browser) -> None:
    browser.start()
    one = browser.run_id
    browser.press("run")
    sent_one = browser.leave()
    browser.start()
    two = browser.run_id
    assert one != two
    browser.press("run")
    browser.leave()
    browser.come_back(code="code-of-one", state=sent_one["state"], iss="https://gw.example")
    assert browser.answer.location.endswith(one)
    assert browser.look().state == "authorize"
    browser.run_id = one
    assert browser.look().state == "connected"


def test_foreign_and_unknown_runs_are_404(browser: Browser, app: Flask) -> None:
    browser.start()
    browser.press("run")
    stranger = Browser(app)
    stranger.start()
    for path in ("", ".json", "/authorize", "/exchanges/3", "/exchanges/3/response.txt"):
        assert stranger.get(f"/runs/{browser.run_id}{path}").status_code == 404, path
        assert Browser(app).get(f"/runs/{browser.run_id}{path}").status_code == 404, path
    for action in ("run", "step", "cancel", "delete", "restart", "exchanges/3/reveal", "exchanges/3/response.txt"):
        assert stranger.post(f"/runs/{browser.run_id}/{action}").status_code == 404, action
    for run_id in ("x", "..", "%2e%2e", "0", "-1", "a" * 500, "run.json", "%00"):
        assert stranger.get(f"/runs/{run_id}").status_code in (400, 404), run_id
    assert browser.look().state == "authorize"


@pytest.mark.parametrize("action", ["refresh", "replay", "revoke", "confirm", "retry", "go_on", "call_tool", "forget"])
def test_a_move_that_is_not_offered_is_refused_in_words(browser: Browser, action: str) -> None:
    browser.start()
    before = len(browser.run.entries)
    answer = browser.post(f"/runs/{browser.run_id}/{action}")
    assert answer.status_code == 400
    assert "buttons that it shows" in answer.text
    assert len(browser.run.entries) == before
    assert browser.look().state == "ready"


def test_tampered_forms_are_refused_in_words_and_nothing_is_lost(browser: Browser) -> None:
    browser.start()
    run = f"/runs/{browser.run_id}"
    assert browser.post(f"{run}/step", {"step": "dance"}).status_code == 400
    assert browser.post(f"{run}/step", {"step": "probe", "break": "unheard-of"}).status_code == 400
    assert browser.post(f"{run}/server", {"issuer": "https://evil.example"}).status_code == 400
    assert browser.post(f"{run}/dance").status_code == 404
    assert browser.get(f"{run}/step").status_code == 405
    assert browser.post(f"{run}/step", {"a": "x" * 70_000}).status_code == 413
    assert browser.post(f"{run}/step", {f"a{n}": "x" for n in range(1_100)}).status_code in (303, 413)
    assert browser.look().state == "ready"


def test_a_tool_is_called_when_the_person_asks(browser: Browser) -> None:
    browser.start()
    browser.press("run")
    browser.log_in()
    assert browser.post(f"/runs/{browser.run_id}/call_tool", {"tool": "other"}).status_code == 400
    assert browser.post(f"/runs/{browser.run_id}/call_tool", {"tool": "one", "arguments": "not json"}).status_code == 400
    browser.look()
    browser.press("call_tool", tool="one", arguments='{"a": 1}')
    assert [e.body.values["name"] for e in browser.run.entries if isinstance(e.body, Choice) and e.body.name == "call_tool"] == ["one"]


def test_cancel_stops_what_is_under_way_and_keeps_what_was_recorded(browser: Browser, wire: Any) -> None:
    browser.start()
    browser.press("step")
    held = threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        held.set()
        while not stop():
            pass

    wire.before = hold
    move = browser.page.moves["run"]
    clicking = threading.Thread(target=lambda: browser.app.test_client())
    clicking.start()
    clicking.join(10)
    browser.post(move.url, move.values)
    assert held.is_set()
    assert browser.look().state == "running"
    browser.press("cancel")
    assert browser.page.state != "running"
    assert exchanges(browser, "probe") == 1


def test_a_full_pool_says_so_and_loses_nothing(make_app: Callable[..., Flask], wire: Any) -> None:
    app = make_app(outgoing_per_browser=1)
    app.extensions["explorer"] = replace(app.extensions["explorer"])
    app.extensions["explorer"].jobs._wait_s = 0.01
    let_go = threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        assert let_go.wait(10)

    browser = Browser(app)
    browser.start()
    wire.before = hold
    try:
        browser.press("run")
        assert browser.page.state == "running"
        browser.start()
        answer = browser.post(f"/runs/{browser.run_id}/run")
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "Your other runs" in answer.text
        assert browser.look().state == "ready"
    finally:
        let_go.set()


def test_a_dead_worker_leaves_the_run_as_it_was_and_it_can_be_taken_again(browser: Browser) -> None:
    browser.start()
    store = browser.app.extensions["explorer"].store
    store.leases.take_lease(browser.run_id, "probe", 0.0)  # a lease whose worker is gone
    browser.run.append(Choice("take", {"step": "probe", "pace": "step"}), step="probe")
    assert browser.look().state == "ready"
    assert "interrupted" in browser.page.text
    assert browser.press("step").step == "resource_metadata"


def test_restart_takes_the_options_along(browser: Browser) -> None:
    browser.start(scope="mcp:tools", client_id="abc")
    old = browser.run_id
    browser.post(f"/runs/{old}/restart")
    assert browser.answer.status_code == 303
    browser.run_id = browser.answer.location.rpartition("/")[2]
    assert browser.run_id != old
    assert (browser.facts.options.scope, browser.facts.options.client_id) == ("mcp:tools", "abc")


def test_deleting_and_forgetting_leave_nothing(browser: Browser) -> None:
    browser.start()
    one = browser.run_id
    browser.start()
    browser.post(f"/runs/{one}/delete")
    assert browser.answer.status_code == 303
    assert browser.get(f"/runs/{one}").status_code == 404
    assert browser.look().state == "ready"
    answer = browser.post("/forget-everything")
    assert "cookies" in answer.headers["Clear-Site-Data"]
    assert browser.get(f"/runs/{browser.run_id}").status_code == 404
    assert browser.client.get_cookie("explorer", domain="127.0.0.1") is None


def test_an_unsafe_authorization_address_is_not_followed(browser: Browser, gateway: Gateway) -> None:
    gateway.metadata["authorization_endpoint"] = "javascript:alert(1)"
    browser.start()
    browser.press("run")
    assert "authorize" not in browser.page.moves
    assert "javascript:alert(1)" not in "".join(move.url for move in browser.page.moves.values())
    assert browser.get(f"/runs/{browser.run_id}/authorize").status_code in (303, 400)


def test_the_authorize_link_leads_out_and_is_written_down(browser: Browser) -> None:
    browser.start()
    browser.press("run")
    assert browser.get(f"/runs/{browser.run_id}/authorize", headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 204
    before = len(browser.run.entries)
    sent = browser.leave()
    assert browser.answer.location.startswith("https://gw.example/authorize?")
    assert sent["redirect_uri"] == "http://127.0.0.1:8000/callback"
    assert sent["code_challenge_method"] == "S256"
    assert len(browser.run.entries) == before + 1
    assert json_reply  # the canned gateway is the one of the flow's tests
