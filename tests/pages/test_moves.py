"""Pressing: one exchange for two clicks, nothing lost to a reload, a second tab, a slow or a full pool."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from browsers import Browser
from canned import Gateway, exchange
from flask import Flask
from sqlalchemy import event

from app.checks import engine
from app.flow import fold
from app.flow.log import Choice
from app.wire.messages import Exchange, Failure, Request


def exchanges(ada: Browser, step: str = "") -> int:
    return sum(isinstance(e.body, Exchange) and step in ("", e.step) for e in ada.run.entries)


def test_starting_makes_a_run_that_has_sent_nothing(ada: Browser, gateway: Gateway) -> None:
    ada.start(scope="mcp:tools")
    assert (ada.page.state, ada.page.step) == ("ready", "probe")
    assert gateway.asked == []
    assert ada.facts.options.redirect_uri == "http://127.0.0.1:8000/callback"
    assert ada.facts.options.own_client_metadata_url == ""
    assert ada.facts.options.scope == "mcp:tools"


def test_run_goes_on_to_the_browser_and_from_there_to_the_end(ada: Browser) -> None:
    ada.start()
    assert ada.press("run").state == "authorize"
    assert ada.log_in().state == "connected"
    assert ada.facts.tokens
    assert ada.press("run").state == "authorize"  # the replay ended the grant
    assert ada.log_in().state in ("connected", "done")
    for _ in range(3):
        if ada.page.state == "connected":
            ada.press("run")
    assert ada.page.state == "done"
    assert ada.facts.steps["confirm"].state == "done"


def test_step_by_step_redeems_the_code_by_a_click_of_its_own(ada: Browser) -> None:
    ada.start()
    while ada.page.state == "ready":
        ada.press("step")
    assert ada.page.state == "authorize"
    ada.log_in()
    assert (ada.page.state, ada.page.step) == ("ready", "token")
    assert exchanges(ada, "token") == 0
    ada.press("step")
    assert exchanges(ada, "token") == 1


def test_a_double_click_makes_one_exchange(ada: Browser, wire: Any) -> None:
    ada.start()
    held, let_go = threading.Event(), threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        held.set()
        assert let_go.wait(10)

    wire.before = hold
    move = ada.page.moves["step"]
    second = Browser(ada.app)
    second.client, second.run_id = ada.app.test_client(), ada.run_id
    second.client.set_cookie("explorer", ada.client.get_cookie("explorer", domain="127.0.0.1").value, domain="127.0.0.1")
    clicking = threading.Thread(target=lambda: ada.post(move.url, move.values))
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
    assert exchanges(ada) == 1


def test_the_second_click_of_an_old_page_does_nothing(ada: Browser) -> None:
    ada.start()
    move = ada.page.moves["step"]
    assert move.values, "the form says on which state of the run it was shown"
    ada.post(move.url, move.values)
    done = len(ada.run.entries)
    assert ada.post(move.url, move.values).status_code == 303
    assert len(ada.run.entries) == done


def test_a_reload_changes_nothing(ada: Browser, gateway: Gateway) -> None:
    ada.start()
    ada.press("run")
    before, asked = len(ada.run.entries), len(gateway.asked)
    first = ada.look()
    assert ada.look().text.count("data-exchange") == first.text.count("data-exchange")
    assert (len(ada.run.entries), len(gateway.asked)) == (before, asked)


def test_a_press_and_the_page_behind_it_learn_and_ask_once(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt, asked = list[int](), list[int]()
    learn, answers = fold.learn, engine._answers
    monkeypatch.setattr(fold, "learn", lambda facts, entry: learnt.append(entry.seq) or learn(facts, entry))
    monkeypatch.setattr(engine, "_answers", lambda q, *rest: asked.append(q.entry.seq) or answers(q, *rest))
    ada.start()
    ada.press("step")
    ada.press("run")
    assert learnt == asked == [entry.seq for entry in ada.run.entries]


def test_a_press_and_its_page_ask_the_store_nothing_that_is_not_put_together_already(ada: Browser) -> None:
    asked: list[Any] = []
    store = ada.app.extensions["explorer"].store
    event.listen(store.engine, "before_execute", lambda connection, statement, *rest: asked.append(statement))
    ada.start()
    ada.press("step")
    known = list(asked)
    asked.clear()
    ada.press("step")
    assert len(asked) > 12 and all(any(one is other for other in known) for one in asked)


@pytest.mark.attack("C3")
def test_two_tabs_with_two_runs_do_not_touch_each_other(ada: Browser) -> None:
    ada.start()
    one = ada.run_id
    ada.press("run")
    sent_one = ada.leave()
    ada.start()
    two = ada.run_id
    assert one != two
    ada.press("run")
    ada.leave()
    ada.come_back(code="code-of-one", state=sent_one["state"], iss="https://gw.example")
    assert ada.answer.location.endswith(one)
    assert ada.look().state == "authorize"
    ada.run_id = one
    assert ada.look().state == "connected"


@pytest.mark.attack("C3")
def test_foreign_and_unknown_runs_are_404(ada: Browser, app: Flask) -> None:
    ada.start()
    ada.press("run")
    stranger = Browser(app)
    stranger.start()
    for path in ("", ".json", "/authorize", "/exchanges/3", "/exchanges/3/response.txt"):
        assert stranger.get(f"/runs/{ada.run_id}{path}").status_code == 404, path
        assert Browser(app).get(f"/runs/{ada.run_id}{path}").status_code == 404, path
    for action in ("run", "step", "cancel", "delete", "restart", "exchanges/3/reveal", "exchanges/3/response.txt"):
        assert stranger.post(f"/runs/{ada.run_id}/{action}").status_code == 404, action
    for run_id in ("x", "..", "%2e%2e", "0", "-1", "a" * 500, "run.json", "%00"):
        assert stranger.get(f"/runs/{run_id}").status_code in (400, 404), run_id
    assert ada.look().state == "authorize"


@pytest.mark.parametrize("action", ["refresh", "replay", "revoke", "confirm", "retry", "go_on", "call_tool", "forget"])
def test_a_move_that_is_not_offered_is_refused_in_words(ada: Browser, action: str) -> None:
    ada.start()
    before = len(ada.run.entries)
    answer = ada.post(f"/runs/{ada.run_id}/{action}")
    assert answer.status_code == 400
    assert "buttons that it shows" in answer.text
    assert len(ada.run.entries) == before
    assert ada.look().state == "ready"


@pytest.mark.attack("B5")
def test_tampered_forms_are_refused_in_words_and_nothing_is_lost(ada: Browser) -> None:
    ada.start()
    run = f"/runs/{ada.run_id}"
    assert ada.post(f"{run}/step", {"step": "dance"}).status_code == 400
    assert ada.post(f"{run}/step", {"step": "probe", "break": "unheard-of"}).status_code == 400
    assert ada.post(f"{run}/server", {"issuer": "https://evil.example"}).status_code == 400
    assert ada.post(f"{run}/dance").status_code == 404
    assert ada.get(f"{run}/step").status_code == 405
    assert ada.post(f"{run}/step", {"a": "x" * 70_000}).status_code == 413
    assert ada.post(f"{run}/step", {f"a{n}": "x" for n in range(1_100)}).status_code in (303, 413)
    assert ada.look().state == "ready"


def test_a_tool_is_called_when_the_person_asks(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    ada.log_in()
    assert ada.post(f"/runs/{ada.run_id}/call_tool", {"tool": "other"}).status_code == 400
    assert ada.post(f"/runs/{ada.run_id}/call_tool", {"tool": "one", "arguments": "not json"}).status_code == 400
    ada.look()
    ada.press("call_tool", tool="one", arguments='{"a": 1}')
    assert [e.body.values["name"] for e in ada.run.entries if isinstance(e.body, Choice) and e.body.name == "call_tool"] == ["one"]


def test_a_lost_lease_is_not_called_a_cancel(ada: Browser, app: Flask, wire: Any) -> None:
    jobs, held = app.extensions["explorer"].jobs, threading.Event()

    def lose(request: Request, stop: Callable[[], bool]) -> None:
        job = next(iter(jobs._running.values()))
        job.lost.set()
        job.stop.set()
        held.set()

    answers = wire.gateway
    wire.before, wire.gateway = lose, lambda request, deadline_s: exchange(request, Failure("cancelled", "You cancelled this exchange."))
    ada.start()
    ada.press("run")
    assert (
        held.is_set()
        and (ada.page.problem, exchanges(ada)) == ("transport.interrupted", 1)
        and ("STOP", "transport.cancelled") not in ada.page.codes
    )
    assert "Nobody pressed cancel" in ada.page.text and "You pressed cancel" not in ada.page.text
    wire.before, wire.gateway = lambda request, stop: None, answers
    assert ada.press("retry").state == "authorize"


def test_cancel_stops_what_is_under_way_and_keeps_what_was_recorded(ada: Browser, wire: Any) -> None:
    ada.start()
    ada.press("step")
    held = threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        held.set()
        while not stop():
            pass

    wire.before = hold
    move = ada.page.moves["run"]
    ada.post(move.url, move.values)
    assert held.is_set()
    assert ada.look().state == "running"
    ada.press("cancel")
    assert ada.page.state != "running"
    assert exchanges(ada, "probe") == 1


def test_a_full_pool_says_so_and_loses_nothing(make_app: Callable[..., Flask], wire: Any) -> None:
    app = make_app(outgoing_per_browser=1)
    app.extensions["explorer"].jobs._wait_s = 0.01
    let_go = threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        assert let_go.wait(10)

    ada = Browser(app)
    ada.start()
    wire.before = hold
    try:
        ada.post(f"/runs/{ada.run_id}/run")
        assert ada.look().state == "running"
        ada.start()
        answer = ada.post(f"/runs/{ada.run_id}/run")
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "Your other runs" in answer.text
        assert ada.look().state == "ready"
    finally:
        let_go.set()


def test_a_dead_worker_leaves_the_run_as_it_was_and_it_can_be_taken_again(ada: Browser) -> None:
    ada.start()
    store = ada.app.extensions["explorer"].store
    store.leases.take_lease(ada.run_id, "probe", 0.0)  # a lease whose worker is gone
    ada.run.append(Choice("take", {"step": "probe", "pace": "step"}), step="probe")
    assert ada.look().state == "ready"
    assert "interrupted" in ada.page.text
    assert ada.press("step").step == "resource_metadata"


def test_restart_takes_the_options_along(ada: Browser) -> None:
    ada.start(scope="mcp:tools", client_id="abc")
    old = ada.run_id
    ada.post(f"/runs/{old}/restart")
    assert ada.answer.status_code == 303
    ada.run_id = ada.answer.location.rpartition("/")[2]
    assert ada.run_id != old
    assert (ada.facts.options.scope, ada.facts.options.client_id) == ("mcp:tools", "abc")


@pytest.mark.attack("C5")
def test_deleting_and_forgetting_leave_nothing(ada: Browser) -> None:
    ada.start()
    one = ada.run_id
    ada.start()
    ada.post(f"/runs/{one}/delete")
    assert ada.answer.status_code == 303
    assert ada.get(f"/runs/{one}").status_code == 404
    assert ada.look().state == "ready"
    answer = ada.post("/forget-everything")
    assert "cookies" not in answer.headers["Clear-Site-Data"]  # it would reach every app of the domain
    assert ada.get(f"/runs/{ada.run_id}").status_code == 404
    assert ada.client.get_cookie("explorer", domain="127.0.0.1") is None


def test_a_run_is_deleted_from_its_own_page(ada: Browser) -> None:
    """Who has as many runs as a browser may have is told to delete one."""
    ada.start()
    form = next(form for form in ada.page.forms if form.url.endswith(f"/runs/{ada.run_id}/delete"))
    assert ada.post(form.url, form.values).status_code == 303
    assert ada.get(f"/runs/{ada.run_id}").status_code == 404


@pytest.mark.attack("X4")
def test_an_unsafe_authorization_address_is_not_followed(ada: Browser, gateway: Gateway) -> None:
    gateway.metadata["authorization_endpoint"] = "javascript:alert(1)"
    ada.start()
    ada.press("run")
    assert "authorize" not in ada.page.moves
    assert "javascript:alert(1)" not in "".join(move.url for move in ada.page.moves.values())
    assert ada.get(f"/runs/{ada.run_id}/authorize").status_code in (303, 400)


def test_the_authorize_link_leads_out_and_is_written_down(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    assert ada.get(f"/runs/{ada.run_id}/authorize", headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 204
    before = len(ada.run.entries)
    sent = ada.leave()
    assert ada.answer.location.startswith("https://gw.example/authorize?")
    assert sent["redirect_uri"] == "http://127.0.0.1:8000/callback"
    assert sent["code_challenge_method"] == "S256"
    assert len(ada.run.entries) == before + 1


def test_a_page_that_is_asked_for_while_the_work_ends_shows_how_it_ended(app: Flask, ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.start()
    store, before = app.extensions["explorer"].store, len(ada.run.entries)

    def ends_just_now(run_id: str) -> None:
        if len(ada.run.entries) == before:
            ada.run.append(Choice("gave_up"), step="callback")

    monkeypatch.setattr(store.leases, "lease_of", ends_just_now)
    ada.look()
    assert f'name="seen" value="{before + 1}"' in ada.answer.text
