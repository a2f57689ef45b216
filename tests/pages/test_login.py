"""The shared password: who has not signed in sees the way in and nothing else; signing in, out, and the brakes on guessing."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from browsers import Browser
from canned import TARGET
from every_route import every_route
from flask import Flask
from werkzeug.security import generate_password_hash

from app.settings import BadSetting

PASSWORD = "correct horse battery"
BASE = "https://explorer.example"
HOSTED = {"mode": "hosted", "public_url": BASE, "secret_key": "x" * 32, "login": "password", "login_password": PASSWORD}
COOKIE = {"key": "__Host-explorer", "domain": "explorer.example"}

Make = Callable[..., Flask]


@pytest.fixture
def app(make_app: Make) -> Flask:
    return make_app(**HOSTED)


@pytest.fixture
def ada(app: Flask) -> Browser:
    return Browser(app, BASE)


def sign_in(browser: Browser, password: str = PASSWORD, **form: str) -> int:
    return browser.post("/login", {"password": password, **form}).status_code


OPEN = {
    "/login": 200,
    "/healthz": 200,
    "/client-metadata.json": 200,
    "/checks": 200,
    "/checks/token.pkce": 200,
    "/privacy": 200,
    "/forgotten": 200,
    "/callback": 400,  # explained, whoever comes
    "/static/explorer.css": 200,
    "/favicon.ico": 200,
    "/nowhere": 404,
    "/.well-known/oauth-protected-resource/practice/mcp/linear-v1": 200,
}


@pytest.mark.parametrize(("path", "status"), OPEN.items())
def test_what_is_open_answers_without_a_sign_in_and_opens_no_session(ada: Browser, path: str, status: int) -> None:
    assert ada.get(path).status_code == status
    assert "Set-Cookie" not in ada.answer.headers


def test_everything_else_leads_to_the_login_page(app: Flask, ada: Browser) -> None:
    led = 0
    for rule, method, path in every_route(app):
        if rule.endpoint.startswith("practice.") or getattr(app.view_functions[rule.endpoint], "open_to_all", False):
            continue
        answer = ada.client.open(BASE + path, method=method, headers={"Accept": "text/html"})
        if path.endswith(".json"):
            assert answer.status_code == 401, path
            assert answer.json and answer.json["error"] == "Sign in first"
        else:
            assert answer.status_code == 303, (method, path)
            assert answer.location.startswith("/login"), (method, path)
        led += 1
    assert led > 20


def test_the_right_password_opens_the_app_and_the_wanted_page(ada: Browser) -> None:
    following = ada.get("/?target=https://g.example/mcp").location
    assert following == "/login?next=%2F%3Ftarget%3Dhttps%3A%2F%2Fg.example%2Fmcp"
    assert 'name="next" value="/?target=https://g.example/mcp"' in ada.get(following).text
    assert sign_in(ada, next="/?target=https://g.example/mcp") == 303
    assert ada.answer.location == "/?target=https://g.example/mcp"
    assert "https://g.example/mcp" in ada.get("/?target=https://g.example/mcp").text
    ada.start(TARGET)
    assert ada.page.state == "ready"
    assert ada.get("/login").status_code == 303


@pytest.mark.parametrize(
    "password", ["", "correct horse", "correct horse battery ", "x" * 5_000, "\udcff".encode("utf-8", "replace").decode()]
)
def test_a_wrong_password_opens_nothing_and_the_sentence_tells_nothing(ada: Browser, password: str) -> None:
    assert sign_in(ada, password) == 403
    assert "That did not work." in ada.answer.text
    assert "Set-Cookie" not in ada.answer.headers
    assert not password or password not in ada.answer.text
    assert ada.get("/").location == "/login"


def test_a_hash_does_in_place_of_a_password(make_app: Make) -> None:
    digest = generate_password_hash(PASSWORD, "scrypt")
    ada = Browser(make_app(**{**HOSTED, "login_password": "", "login_password_hash": digest}), BASE)
    assert sign_in(ada, digest) == 403
    assert sign_in(ada) == 303


@pytest.mark.parametrize(
    "digest",
    ["scrypt:", "scrypt:32768:8:1$salt", "scrypt:32768:8:1$salt$", f"pbkdf2:nosuch:1$s${'a' * 64}", f"scrypt:1073741824:8:1$s${'a' * 64}"],
)
def test_a_damaged_hash_is_refused_when_the_app_starts_and_not_when_somebody_signs_in(make_app: Make, digest: str) -> None:
    with pytest.raises(BadSetting, match="LOGIN_PASSWORD_HASH is damaged"):
        make_app(**{**HOSTED, "login_password": "", "login_password_hash": digest})


def test_guessing_is_braked_by_address_whatever_cookies_come(app: Flask) -> None:
    statuses = [sign_in(Browser(app, BASE), "guess") for _ in range(11)]
    assert statuses == [403] * 10 + [429]
    late = Browser(app, BASE)
    assert sign_in(late) == 429, "not even the right one, or the brake would tell when it was right"
    assert 0 < int(late.answer.headers["Retry-After"]) <= 60
    assert "10 wrong passwords came from this address" in late.answer.text


def test_guessing_from_many_addresses_is_braked_in_all(make_app: Make) -> None:
    app = make_app(**HOSTED, login_tries_per_minute=1)
    statuses = [
        app.test_client().post(f"{BASE}/login", data={"password": "x"}, environ_overrides={"REMOTE_ADDR": f"192.0.2.{n}"}).status_code
        for n in range(12)
    ]
    assert statuses == [403] * 10 + [429] * 2


def test_a_whole_room_signs_in_from_one_address(app: Flask) -> None:
    assert {sign_in(Browser(app, BASE)) for _ in range(25)} == {303}


def test_an_ipv6_network_is_one_address(make_app: Make) -> None:
    app = make_app(**HOSTED, login_tries_per_minute=2)
    statuses = [
        app.test_client().post(f"{BASE}/login", data={"password": "x"}, environ_overrides={"REMOTE_ADDR": f"2001:db8:1:2::{n}"}).status_code
        for n in range(3)
    ]
    assert statuses == [403, 403, 429]


def test_the_session_id_is_new_after_the_sign_in(app: Flask) -> None:
    planted = "planted-session-id-planted-session-id-1234"
    ada = Browser(app, BASE)
    ada.client.set_cookie(**COOKIE, value=planted, secure=True)
    assert sign_in(ada) == 303
    first = ada.client.get_cookie("__Host-explorer", domain="explorer.example")
    assert first and first.value != planted
    assert sign_in(ada) == 303
    second = ada.client.get_cookie("__Host-explorer", domain="explorer.example")
    assert second and second.value != first.value
    old = Browser(app, BASE)
    old.client.set_cookie(**COOKIE, value=first.value, secure=True)
    assert old.get("/").location == "/login"


@pytest.mark.attack("C1")
def test_the_cookie_is_bound_to_this_host_and_to_https(ada: Browser) -> None:
    sign_in(ada)
    cookie = ada.answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-explorer=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.attack("O1")
@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/%5cevil.example/../\\x",
        "/\tevil",
        "/runs/x\r\nLocation: https://evil.example",
        "/static/x",
        "/login",
        "/sign-out",
        "/callback?code=x",
        "/nowhere",
        "///evil.example",
        "/ /evil.example",
        "/checks@evil.example/",
        "/" + "a" * 3_000,
    ],
)
def test_no_next_leads_away_or_round_in_circles(ada: Browser, evil: str) -> None:
    assert 'name="next"' not in ada.get("/login", query_string={"next": evil}).text
    sign_in(ada, next=evil)
    assert ada.answer.location == "/"
    assert ada.get("/login", query_string={"next": evil}).location == "/"


def test_runs_belong_to_the_browser_as_the_password_tells_nobody_apart(app: Flask, ada: Browser) -> None:
    bob = Browser(app, BASE)
    sign_in(ada)
    sign_in(bob)
    ada.start()
    assert bob.get(f"/runs/{ada.run_id}").status_code == 404


def test_signing_out_ends_the_session_and_deletes_what_nobody_could_open_again(app: Flask, ada: Browser) -> None:
    sign_in(ada)
    ada.start()
    assert "Sign out and delete this run" in ada.get("/account").text
    cookie = ada.client.get_cookie("__Host-explorer", domain="explorer.example")
    assert ada.post("/sign-out").location == "/login"
    assert ada.answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert app.extensions["explorer"].store.runs.load_any(ada.run_id) is None
    assert ada.get(f"/runs/{ada.run_id}").location.startswith("/login")
    thief = Browser(app, BASE)
    assert cookie
    thief.client.set_cookie(**COOKIE, value=cookie.value, secure=True)
    assert thief.get("/").location == "/login"


def test_another_password_ends_the_sessions_of_the_one_before(make_app: Make, ada: Browser) -> None:
    sign_in(ada)
    assert ada.get("/").status_code == 200
    changed = Browser(make_app(**{**HOSTED, "login_password": "another password"}), BASE)
    changed.client = changed.app.test_client()
    cookie = ada.client.get_cookie("__Host-explorer", domain="explorer.example")
    assert cookie
    changed.client.set_cookie(**COOKIE, value=cookie.value, secure=True)
    assert changed.get("/").location == "/login"


def test_a_sign_in_ends_with_the_day_and_the_runs_are_there_after_the_next(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = Browser(make_app(**HOSTED, sign_in_seconds=100), BASE)
    sign_in(ada)
    ada.start()
    real = __import__("time").time()
    monkeypatch.setattr("app.pages.signed_in.time.time", lambda: real + 101)
    assert ada.get(f"/runs/{ada.run_id}").location == f"/login?next=%2Fruns%2F{ada.run_id}"
    sign_in(ada)
    assert ada.look().state == "ready"


def test_a_page_that_asks_by_script_is_told_where_to_sign_in(ada: Browser) -> None:
    answer = ada.get("/runs/abc", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=%2Fruns%2Fabc"


def test_another_site_cannot_sign_somebody_in(ada: Browser) -> None:
    answer = ada.post("/login", {"password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403 and "Another site" in answer.text


def test_the_password_is_in_no_log_line_and_no_row(ada: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in(ada)
    sign_in(ada, "wr0ng-password")
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "signed in" in text and "sign-in refused" in text
    assert PASSWORD not in text and "wr0ng" not in text


def test_nobody_has_to_sign_in_where_no_sign_in_is_set(make_app: Make) -> None:
    for settings in ({}, {**HOSTED, "login": "open"}):
        browser = Browser(make_app(**settings), BASE if settings else "http://127.0.0.1:8000")
        assert browser.get("/").status_code == 200
        assert browser.get("/login").status_code == 404
        assert sign_in(browser) == 404
        assert browser.post("/sign-out").status_code == 404
        assert 'href="/account"' not in browser.get("/").text
