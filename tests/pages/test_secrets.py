"""What was planted as a secret shows in no page while masked, no log line, no row of the store."""

from __future__ import annotations

import gzip
import json
import logging
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from browsers import Browser
from canned import Gateway
from flask import Flask

from app.wire.parse.response import read_response

PLANTED = "planted-s3cret"


@pytest.fixture
def walked(ada: Browser, gateway: Gateway, caplog: pytest.LogCaptureFixture) -> Browser:
    """A whole walk with secrets of our own in it, all loggers at DEBUG."""
    caplog.set_level(logging.DEBUG)
    ada.start(client_id="abc", client_secret=f"{PLANTED}-client", client_auth="client_secret_basic", headers=f"X-Api-Key: {PLANTED}-header")
    ada.press("run")
    sent = ada.leave()
    ada.come_back(code=f"{PLANTED}-code", state=sent["state"], iss="https://gw.example")
    assert ada.settled().state == "connected"
    return ada


def secrets_of_walk(ada: Browser) -> list[str]:
    facts = ada.facts
    assert facts.authorization and facts.tokens
    return [PLANTED, facts.authorization.state, facts.authorization.verifier, facts.tokens.access, facts.tokens.refresh]


def test_no_page_shows_a_secret_while_it_is_masked(walked: Browser) -> None:
    run = f"/runs/{walked.run_id}"
    paths = [run, f"{run}.json", *(f"{run}/exchanges/{e.seq}" for e in walked.run.entries)]
    paths += [f"{run}/exchanges/{e.seq}/{side}.txt" for e in walked.run.entries for side in ("request", "response")]
    shown = 0
    for path in paths:
        walked.get(path)
        if walked.answer.status_code == 200:
            shown += 1
            for secret in secrets_of_walk(walked):
                assert secret not in walked.answer.text, path
    assert shown > 15


@pytest.mark.attack("L6")
def test_one_secret_is_shown_on_demand_and_only_by_a_post(walked: Browser, gateway: Gateway) -> None:
    seq = next(e.seq for e in walked.run.entries if e.step == "token" and e.role == "code")
    access = walked.facts.tokens.access if walked.facts.tokens else ""
    label = next(word for word in walked.get(f"/runs/{walked.run_id}/exchanges/{seq}").text.split('"') if word.startswith("access#"))
    assert access in walked.post(f"/runs/{walked.run_id}/exchanges/{seq}/reveal", {"label": label}).text
    assert f"{PLANTED}-code" not in walked.answer.text
    assert walked.answer.headers["Cache-Control"] == "no-store"
    assert walked.get(f"/runs/{walked.run_id}/exchanges/{seq}/reveal").status_code == 405
    assert access not in walked.post(f"/runs/{walked.run_id}/exchanges/{seq}/reveal", {"label": "access#0000"}).text


@pytest.mark.attack("X3")
def test_the_exact_bytes_come_as_a_harmless_file_by_a_post(walked: Browser, gateway: Gateway) -> None:
    seq = next(e.seq for e in walked.run.entries if e.step == "token" and e.role == "code")
    path = f"/runs/{walked.run_id}/exchanges/{seq}/response.txt"
    assert b"access#" in walked.get(path).data
    answer = walked.post(path)
    entry = walked.run.entry(seq)
    assert entry and answer.data == entry.body.received  # type: ignore[union-attr]
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def chunked(body: bytes) -> bytes:
    """Three octets in each chunk, so that no value stands in one piece."""
    parts = (body[at : at + 3] for at in range(0, len(body), 3))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


CODED: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gzip": (b"Content-Encoding: gzip\r\nConnection: close", gzip.compress),
    "deflate": (b"Content-Encoding: deflate\r\nConnection: close", zlib.compress),
    "chunked": (b"Transfer-Encoding: chunked", chunked),
    "gzip in chunks": (b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked", lambda body: chunked(gzip.compress(body))),
}


@pytest.mark.parametrize("coding", CODED)
def test_the_masked_file_hides_secrets_of_a_coded_answer(ada: Browser, gateway: Gateway, coding: str) -> None:
    headers, code = CODED[coding]
    pair = {"access_token": f"{PLANTED}-access", "token_type": "Bearer", "refresh_token": f"{PLANTED}-refresh", "expires_in": 900}
    received = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers + b"\r\n\r\n" + code(json.dumps(pair).encode())
    gateway.as_bytes["POST /token"] = received
    ada.start()
    ada.press("run")
    ada.log_in()
    seq = next(e.seq for e in ada.run.entries if e.step == "token" and e.role == "code")
    path = f"/runs/{ada.run_id}/exchanges/{seq}/response.txt"
    file = read_response(ada.get(path).data, "POST")
    assert file is not None and PLANTED.encode() not in file.body and list(json.loads(file.body)) == list(pair)
    assert ada.post(path).data == received


@pytest.mark.parametrize("seq", ["0", "1", "9999", "-1", "1.5", "99999999999999999999", "x"])
def test_an_exchange_that_is_none_is_404(walked: Browser, seq: str) -> None:
    assert walked.get(f"/runs/{walked.run_id}/exchanges/{seq}").status_code == 404


@pytest.mark.attack("L1", "L2")
def test_no_log_line_holds_a_secret_and_every_event_is_one_line(walked: Browser, caplog: pytest.LogCaptureFixture) -> None:
    walked.get("/callback?code=planted-s3cret-x&state=%0d%0aevil")
    walked.get(f"/nope%0d%0aevil?token={PLANTED}")
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    text = "\n".join(f"{r.getMessage()} {r.exc_text or ''}" for r in records)
    assert "run started" in text and "callback taken" in text
    sid = walked.client.get_cookie("explorer", domain="127.0.0.1").value
    for secret in [*secrets_of_walk(walked), sid]:
        assert secret not in text
    assert all("\n" not in r.getMessage() and "\r" not in r.getMessage() for r in records if r.name == "explorer")


def test_urllib3_may_not_speak_of_urls(ada: Browser) -> None:
    assert logging.getLogger("urllib3.connectionpool").getEffectiveLevel() == logging.ERROR


def test_no_row_of_the_store_holds_a_secret_in_clear(walked: Browser, app: Flask) -> None:
    settings = app.extensions["explorer"].settings
    secrets = [s.encode() for s in secrets_of_walk(walked)]
    secrets += [walked.client.get_cookie("explorer", domain="127.0.0.1").value.encode(), walked.run.owner.encode()]
    for path in Path(settings.data_dir).glob("explorer.sqlite3*"):
        kept = path.read_bytes()
        assert not [s for s in secrets if s in kept], path
    with sqlite3.connect(Path(settings.data_dir) / "explorer.sqlite3") as connection:
        assert connection.execute("select count(*) from entries").fetchone()[0] > 20
    connection.close()
