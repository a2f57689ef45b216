"""Sign-in at an OpenID provider: a real one on loopback, honest at first, then with one lie at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from browsers import Browser
from flask import Flask
from openid_provider import CLIENT_ID, CLIENT_SECRET, Account, Lies, OpenIdProvider, openid_provider

BASE = "https://explorer.example"
CALLBACK = f"{BASE}/login/callback"
Make = Callable[..., Flask]


@pytest.fixture(autouse=True)
def allow_http_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the provider's own sake: Authlib's server wants https elsewhere."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with openid_provider(CALLBACK) as running:
        yield running


def hosted(provider: OpenIdProvider, **changes: Any) -> dict[str, Any]:
    asked = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    return {"mode": "hosted", "public_url": BASE, "secret_key": "x" * 32, "login": "oidc", **asked, **changes}


@pytest.fixture
def app(make_app: Make, provider: OpenIdProvider) -> Flask:
    return make_app(**hosted(provider))


@pytest.fixture
def ada(app: Flask) -> Browser:
    return Browser(app, BASE)


def leave(browser: Browser, path: str = "/login/leave") -> str:
    """Out to the provider; the address at which it sends the browser back."""
    assert browser.get(path).status_code == 302, browser.answer.text
    answer = requests.get(browser.answer.location, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def sign_in(browser: Browser, path: str = "/login/leave") -> int:
    return browser.get(leave(browser, path)).status_code


def refused(browser: Browser, sentence: str) -> None:
    assert browser.answer.status_code == 403
    assert sentence in browser.answer.text
    assert browser.get("/").location == "/login"


def test_a_person_signs_in_and_comes_to_the_wanted_page(ada: Browser) -> None:
    login = ada.get("/?target=https://g.example/mcp").location
    page = ada.get(login).text
    assert "Sign in at" in page and 'name="password"' not in page
    assert sign_in(ada, "/login/leave?next=/?target=https://g.example/mcp") == 303
    assert ada.answer.location == "/?target=https://g.example/mcp"
    assert "Ada Lovelace" in ada.get("/account").text


def test_what_goes_out_is_code_with_pkce_state_and_nonce_and_nothing_of_ours(ada: Browser, provider: OpenIdProvider) -> None:
    ada.get("/login/leave")
    sent = {name: values[0] for name, values in parse_qs(urlsplit(ada.answer.location).query).items()}
    assert ada.answer.location.startswith(f"{provider.issuer}/authorize?")
    assert {"state", "nonce", "code_challenge"} < set(sent)
    assert (sent["response_type"], sent["code_challenge_method"], sent["redirect_uri"]) == ("code", "S256", CALLBACK)
    cookie = ada.answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-sign-in=") and "HttpOnly" in cookie and "Secure" in cookie and "SameSite=Lax" in cookie
    assert sent["state"] not in cookie and sent["nonce"] not in cookie


def test_runs_belong_to_the_person_in_every_browser(app: Flask, ada: Browser, provider: OpenIdProvider) -> None:
    phone, bob = Browser(app, BASE), Browser(app, BASE)
    assert (sign_in(ada), sign_in(phone)) == (303, 303)
    ada.start()
    assert phone.get(f"/runs/{ada.run_id}").status_code == 200
    assert ada.run_id in phone.get("/").text
    provider.account = Account(sub="bob-2", name="Bob")
    assert sign_in(bob) == 303
    assert bob.get(f"/runs/{ada.run_id}").status_code == 404
    assert "belongs to the person who started it" in bob.answer.text
    phone.post("/sign-out")
    assert ada.look().state == "ready"


def test_forgetting_everything_ends_the_sessions_in_other_browsers_too(app: Flask, ada: Browser) -> None:
    phone = Browser(app, BASE)
    sign_in(ada)
    sign_in(phone)
    ada.start()
    assert ada.post("/forget-everything").location == "/forgotten"
    assert app.extensions["explorer"].store.runs.load_any(ada.run_id) is None
    for browser in (ada, phone):
        assert browser.get("/").location == "/login"


CLAIMS = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another-client"},
    "several audiences without azp": {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
    "no audience": {"aud": None},
    "expired": {"exp": int(time.time()) - 3_600},
    "no expiry": {"exp": None},
    "issued in the future": {"iat": int(time.time()) + 3_600},
    "another issuer": {"iss": "https://evil.example"},
    "issuer with a slash": {"iss": "http://127.0.0.1/"},
    "no issuer": {"iss": None},
    "a foreign access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "no subject": {"sub": None},
    "an odd subject": {"sub": ["ada-1"]},
    "an empty subject": {"sub": ""},
}


@pytest.mark.parametrize("lie", CLAIMS.values(), ids=CLAIMS)
def test_an_id_token_with_a_wrong_claim_is_refused(ada: Browser, provider: OpenIdProvider, lie: dict[str, Any]) -> None:
    provider.lies = Lies(claims=lie)
    sign_in(ada)
    refused(ada, "ID token")
    provider.lies = Lies()
    assert sign_in(ada) == 303, "the next honest answer opens the app"


@pytest.mark.parametrize(
    "lies", [Lies(foreign_key=True), Lies(unsigned=True), Lies(no_id_token=True)], ids=["foreign key", "unsigned", "none"]
)
def test_an_id_token_that_the_provider_did_not_sign_is_refused(ada: Browser, provider: OpenIdProvider, lies: Lies) -> None:
    provider.lies = lies
    sign_in(ada)
    refused(ada, "ID token")


def test_a_state_is_taken_once(app: Flask, ada: Browser) -> None:
    back = leave(ada)
    kept = ada.client.get_cookie("__Host-sign-in", domain="explorer.example")
    assert kept and ada.get(back).status_code == 303
    assert ada.client.get_cookie("__Host-sign-in", domain="explorer.example") is None
    again = Browser(app, BASE)
    again.client.set_cookie("__Host-sign-in", kept.value, domain="explorer.example", secure=True)
    again.get(back)
    refused(again, "was used already")


def test_another_browser_cannot_use_the_answer(app: Flask, ada: Browser) -> None:
    mallory = Browser(app, BASE)
    mallory.get(leave(ada))
    refused(mallory, "not begun in this browser")
    leave(mallory)  # one that has begun a sign-in of its own is no better off
    mallory.get(leave(ada))
    refused(mallory, "not begun in this browser")


@pytest.mark.parametrize("query", ["", "code=x", "state=x&code=x", "state=x&state=y&code=x", "state=%ff"])
def test_an_answer_without_its_state_is_refused(ada: Browser, query: str) -> None:
    leave(ada)
    ada.get(f"/login/callback?{query}")
    assert ada.answer.status_code in (400, 403)
    assert ada.get("/").location == "/login"


def test_an_answer_that_comes_too_late_is_refused(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    back = leave(ada)
    real = time.time()
    monkeypatch.setattr("app.pages.oidc.time.time", lambda: real + 601)
    ada.get(back)
    refused(ada, "more than ten minutes old")


def test_a_planted_cookie_is_not_believed(ada: Browser) -> None:
    ada.client.set_cookie("__Host-sign-in", "gAAAAA-not-ours", domain="explorer.example", secure=True)
    ada.get("/login/callback?state=x&code=y")
    refused(ada, "not begun in this browser")


@pytest.mark.parametrize(
    ("lies", "sentence"),
    [
        (Lies(callback={"iss": "https://evil.example"}), "came from another server"),
        (Lies(document={"authorization_response_iss_parameter_supported": True}), "came from another server"),
        (Lies(document={"issuer": "https://evil.example"}), "names another issuer"),
        (Lies(document={"token_endpoint": "http://evil.example/token"}), "names no usable token_endpoint"),
        (Lies(document={"token_endpoint": "file:///etc/passwd"}), "names no usable token_endpoint"),
        (Lies(document={"jwks_uri": 7}), "names no usable jwks_uri"),
        (Lies(callback={"error": "access_denied&error_description=planted-text"}), "did not sign you in"),
        (Lies(callback={"code": "another"}), "names something twice"),
        (Lies(endless=True), "did not take the code"),
        (Lies(deep=True), "does not answer as it should"),
    ],
    ids=["iss", "iss missing", "issuer", "http", "file", "number", "denied", "twice", "endless", "deep"],
)
def test_a_provider_that_misbehaves_opens_nothing(ada: Browser, provider: OpenIdProvider, lies: Lies, sentence: str) -> None:
    provider.lies = lies
    if ada.get("/login/leave").status_code == 302:
        back = requests.get(ada.answer.location, allow_redirects=False, timeout=10).headers["Location"]
        ada.get(back)
    assert "planted-text" not in ada.answer.text
    refused(ada, sentence)


def test_an_endpoint_at_an_authorization_page_that_is_no_web_address_is_not_gone_to(ada: Browser, provider: OpenIdProvider) -> None:
    provider.lies = Lies(document={"authorization_endpoint": "javascript:alert(1)"})
    ada.get("/login/leave")
    refused(ada, "names no usable authorization_endpoint")


def test_a_provider_that_is_not_there_is_a_sentence(make_app: Make) -> None:
    from servers import refusing_port

    with openid_provider(CALLBACK) as running:
        running.issuer = f"http://127.0.0.1:{refusing_port()}"
        ada = Browser(make_app(**hosted(running)), BASE)
        ada.get("/login/leave")
        refused(ada, "does not answer as it should")


@pytest.mark.parametrize(
    ("allowed", "account", "status"),
    [
        ("@example.com", Account(), 303),
        ("bob@example.com, ADA@example.com", Account(), 303),
        ("@example.com", Account(email_in_token=False), 303),  # userinfo tells it
        ("@example.com", Account(email="ada@evil-example.com"), 403),
        ("@example.com", Account(email="ada@example.com.evil.example"), 403),
        ("@example.com", Account(email="ada@evil.example@example.org"), 403),
        ("@example.com", Account(email_verified=False), 403),
        ("@example.com", Account(email=""), 403),
        ("@ample.com", Account(), 403),
    ],
)
def test_only_those_who_are_allowed_come_in(make_app: Make, provider: OpenIdProvider, allowed: str, account: Account, status: int) -> None:
    provider.account = account
    ada = Browser(make_app(**hosted(provider, oidc_allowed=allowed)), BASE)
    assert sign_in(ada) == status
    if status == 403:
        refused(ada, "does not let that account in")


def test_of_a_sign_in_only_the_subject_and_a_name_are_kept(app: Flask, ada: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    back = leave(ada)
    ada.get(back)
    with ada.client as client:
        client.get(f"{BASE}/account")
        from flask import session

        assert set(session) == {"person", "owner", "_permanent"} or set(session) == {"person", "owner"}
        assert set(session["person"]) == {"name", "owner", "at", "way"}
        assert "ada@example.com" not in str(dict(session)) and "ada-1" not in str(dict(session))
    told = "\n".join(record.getMessage() for record in caplog.records if record.name in ("explorer", "urllib3.connectionpool"))
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert "signed in" in told
    assert code not in told and CLIENT_SECRET not in told and "ada" not in told.lower()


def test_the_document_and_the_keys_are_asked_for_once(app: Flask, provider: OpenIdProvider) -> None:
    for _ in range(3):
        assert sign_in(Browser(app, BASE)) == 303
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    assert provider.asked.count("/keys") == 1
    assert "/userinfo" not in provider.asked


def test_a_new_key_of_the_provider_is_fetched(app: Flask, provider: OpenIdProvider) -> None:
    assert sign_in(Browser(app, BASE)) == 303
    app.extensions["explorer"].provider._keys_since -= 60
    provider.key = provider.foreign
    assert sign_in(Browser(app, BASE)) == 303
    assert provider.asked.count("/keys") == 2


def test_a_public_client_needs_no_secret(make_app: Make) -> None:
    with openid_provider(CALLBACK, secret="") as running:
        assert sign_in(Browser(make_app(**hosted(running, oidc_client_secret="")), BASE)) == 303


def test_a_wrong_secret_is_a_sentence(make_app: Make, provider: OpenIdProvider) -> None:
    ada = Browser(make_app(**hosted(provider, oidc_client_secret="wrong")), BASE)
    sign_in(ada)
    refused(ada, "did not take the code")


def test_another_provider_ends_the_sessions_of_the_one_before(make_app: Make, provider: OpenIdProvider, ada: Browser) -> None:
    sign_in(ada)
    cookie = ada.client.get_cookie("__Host-explorer", domain="explorer.example")
    moved = Browser(make_app(**hosted(provider, oidc_client_id="another")), BASE)
    assert cookie
    moved.client.set_cookie("__Host-explorer", cookie.value, domain="explorer.example", secure=True)
    assert moved.get("/").location == "/login"


def test_sign_ins_are_braked_by_address(make_app: Make, provider: OpenIdProvider) -> None:
    app = make_app(**hosted(provider, login_tries_per_minute=1))
    assert [Browser(app, BASE).get("/login/leave").status_code for _ in range(11)] == [302] * 10 + [429]
    assert len(provider.asked) == 1


def test_a_person_s_runs_do_not_go_over_to_a_shared_password(make_app: Make, provider: OpenIdProvider, ada: Browser) -> None:
    sign_in(ada)
    ada.start()
    ada.app = make_app(**{**hosted(provider), "login": "password", "login_password": "long enough it is"})
    shared = Browser(ada.app, BASE)
    cookie = ada.client.get_cookie("__Host-explorer", domain="explorer.example")
    assert cookie
    shared.client.set_cookie("__Host-explorer", cookie.value, domain="explorer.example", secure=True)
    assert shared.post("/login", {"password": "long enough it is"}).status_code == 303
    assert shared.get(f"/runs/{ada.run_id}").status_code == 404
