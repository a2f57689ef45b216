"""The headers of every answer, errors and static files included; and what the static shelf serves."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from browsers import Browser
from flask import Flask

from app.pages.static import StaticShelf, read_static

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def check_headers(ada: Browser) -> None:
    headers = ada.answer.headers
    for name, value in ALWAYS.items():
        assert headers[name] == value
    assert "Permissions-Policy" in headers
    assert "Server" not in headers or "/" not in headers["Server"]
    if headers.get("Content-Type", "").startswith("text/"):
        assert "charset=utf-8" in headers["Content-Type"].lower()
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")


@pytest.mark.attack("R3", "H1")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/checks", 200),
        ("GET", "/checks/callback.iss_mismatch", 200),
        ("GET", "/checks/no.such", 404),
        ("GET", "/healthz", 200),
        ("GET", "/client-metadata.json", 200),
        ("GET", "/nope", 404),
        ("GET", "/nope.json", 404),
        ("GET", "/runs/unknown", 404),
        ("GET", "/runs/unknown.json", 404),
        ("GET", "/callback", 400),
        ("POST", "/callback", 400),
        ("POST", "/runs", 400),
        ("GET", "/runs", 405),
        ("PUT", "/", 405),
        ("TRACE", "/", 405),
        ("OPTIONS", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/static/../app/settings.py", 404),
        ("GET", "/static/%2e%2e/app/settings.py", 404),
    ],
)
def test_every_answer_carries_the_headers(ada: Browser, method: str, path: str, status: int) -> None:
    ada.answer = ada.client.open(ada.base + path, method=method)
    assert ada.answer.status_code == status
    check_headers(ada)


@pytest.mark.attack("L5")
def test_run_pages_carry_the_headers_and_are_not_stored(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    for path in ("", ".json", "/exchanges/3", "/exchanges/3/response.txt"):
        assert ada.get(f"/runs/{ada.run_id}{path}").status_code == 200, path
        check_headers(ada)
        assert ada.answer.headers["Cache-Control"] == "no-store"
    ada.get(f"/runs/{ada.run_id}/authorize")
    check_headers(ada)


@pytest.mark.attack("H1")
def test_a_fault_of_ours_is_a_page_with_headers_and_without_a_trace(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted-s3cret")

    monkeypatch.setattr("app.pages.health.wired", broken)
    ada.get("/readyz")
    assert ada.answer.status_code == 500
    assert "planted-s3cret" not in ada.answer.text and "Traceback" not in ada.answer.text
    check_headers(ada)


def test_the_nonce_is_new_in_every_answer(ada: Browser) -> None:
    policies = {ada.get("/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.attack("H1")
def test_https_is_demanded_for_a_year_where_the_app_is_public(make_app: Callable[..., Flask], ada: Browser) -> None:
    hosted = Browser(make_app(mode="hosted", public_url="https://e.example", secret_key="x" * 32, login="open"), "https://e.example")
    assert "max-age=31536000" in hosted.get("/").headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in ada.get("/").headers


def test_the_practice_pages_keep_their_own_policy(ada: Browser) -> None:
    ada.get("http://localhost:8000/practice/")
    assert ada.answer.status_code == 200
    check_headers(ada)


def test_errors_are_json_for_those_who_asked_for_it(ada: Browser) -> None:
    assert ada.get("/runs/unknown.json").json
    assert ada.get("/nope", headers={"Accept": "application/json"}).json
    assert "<html" in ada.get("/nope", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}).text
    assert "<html" in ada.get("/nope").text


@pytest.fixture
def shelf(tmp_path: Path) -> Flask:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "app.css").write_text("body { color: red }\n" * 50)
    (tmp_path / "vendor" / "dot.png").write_bytes(b"\x89PNG")
    app = Flask("shelf", static_folder=None)
    app.wsgi_app = StaticShelf(app.wsgi_app, read_static(tmp_path), (("X-Content-Type-Options", "nosniff"),))  # type: ignore[assignment, method-assign]
    return app


@pytest.mark.attack("L5")
def test_a_hashed_address_is_cached_for_ever_and_comes_compressed(shelf: Flask, tmp_path: Path) -> None:
    kept = read_static(tmp_path)["app.css"]
    answer = shelf.test_client().get(f"/static/{kept.digest}/app.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == kept.body
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert shelf.test_client().get(f"/static/{kept.digest}/app.css").data == kept.body


def test_an_unhashed_address_is_asked_for_again_and_an_old_hash_is_gone(shelf: Flask) -> None:
    client = shelf.test_client()
    answer = client.get("/static/vendor/dot.png")
    assert (answer.status_code, answer.headers["Cache-Control"], answer.data) == (200, "no-cache", b"\x89PNG")
    again = client.get("/static/vendor/dot.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/static/000000000000/app.css").status_code == 404
    assert client.head("/static/app.css").data == b""


def test_a_browser_finds_an_icon_where_it_always_looks(ada: Browser) -> None:
    for base in (ada.base, "http://localhost:8000"):
        answer = ada.get(f"{base}/favicon.ico")
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "image/svg+xml")


def test_a_static_file_opens_no_session(ada: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a session was opened")

    ada.start()
    monkeypatch.setattr(app.session_interface, "open_session", refuse)
    names = app.wsgi_app.app.files  # type: ignore[attr-defined]  # beneath the layer that names requests
    assert names, "the app has static files"
    ada.get(f"/static/{next(iter(names))}")
    assert ada.answer.status_code == 200
    check_headers(ada)
