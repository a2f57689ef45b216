from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, flash, get_flashed_messages, session
from flask_session import Session
from sqlalchemy import select, update
from store_parts import Clock, Open

from app.settings import Settings
from app.store.database import reading, writing
from app.store.opening import Store
from app.store.tables import sessions


@pytest.fixture
def app(store: Store) -> Flask:
    app = Flask("sessions")
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=store.sessions, SESSION_REFRESH_EACH_REQUEST=False, TESTING=True)
    Session(app)

    @app.get("/look")
    def look() -> dict[str, Any]:
        return {"owner": session.get("owner")}

    @app.post("/enter/<owner>")
    def enter(owner: str) -> str:
        session["owner"] = owner
        return "in"

    @app.post("/change")
    def change() -> str:
        app.session_interface.regenerate(session)  # type: ignore[attr-defined]
        return "changed"

    @app.post("/leave")
    def leave() -> str:
        session.clear()
        session.pop("_permanent", None)
        return "out"

    @app.post("/flash")
    def flash_it() -> str:
        flash("said", "note")
        return "flashed"

    @app.get("/flashed")
    def flashed() -> list[list[str]]:
        return [list(pair) for pair in get_flashed_messages(with_categories=True)]

    return app


def rows(store: Store) -> list[Any]:
    with reading(store.engine) as connection:
        return list(connection.execute(select(sessions)).all())


def test_looking_around_creates_no_session(app: Flask, store: Store) -> None:
    answer = app.test_client().get("/look")
    assert answer.json == {"owner": None} and "Set-Cookie" not in answer.headers and rows(store) == []


def test_a_session_is_found_by_its_cookie_and_by_no_other(app: Flask) -> None:
    mine, theirs = app.test_client(), app.test_client()
    mine.post("/enter/me")
    theirs.post("/enter/them")
    assert mine.get("/look").json == {"owner": "me"} and theirs.get("/look").json == {"owner": "them"}


def test_neither_id_nor_content_stands_in_the_row(app: Flask, store: Store) -> None:
    client = app.test_client()
    client.post("/enter/planted-owner")
    cookie = client.get_cookie("session")
    assert cookie is not None and len(rows(store)) == 1
    stored = repr(rows(store)[0]).encode()
    assert cookie.value.encode() not in stored and b"planted-owner" not in stored


def test_a_page_that_only_looks_writes_nothing_back(app: Flask, store: Store) -> None:
    client = app.test_client()
    client.post("/enter/me")
    before = rows(store)
    client.get("/look")
    assert rows(store) == before


@pytest.mark.attack("C2")
def test_an_id_that_somebody_else_chose_is_not_adopted(app: Flask, store: Store) -> None:
    client = app.test_client()
    client.set_cookie("session", "chosen-by-the-attacker")
    client.post("/enter/me")
    cookie = client.get_cookie("session")
    assert cookie is not None and cookie.value != "chosen-by-the-attacker" and len(cookie.value) >= 40
    other = app.test_client()
    other.set_cookie("session", "chosen-by-the-attacker")
    assert other.get("/look").json == {"owner": None}


@pytest.mark.parametrize("value", ["\0", "a" * 5000, "é"])
def test_an_odd_cookie_is_an_unknown_one(app: Flask, value: str) -> None:
    assert app.test_client().get("/look", headers={"Cookie": f"session={value}"}).json == {"owner": None}


def test_a_changed_id_keeps_the_content_and_kills_the_old_one(app: Flask) -> None:
    client, thief = app.test_client(), app.test_client()
    client.post("/enter/me")
    before = client.get_cookie("session")
    assert before is not None
    thief.set_cookie("session", before.value)
    client.post("/change")
    after = client.get_cookie("session")
    assert after is not None and after.value != before.value
    assert client.get("/look").json == {"owner": "me"} and thief.get("/look").json == {"owner": None}


def test_leaving_removes_row_and_cookie(app: Flask, store: Store) -> None:
    client = app.test_client()
    client.post("/enter/me")
    client.post("/leave")
    assert rows(store) == [] and client.get_cookie("session") is None


def test_flashed_messages_keep_their_shape(app: Flask) -> None:
    client = app.test_client()
    client.post("/flash")
    assert client.get("/flashed").json == [["note", "said"]] and client.get("/flashed").json == []


def test_a_session_ends_with_its_time(store: Store, clock: Clock) -> None:
    store.sessions.set("short", {"owner": "me"}, timeout=60)
    store.sessions.set("default", {"owner": "me"})
    store.sessions.set("endless", {"owner": "me"}, timeout=0)
    clock.at += 60
    assert store.sessions.get("short") is None and store.sessions.get("default") == {"owner": "me"}
    clock.at += 10_000_000
    assert store.sessions.get("default") is None and store.sessions.get("endless") == {"owner": "me"}


def test_a_thousand_newcomers_push_nobody_out(store: Store) -> None:
    store.sessions.set("first", {"owner": "me"}, timeout=60)
    for number in range(1000):
        store.sessions.set(f"newcomer {number}", {"owner": "crawler"}, timeout=60)
    assert store.sessions.get("first") == {"owner": "me"}


def test_deleting_says_whether_there_was_one(store: Store) -> None:
    store.sessions.set("sid", {"owner": "me"})
    assert store.sessions.delete("sid") is True and store.sessions.delete("sid") is False


@pytest.mark.attack("P4")
def test_a_session_in_pickle_or_of_another_key_is_no_session(store: Store, open_again: Open, settings: Settings) -> None:
    store.sessions.set("sid", {"owner": "me"})
    assert open_again(replace(settings, secret_key="n" * 40)).sessions.get("sid") is None
    for planted in (b"\x80\x04}q\x00.", store.vault.seal(b"\x80\x04}q\x00."), store.vault.seal(b"\x01")):
        with writing(store.engine) as connection:
            connection.execute(update(sessions).values(sealed=planted))
        assert store.sessions.get("sid") is None
