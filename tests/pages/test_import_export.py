"""/import and the files of a run, through the pages: read-only runs, marked choices, hostile recordings."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from browsers import Browser
from canned import AS
from dialects import chromium, mitmproxy, recording_of
from flask import Flask
from test_imported_har import walked
from werkzeug.test import TestResponse

from app.checks.engine import examine
from app.flow.imported import MOST_BYTES
from app.views.har import har, har_bytes

FORM = "Content-Type: application/x-www-form-urlencoded"
TOKEN = f"POST https://as.example/token\n{FORM}\n\ngrant_type=refresh_token&refresh_token=a-refresh-token"
ENDED = 'HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{"error":"invalid_grant"}'
MOVES = ("run", "step", "retry", "go_on", "call_tool", "forget", "server", "refresh", "replay", "revoke", "confirm", "restart")


@pytest.fixture
def person(app: Flask) -> Browser:
    return Browser(app)


def bring(person: Browser, content: bytes) -> TestResponse:
    """Choose a file and send it. Written by hand: the test client would put a large one into a file and leave it open."""
    head = b'--edge\r\nContent-Disposition: form-data; name="har"; filename="a.har"\r\n\r\n'
    body = head + content + b"\r\n--edge--\r\n"
    return person._open("POST", "/import", data=body, content_type="multipart/form-data; boundary=edge")


def look_at_import(person: Browser, content: bytes) -> None:
    assert bring(person, content).status_code == 303, person.answer.text
    person.run_id = person.answer.location.rpartition("/")[2]
    person.look()


def twin(person: Browser) -> dict[str, Any]:
    return dict(person.get(f"/runs/{person.run_id}.json").get_json())


def test_the_form_is_public_and_makes_no_session(person: Browser) -> None:
    person.get("/import")
    assert person.answer.status_code == 200 and "Set-Cookie" not in person.answer.headers
    assert 'enctype="multipart/form-data"' in person.answer.text and "10 MB" in person.answer.text
    assert 'href="/import"' in person.get("/").text


def test_our_own_file_becomes_a_run_with_the_same_findings(person: Browser, gateway: Any) -> None:
    gateway.on["POST /token"] = lambda request: (400, {"Content-Type": "application/json"}, b'{"error": "invalid_grant"}')
    person.start(pace="run")
    person.settled()
    person.log_in()
    live = twin(person)
    content = person.get(f"/runs/{person.run_id}.har").data
    look_at_import(person, content)
    again = twin(person)
    assert again["state"] == "failed" and again["problem"] == live["problem"] == "token.invalid_grant"
    assert [(f["code"], f["level"], f["step"], f["says"]) for f in again["findings"]] == [
        (f["code"], f["level"], f["step"], f["says"]) for f in live["findings"]
    ]
    assert [x["url"] for x in again["exchanges"]] != [] and len(again["exchanges"]) == len(live["exchanges"])


@pytest.mark.parametrize("dialect", [chromium, mitmproxy])
def test_another_tools_file_becomes_a_run_that_is_done(person: Browser, gateway: Any, dialect: Any) -> None:
    look_at_import(person, json.dumps(recording_of(walked(gateway, "2025-11-25"), dialect)).encode())
    assert person.page.state == "done" and person.page.step == ""
    assert "Imported from a HAR file" in person.answer.text
    assert twin(person)["problem"] is None and twin(person)["revision"] == "2025-11-25"


def test_a_pasted_pair_becomes_a_run_that_names_the_cause(person: Browser) -> None:
    person.post("/import", {"request": TOKEN, "response": ENDED})
    assert person.answer.status_code == 303
    person.run_id = person.answer.location.rpartition("/")[2]
    assert person.look().problem == "refresh.invalid_grant" and person.page.state == "failed"
    assert "a-refresh-token" not in person.answer.text


def test_nothing_can_be_pressed_on_an_imported_run(person: Browser, gateway: Any) -> None:
    look_at_import(person, har_bytes(har(stopped(gateway), [])))
    asked = len(gateway.asked)
    entries = len(person.run.entries)
    assert person.page.moves == {}
    for move in MOVES:
        assert person.post(f"/runs/{person.run_id}/{move}", {"step": "token", "issuer": AS}).status_code == 400, move
        assert "nothing can be sent" in person.answer.text
    assert person.get(f"/runs/{person.run_id}/authorize").status_code == 303
    assert len(person.run.entries) == entries and len(gateway.asked) == asked


def stopped(gateway: Any) -> Any:
    """A walk whose person is out."""
    run = walked(gateway, "2026-07-28")
    cut = next(n for n, entry in enumerate(run.entries) if entry.step == "authorize" and hasattr(entry.body, "kind"))
    del run.entries[cut + 1 :]
    run.folded.clear()
    return run


def test_an_imported_run_belongs_to_its_browser_and_can_be_deleted(app: Flask, person: Browser) -> None:
    person.post("/import", {"request": TOKEN, "response": ENDED})
    place = person.answer.location
    assert Browser(app).get(place).status_code == 404
    assert person.post(f"{place}/delete").status_code == 303 and person.get(place).status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"", 400, "this one is empty"),
        (b"{", 400, "line 1"),
        (b'{"log": {"entries": [{"request": 5}]}}', 400, "/log/entries/0/request"),
        (b" " * (MOST_BYTES + 100_000), 413, "larger than 10 MB"),
        (b'{"log": ' + b"[" * 5_000, 400, "nested deeper"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(person: Browser, content: bytes, status: int, says: str) -> None:
    assert bring(person, content).status_code == status
    assert says in person.answer.text and 'role="alert"' in person.answer.text


def test_what_was_pasted_comes_back_with_its_mistake(person: Browser) -> None:
    person.post("/import", {"request": "<b>hello</b>", "response": ENDED})
    assert person.answer.status_code == 400 and "request, line 1" in person.answer.text
    assert "&lt;b&gt;hello" in person.answer.text and "<b>hello" not in person.answer.text


def test_only_this_address_takes_a_large_body(person: Browser) -> None:
    large = {"target": "x" * 100_000}
    assert person.post("/runs", large).status_code == 413
    assert person.post("/runs", {"har": (io.BytesIO(b"x" * 100_000), "a.har")}, content_type="multipart/form-data").status_code == 413


def test_another_sites_page_cannot_bring_a_file(person: Browser) -> None:
    answer = person.post("/import", {"request": TOKEN, "response": ENDED}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.attack("X1")
def test_hostile_text_of_a_recording_is_inert_on_the_pages(person: Browser, gateway: Any) -> None:
    text = "<script>window.pwned=1</script>{{7*7}}"
    gateway.on["POST /token"] = lambda request: (400, {"X-Odd": text}, json.dumps({"error": text, "error_description": text}).encode())
    look_at_import(person, json.dumps(recording_of(walked(gateway, "2026-07-28"), mitmproxy)).encode())
    pages = [person.answer.text] + [person.get(f"/runs/{person.run_id}/exchanges/{x['seq']}").text for x in twin(person)["exchanges"]]
    assert "&lt;script&gt;window.pwned" in "".join(pages)
    assert all("<script>window.pwned" not in page for page in pages)


@pytest.mark.attack("X6")
def test_files_are_downloads_with_our_own_names(person: Browser) -> None:
    person.start(pace="run")
    person.settled()
    for ending, media in (("har", "application/json"), ("md", "text/markdown; charset=utf-8")):
        answer = person.get(f"/runs/{person.run_id}.{ending}")
        assert answer.status_code == 200 and answer.headers["Content-Type"] == media
        name = answer.headers["Content-Disposition"]
        assert name.startswith('attachment; filename="gw.example_') and name.endswith(f'.{ending}"')
        assert "sandbox" in answer.headers["Content-Security-Policy"] and answer.headers["Cache-Control"] == "no-store"
    assert f"/runs/{person.run_id}/export" in person.look().text


@pytest.mark.attack("L8")
def test_secrets_go_out_only_by_a_post_with_the_mark(person: Browser) -> None:
    person.start(pace="run")
    person.settled()
    person.log_in()
    tokens = person.facts.tokens
    assert tokens is not None
    place = f"/runs/{person.run_id}.har"
    assert tokens.access not in person.get(place).text
    assert tokens.access not in person.get(f"{place}?secrets=on").text
    assert person.post(place).status_code == 400 and "Mark the choice" in person.answer.text
    assert tokens.access in person.post(place, {"secrets": "on"}).text
    assert person.post(place, {"secrets": "on"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_files_of_another_browsers_run_are_not_there(app: Flask, person: Browser) -> None:
    person.start()
    for ending in (".har", ".md", "/export"):
        assert Browser(app).get(f"/runs/{person.run_id}{ending}").status_code == 404


def test_a_run_is_examined_alike_in_store_and_memory(person: Browser, gateway: Any) -> None:
    run = walked(gateway, "2026-07-28")
    look_at_import(person, har_bytes(har(run, examine(run))))
    assert [f["code"] for f in twin(person)["findings"]] == [f.code for f in examine(run)]
