"""Looking costs nothing: who asks for pages without a cookie leaves no row, no file and no session, however often (L-6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsers import Browser
from every_route import every_route
from flask import Flask
from school import join, open_room
from sqlalchemy import event, text
from werkzeug.routing import Rule

from app.practice.gateways import open_gateway

TIMES = 3  # the whole of 2,000 is asked by the bench
# every GET that writes, and why it may; all others only read
WRITES = {
    "health.ready": "asks in earnest whether the store can be written, every two seconds at most, always in the same row",
    "oidc.come_back": "uses up the state of a sign-in, which another site sends back by a GET",
    "authorize.leave": "a link, as no form may lead to another site; it is tied to the person's own run",
    "audit.leave": "the same",
    "callback.take_answer": "the gateway sends the browser back by a GET; only a state that was sent out is written down",
    "run.show": "notes once a minute that the person looked at the run of theirs, or it would end under their eyes",
    "join.room": "notes that somebody in a room is there, four times a minute at most",
    "join.news_of_room": "the same",
    "join.lesson_news": "the same",
}
AT_A_GATEWAY = "practice."  # a gateway of somebody's own notes the requests that it gets, as its owner asked; they expire within a day


@contextmanager
def writes_of(app: Flask) -> Iterator[list[str]]:
    """The statements that change something."""
    said: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if re.match(r"\s*(insert|update|delete|replace|create|drop)\b", statement, re.IGNORECASE):
            said.append(statement)

    engine = app.extensions["explorer"].store.engine
    event.listen(engine, "before_cursor_execute", look)
    yield said
    event.remove(engine, "before_cursor_execute", look)


def rows(app: Flask) -> dict[str, int]:
    with app.extensions["explorer"].store.engine.connect() as connection:
        names = connection.execute(text("select name from sqlite_master where type = 'table'")).scalars().all()
        return {name: connection.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in names}


def gets(app: Flask, fill: Callable[[str], str]) -> Iterator[tuple[Rule, str]]:
    for rule, method, path in every_route(app):
        if method == "GET":
            host = "http://localhost:8000" if rule.endpoint.startswith("practice.") else ""
            yield rule, host + fill(path)


@pytest.mark.attack("R2", "D1")
@pytest.mark.parametrize("login", ["", "password"])
def test_strangers_who_only_look_leave_nothing_behind(make_app: Callable[..., Flask], tmp_path: Path, login: str) -> None:
    hosted = {"login": login, "login_password": "a long shared password"} if login else {}
    app = make_app(**hosted)
    app.extensions["explorer"].ready.trouble(app.extensions["explorer"].store.counters)
    before, files = rows(app), sorted(path.name for path in tmp_path.rglob("*"))
    answered = 0
    for _ in range(TIMES):
        for _rule, path in gets(app, lambda path: path):
            stranger = Browser(app)
            answer = stranger.get(path, headers={"Accept": "text/html"})
            assert answer.status_code < 500, path
            assert "Set-Cookie" not in answer.headers, path
            answered += answer.status_code == 200
    assert answered > TIMES * (5 if login else 10)
    assert rows(app) == before
    assert sorted(path.name for path in tmp_path.rglob("*")) == files


@pytest.mark.attack("R2")
def test_every_get_that_writes_is_known_with_its_reason(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.runs._TOUCH_SECONDS", -1.0)
    monkeypatch.setattr("app.pages.readiness.KEPT_SECONDS", 0.0)
    ada = Browser(app)
    room, code = open_room(ada, "no-login-window")
    assert join(ada, code, "Ada") == 303
    monkeypatch.setattr("app.pages.join.SEEN_SECONDS", -1)
    ada.start()
    ada.press("run")
    gateway = open_gateway(app.extensions["explorer"].store.engine, owner="somebody").id

    def fill(path: str) -> str:
        path = path.replace("/runs/x", f"/runs/{ada.run_id}").replace("/rooms/x", room).replace("/lessons/x", "/lessons/no-login-window")
        return re.sub(r"^(/practice(?:/faults)?|.*practice)/x(?=/|$)", rf"\1/{gateway}", path)

    wrote = set()
    for rule, path in gets(app, fill):
        with writes_of(app) as said:
            assert ada.get(path).status_code < 500, path
        if said and not rule.endpoint.startswith(AT_A_GATEWAY):
            wrote.add(rule.endpoint)
    elsewhere = {"oidc.come_back", "audit.leave"}  # not reached here: a provider, and an audit that waits for the browser
    assert wrote == set(WRITES) - elsewhere
