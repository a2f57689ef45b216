"""Addresses, headers and clicks that no page offers: nothing opens, nothing changes, nothing fails."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from browsers import Browser
from canned import AS, TARGET, Gateway
from every_route import every_route
from flask import Flask
from sqlalchemy import text

WRITES_A_LEG = {"authorize.leave", "audit.leave", "callback.take_answer"}  # links out and back in, which cannot be forms
CHANGED = (
    "{id}x",
    "{id}%00",
    "{id}/",
    "{id}.",
    "{id}.json.json",
    "{id}%2f",
    "{id}%252f",
    "../{id}",
    "{id}/..",
    "{id}/../../healthz",
    "..%2f..%2fetc%2fpasswd",
    "{id}/exchanges/-1",
    "{id}/exchanges/1e3",
    "{id}/exchanges/1.0",
    "{id}/exchanges/00000000001",
    "{id}/exchanges/99999999999999999999999",
    "{id}/exchanges/%31%00",
    "{id}/exchanges/1/request.exe",
    "{id}/exchanges/1/../../../../static/x",
    "{id};x=1",
    "%7B%7B7*7%7D%7D",
    "' OR 1=1 --",
)


@pytest.fixture
def walked(ada: Browser) -> Browser:
    ada.start()
    ada.press("run")
    ada.log_in()
    return ada


@pytest.mark.attack("B5")
@pytest.mark.parametrize("path", CHANGED)
def test_an_address_that_was_changed_by_hand_opens_nothing_of_anybody(walked: Browser, app: Flask, path: str) -> None:
    stranger = Browser(app)
    for one in (walked, stranger):
        answer = one.get("/runs/" + path.replace("{id}", walked.run_id))
        assert answer.status_code < 500 and "49" not in answer.text.split()
    assert stranger.answer.status_code in (400, 404, 405) or urlsplit(stranger.answer.request.path).path == "/healthz"
    assert TARGET not in stranger.answer.text


@pytest.mark.attack("B5", "C3")
def test_an_exchange_of_another_run_is_not_found(walked: Browser, app: Flask) -> None:
    other = Browser(app)
    other.start()
    for path in ("exchanges/2", "exchanges/2/response.txt", "pictures", "export", "share", "consistency", "score", "audit", "authorize"):
        assert other.get(f"/runs/{walked.run_id}/{path}").status_code == 404, path
    assert TARGET not in other.answer.text


@pytest.mark.attack("B5", "L7")
def test_a_share_id_with_one_character_changed_opens_nothing(walked: Browser, app: Flask) -> None:
    walked.post(f"/runs/{walked.run_id}/share")
    page = walked.get(f"/runs/{walked.run_id}/share").text
    share = page.split("/shared/", 1)[1].split('"')[0].split("<")[0].strip()
    stranger = Browser(app)
    assert stranger.get(f"/shared/{share}").status_code == 200
    for changed in (share + "x", share[:-1], share[1:], share.swapcase(), share[:-1] + ("a" if share[-1] != "a" else "b"), f"{share}%00"):
        assert stranger.get(f"/shared/{changed}").status_code in (400, 404), changed


def state_of(app: Flask) -> dict[str, int]:
    """How many rows every table has."""
    with app.extensions["explorer"].store.engine.connect() as connection:
        names = connection.execute(text("select name from sqlite_master where type = 'table'")).scalars().all()
        return {name: connection.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in names}


@pytest.mark.attack("R2")
def test_no_get_of_any_address_changes_anything(walked: Browser, app: Flask) -> None:
    app.extensions["explorer"].ready.trouble(app.extensions["explorer"].store.counters)  # /readyz writes one row, always the same
    before, log, sent = state_of(app), [vars(one) for one in walked.run.entries], len(app.extensions["explorer"].wire.gateway.asked)
    asked = 0
    for rule, method, path in every_route(app):
        if method == "GET" and rule.endpoint not in WRITES_A_LEG:
            path = path.replace("/runs/x", f"/runs/{walked.run_id}")
            host = "http://localhost:8000" if rule.endpoint.startswith("practice.") else ""
            assert walked.get(host + path).status_code < 500, path
            asked += 1
    for deed in ("delete", "run", "revoke", "cancel", "restart", "forget", "reveal"):
        assert walked.get(f"/runs/{walked.run_id}/{deed}").status_code == 405
    assert walked.get("/forget-everything").status_code == walked.get("/sign-out").status_code == 405
    assert asked > 40
    assert state_of(app) == before
    assert [vars(one) for one in walked.run.entries] == log
    assert len(app.extensions["explorer"].wire.gateway.asked) == sent


OF_ALL_IN_THE_ROOM = ("practice_rooms", "practice_room_scenarios")  # three days, as the page on privacy says


@pytest.mark.attack("C5")
def test_forgetting_everything_leaves_no_row_behind(app: Flask, ada: Browser) -> None:
    """Of a person with a run, a link to it, a saved target, an opened gateway, a room and a started lesson."""
    before = state_of(app)
    ada.start()
    ada.press("run")
    ada.log_in()
    ada.post(f"/runs/{ada.run_id}/share")
    ada.post("/targets", {"target": TARGET, "revision": "auto", "registration": "auto", "client_auth": "auto"})
    ada.post("/practice/faults")
    ada.post("/lessons/the-open-door/start")
    ada.post("/rooms", {"title": "a room", "pick": "the-open-door"})
    assert ada.answer.status_code == 303
    grown = {name for name, rows in state_of(app).items() if rows > before.get(name, 0)}
    assert {"runs", "entries", "shares", "targets", "sessions"} <= grown, grown
    answer = ada.post("/forget-everything")
    assert '"cache"' in answer.headers["Clear-Site-Data"] and '"storage"' in answer.headers["Clear-Site-Data"]
    left = {name for name, rows in state_of(app).items() if rows > before.get(name, 0)}
    assert left <= {"counters", *OF_ALL_IN_THE_ROOM}, left
    assert ada.get(f"/runs/{ada.run_id}").headers["Cache-Control"] == "no-store"


@pytest.mark.attack("P1")
@pytest.mark.parametrize(
    "path",
    [
        "/console",
        "/?__debugger__=yes&cmd=resource&f=debugger.js",
        "/.git/config",
        "/.env",
        "/static/",
        "/static",
        "/static/../app/__init__.py",
        "/static/%2e%2e/pyproject.toml",
        "/server-status",
        "/debug",
        "/metrics",
        "/data/explorer.sqlite3",
        "/app/settings.py",
        "/openapi.json",
        "/admin",
    ],
)
def test_nothing_of_the_machine_room_answers(ada: Browser, path: str) -> None:
    answer = ada.get(path)
    assert "debugger" not in answer.text.lower() and "SQLite format" not in answer.text
    if path.startswith("/?"):
        assert answer.content_type.startswith("text/html")
    else:
        assert answer.status_code in (401, 403, 404)


@pytest.mark.attack("P1")
def test_nobody_learns_versions_and_trace_sends_nothing_back(ada: Browser, app: Flask) -> None:
    assert not app.debug and not app.testing
    for path in ("/", "/nope", "/healthz", "/checks"):
        ada.get(path)
        assert not [name for name, _ in ada.answer.headers if name.lower() in ("x-powered-by", "x-aspnet-version", "via")]
    answer = ada.client.open(ada.base + "/", method="TRACE", headers={"X-Planted": "planted-s3cret"})
    assert answer.status_code == 405 and "planted-s3cret" not in answer.text


@pytest.mark.attack("P3", "D1")
def test_a_forged_forwarding_header_gets_round_no_limit(make_app: Callable[..., Flask]) -> None:
    ada = Browser(make_app(new_runs_per_minute=2))
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP")
    answers = [ada.post("/runs", {"target": TARGET}, headers=dict.fromkeys(names, f"203.0.113.{at}")) for at in range(4)]
    assert [a.status_code for a in answers] == [303, 303, 429, 429]


@pytest.mark.attack("O2")
def test_the_host_of_the_server_is_seen_before_the_browser_leaves(ada: Browser, gateway: Gateway) -> None:
    gateway.metadata["authorization_endpoint"] = "https://login.gw.example/authorize"
    ada.start()
    page = ada.press("run")
    shown = page.text.split('data-action="authorize"')[1]
    assert "login.gw.example" in shown or "login.gw.example" in page.text
    sent = urlsplit(ada.get(page.moves["authorize"].url).location)
    assert sent.netloc == "login.gw.example" and parse_qs(sent.query)["redirect_uri"] == ["http://127.0.0.1:8000/callback"]
    assert AS != "https://login.gw.example"


@pytest.mark.attack("D4")
def test_a_clock_that_jumps_back_and_forth_breaks_no_page(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.start()
    ada.press("run")
    import time

    true = time.time
    for jump in (-40 * 86_400.0, 3600.0, -1.0):
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda jump=jump: true() + jump)
            assert ada.get(f"/runs/{ada.run_id}").status_code == 200, jump
            assert ada.get(f"/runs/{ada.run_id}/pictures").status_code == 200, jump
            assert ada.get(f"/runs/{ada.run_id}.har").status_code == 200, jump
    ada.look()
    ada.log_in()
    assert ada.page.state == "connected"
