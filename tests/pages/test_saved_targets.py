"""Saved targets and recent runs on the start page: this browser's only, without secrets, with verdicts."""

from __future__ import annotations

import re

import pytest
from browsers import BASE, Browser
from canned import TARGET, Gateway, json_reply
from flask import Flask
from robot import Page

FORM = {
    "target": TARGET,
    "revision": "2025-06-18",
    "scope": "mcp:tools",
    "authorize_params": "prompt=consent",
    "headers": "X-Api-Key: planted-header-1",
    "client_id": "abc",
    "client_secret": "planted-secret-2",
    "registration": "preregistered",
}


def save(person: Browser, **form: str) -> str:
    """Save a target; its id."""
    assert person.post("/targets", {**FORM, **form}).status_code == 303, person.answer.text
    found = re.findall(r'action="/targets/([\w-]+)/delete"', person.get("/").text)
    return found[-1]


def test_a_target_is_saved_with_its_options_and_without_secrets(ada: Browser, app: Flask) -> None:
    save(ada)
    page = Page(BASE, ada.answer.text)
    assert "Saved targets" in page.text and "gw.example one" in page.text and "planted" not in page.text
    href = re.findall(r'href="(/\?[^"]+)"><bdi>gw\.example one', page.text)[0].replace("&amp;", "&")
    filled = Page(BASE, ada.get(href).text).moves["new"].values
    assert {name: filled[name] for name in ("target", "revision", "scope", "authorize_params", "client_id", "registration")} == {
        name: FORM[name] for name in ("target", "revision", "scope", "authorize_params", "client_id", "registration")
    }
    kept = app.extensions["explorer"].store.targets.of(owner_of(app))[0].fields
    assert set(kept) == {"target", "revision", "scope", "authorize_params", "client_id", "registration"}


def owner_of(app: Flask) -> str:
    sessions = app.extensions["explorer"].store.sessions
    from app.store.database import reading
    from app.store.tables import sessions as table

    with reading(app.extensions["explorer"].store.engine) as connection:
        sealed = connection.scalar(table.select().with_only_columns(table.c.sealed))
    return str(sessions._opened(sealed)["owner"])


def test_it_is_renamed_and_deleted(ada: Browser) -> None:
    target_id = save(ada)
    assert ada.post(f"/targets/{target_id}/rename", {"name": "  my <b>staging</b> "}).status_code == 303
    assert "my &lt;b&gt;staging&lt;/b&gt;" in ada.get("/").text and "<b>staging" not in ada.answer.text
    assert ada.post(f"/targets/{target_id}/rename", {"name": " "}).status_code == 400
    assert ada.post(f"/targets/{target_id}/delete").status_code == 303 and "Saved targets" not in ada.get("/").text
    assert ada.post(f"/targets/{target_id}/delete").status_code == 404


def test_it_is_this_browsers_alone(ada: Browser, app: Flask) -> None:
    target_id = save(ada)
    other = Browser(app)
    other.start()
    assert "Saved targets" not in other.get("/").text
    for action in ("rename", "delete"):
        assert other.post(f"/targets/{target_id}/{action}", {"name": "x"}).status_code == 404
        assert Browser(app).post(f"/targets/{target_id}/{action}", {"name": "x"}).status_code == 404
    assert ada.post(f"/targets/{target_id}/delete", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    ("target", "says"),
    [("nothing", "must start with https://"), (f"{TARGET}?api_key=planted-key-123456", "looks like a secret"), ("", "Paste the URL")],
)
def test_what_cannot_be_saved_says_why(ada: Browser, target: str, says: str) -> None:
    answer = ada.post("/targets", {"target": target})
    assert answer.status_code == 400 and says in answer.text and "planted" not in answer.text and "Set-Cookie" not in answer.headers


def test_the_session_lives_as_long_as_what_is_saved(ada: Browser) -> None:
    ada.post("/targets", {"target": TARGET})
    assert "Max-Age=7776000" in ada.answer.headers["Set-Cookie"] or "Expires=" in ada.answer.headers["Set-Cookie"]


def test_forgetting_everything_forgets_saved_targets(ada: Browser) -> None:
    save(ada)
    ada.post("/forget-everything")
    assert "Saved targets" not in ada.get("/").text


def test_recent_runs_tell_their_verdict(ada: Browser, gateway: Gateway) -> None:
    ada.start(pace="run")
    ada.settled()
    ada.log_in()
    gateway.on["POST /register"] = lambda request: json_reply({"error": "invalid_client_metadata"}, 400)
    ada.start(pace="run")
    ada.settled()
    ada.start()
    text = ada.get("/").text
    section = text[text.index("Your runs") :]
    assert "connected, " in section and "at first request, " in section
    assert 'class="verdict stop"' in section and 'class="verdict ok"' in section
    assert Page(BASE, ada.get("/").text).moves["new"].url == f"{BASE}/runs"


def test_older_runs_are_folded(ada: Browser) -> None:
    for _ in range(8):
        ada.start()
    text = ada.get("/").text
    assert "2 older" in text and text.count('<a href="/runs/') == 8


def test_open_links_are_told_on_the_start_page(ada: Browser) -> None:
    ada.start()
    ada.post(f"/runs/{ada.run_id}/share")
    assert "One shared link is open" in ada.get("/").text
