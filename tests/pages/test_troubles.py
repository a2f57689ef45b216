"""Disk and database in real trouble: every kind of page answers with a sentence, nothing is lost, and all goes on by itself afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import troubles
from browsers import Browser
from flask import Flask
from robot import Page
from school import join, open_room
from sqlalchemy import Engine

from app.flow.log import Choice, Entry, Run
from app.pages.persistence import persistent
from app.settings import Settings
from app.store import database
from app.store.database import StoreUnavailable
from app.store.opening import Store
from app.wire.messages import Exchange, Request

LESSON = "no-login-window"
PRACTICE = "http://localhost:8000/practice"
WRITES_STILL = [("postgresql", "restarted"), ("sqlite", "full")]  # a full SQLite file has room for a few small rows
TOUCHED = -1.0  # seconds: every look at a run wants to be noted


@dataclass
class Place:
    """An app on one database, a person with a run that waits for the browser, and a room."""

    app: Flask
    ada: Browser
    leader: Browser
    room: str
    code: str

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.extensions["explorer"].store.engine
        return engine


@pytest.fixture
def place(
    request: pytest.FixtureRequest, make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr("app.store.runs._TOUCH_SECONDS", TOUCHED)
    monkeypatch.setattr("app.pages.join.SEEN_SECONDS", -1)
    monkeypatch.setattr("app.pages.persistence.TRY_SECONDS", 0.0)
    changes = {"data_dir": str(tmp_path / "kept"), "new_runs_per_minute": 0}
    if request.node.callspec.params["kind"] == "postgresql":
        own = request.getfixturevalue("postgres_database")
        changes["database_url"] = troubles.plain_role(request.getfixturevalue("postgres_url"), own)
    app = make_app(**changes)
    ada, leader = Browser(app), Browser(app)
    room, code = open_room(leader, LESSON)
    assert join(leader, code, "Ada") == 303
    ada.start()
    ada.press("run")
    ada.post(f"/runs/{ada.run_id}/share")
    yield Place(app, ada, leader, room, code)


def trouble_of(kind: str, trouble: str) -> troubles.Trouble:
    return (troubles.SQLITE if kind == "sqlite" else troubles.POSTGRESQL)[trouble]


def looks(place: Place) -> list[tuple[Browser, str]]:
    run = f"/runs/{place.ada.run_id}"
    ends = (
        "",
        ".json",
        "/pictures",
        "/exchanges/2",
        "/export",
        ".har",
        ".md",
        ".zip",
        "/share",
        "/documents",
        "/tokens",
        "/audit",
        "/score",
    )
    hers = [*(run + end for end in ends), "/", "/account", "/privacy", "/checks", "/rooms", "/join", "/lessons", "/compare", "/import"]
    board = [place.room + end for end in ("", "/board", "/board/rows", "/projector", "/results.csv", f"/lessons/{LESSON}")]
    open_to_all = ["/callback?state=nobody", f"{PRACTICE}/mcp/linear-v1", f"{PRACTICE}/.well-known/oauth-authorization-server"]
    return [(place.ada, path) for path in (*hers, *open_to_all)] + [(place.leader, path) for path in board]


def presses(place: Place) -> list[tuple[Browser, str, dict[str, str]]]:
    run = f"/runs/{place.ada.run_id}"
    hers = {
        "/runs": {"target": "https://gw.example/mcp"},
        f"{run}/step": {},
        f"{run}/restart": {},
        f"{run}/share": {},
        f"{run}/reveal": {"all": "1"},
        "/targets": {"target": "https://gw.example/mcp", "name": "mine"},
        "/import": {"request": "GET / HTTP/1.1\r\nHost: gw.example\r\n\r\n", "response": "HTTP/1.1 200 OK\r\n\r\n"},
        f"/lessons/{LESSON}/start": {},
        f"{PRACTICE}/faults": {"fault": ""},
        f"{PRACTICE}/register": {},
        f"{PRACTICE}/token": {"grant_type": "refresh_token", "refresh_token": "x"},
    }
    leads = {f"{place.room}/note": {"note": "read this"}, f"{place.room}/lessons/{LESSON}/hint": {}}
    return [*((place.ada, path, form) for path, form in hers.items()), *((place.leader, path, form) for path, form in leads.items())]


@pytest.mark.attack("D3")
@pytest.mark.parametrize(("kind", "trouble"), troubles.EVERY)
def test_every_page_says_a_sentence_and_all_goes_on_afterwards(
    place: Place, kind: str, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    ada = place.ada
    before = [vars(entry) for entry in ada.run.entries]
    with trouble_of(kind, trouble)(place.engine), caplog.at_level(logging.INFO):
        refused = 0
        for browser, path in looks(place):
            answer = browser.get(path)
            assert answer.status_code < 500 or (answer.status_code == 503 and trouble not in troubles.READABLE), (path, answer.text[-900:])
            refused += answer.status_code == 503
            assert answer.status_code != 503 or ("store" in answer.text or "database" in answer.text), answer.text
        for browser, path, form in presses(place):
            caplog.clear()
            answer = browser.post(path, form)
            assert answer.status_code < 500 or answer.status_code == 503, (path, answer.text[-900:])
            lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
            assert (answer.status_code == 503) <= len(lines) <= 2, (path, [record.getMessage() for record in lines])
            refused += answer.status_code == 503
        assert place.ada.get("/healthz").status_code == 200
        assert (refused > 3) == (trouble != "restarted")
        assert "unexpected" not in caplog.text
    assert [vars(entry) for entry in ada.run.entries][: len(before)] == before
    assert ada.get(f"/runs/{ada.run_id}").status_code == 200
    if trouble != "restarted":
        assert ada.look().state == "authorize"
        ada.log_in()
        assert "connected" in (ada.page.state, ada.page.moves.get("run") and ada.press("run").state)
    assert place.leader.get(f"{place.room}/board").status_code == 200


@pytest.mark.attack("D3")
@pytest.mark.parametrize(("kind", "trouble"), [pair for pair in troubles.EVERY if pair not in WRITES_STILL])
def test_readiness_tells_it_and_that_it_is_over(place: Place, kind: str, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages.readiness.KEPT_SECONDS", 0.0)
    with trouble_of(kind, trouble)(place.engine):
        answer = place.ada.get("/readyz")
        assert answer.status_code == 503 and "Traceback" not in answer.text
    assert place.ada.get("/readyz").status_code == 200


@pytest.mark.attack("D3")
@pytest.mark.parametrize(("kind", "trouble"), troubles.EVERY)
def test_an_answer_that_came_in_the_trouble_can_be_brought_again(place: Place, kind: str, trouble: str) -> None:
    ada = place.ada
    back = {"code": "the-code", "state": ada.leave()["state"], "iss": "https://gw.example"}
    with trouble_of(kind, trouble)(place.engine):
        ada.come_back(**back)
        assert ada.answer.status_code == 503 or (kind, trouble) in WRITES_STILL
    ada.come_back(**back)
    assert ada.answer.status_code == 303
    if ada.settled().state == "ready":  # the answer was written down, and then there was no more room
        ada.press("run")
    assert ada.page.state == "connected"
    twin = ada.get(f"/runs/{ada.run_id}.json").json
    assert [one["step"] for one in twin["exchanges"]].count("token") == 1


@pytest.mark.attack("D3")
@pytest.mark.parametrize(("kind", "trouble"), troubles.EVERY)
def test_an_exchange_that_ended_in_the_trouble_is_written_down_when_it_is_over(
    place: Place, kind: str, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pages.persistence.TRY_SECONDS", 30.0)
    ada, wire, open_now = place.ada, place.app.extensions["explorer"].wire, []
    tried = []

    def breaks(request: Request, stop: Callable[[], bool]) -> None:
        if not open_now:
            open_now.append(trouble_of(kind, trouble)(place.engine))
            open_now[0].__enter__()

    def sleeps(_: float) -> None:
        tried.append(1)
        if len(tried) == 3:
            open_now[0].__exit__(None, None, None)

    monkeypatch.setattr("app.pages.persistence.time.sleep", sleeps)
    ada.start()
    wire.before = breaks
    ada.post(f"/runs/{ada.run_id}/step")
    ada._let_work_end()
    wire.before = lambda request, stop: None
    if trouble == "restarted":
        assert not tried
    page: Page = ada.look()
    assert page.state in ("ready", "running"), page.state
    assert [one["step"] for one in ada.get(f"/runs/{ada.run_id}.json").json["exchanges"]] == ["probe"]


def test_a_choice_is_not_tried_again_and_what_cannot_be_written_is_given_up(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    naps: list[float] = []
    monkeypatch.setattr("app.pages.persistence.time.sleep", naps.append)
    monkeypatch.setattr("app.pages.persistence.TRY_SECONDS", 0.0)

    def full(_: object) -> list[object]:
        raise StoreUnavailable("full")

    run = persistent(Run("id", "ada", "https://gw.example/mcp", 0.0, [], full), lambda run_id, entry: [])  # type: ignore[arg-type]
    for body in (Choice("a"), Exchange(Request("GET", "https://gw.example/"))):
        with pytest.raises(StoreUnavailable):
            run.append(body)
    assert len(naps) < 2


def test_what_was_kept_although_the_store_did_not_answer_is_not_kept_twice(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pages.persistence.time.sleep", lambda seconds: None)
    kept = store.runs.create("ada", "https://gw.example/mcp")
    really, lost = kept.keep, [True]

    def keep(entry: Entry) -> list[Entry]:
        written = really(entry)
        if lost.pop():
            store.runs.load_any(kept.id).append(Choice("of another worker"))  # type: ignore[union-attr]
            lost.append(False)
            raise StoreUnavailable("The store cannot be reached.")
        lost.append(False)
        return written

    run = persistent(replace(kept, keep=keep), store.runs.find_kept)
    first = run.append(Exchange(Request("GET", "https://gw.example/"), received=b"HTTP/1.1 200 OK\r\n\r\n"), step="probe")
    run.append(Exchange(Request("GET", "https://gw.example/"), received=b"HTTP/1.1 200 OK\r\n\r\n"), step="probe")
    assert first.seq == 1 and [entry.seq for entry in run.entries] == [1, 2, 3]
    assert [type(entry.body) for entry in store.runs.load_any(kept.id).entries] == [Exchange, Choice, Exchange]  # type: ignore[union-attr]
