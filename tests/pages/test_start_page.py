"""The start page: one form, filled again where something was wrong, and limits that explain themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsers import BASE, Browser
from canned import TARGET, Gateway
from flask import Flask
from robot import Page

FIELDS = {
    "target",
    "revision",
    "registration",
    "client_metadata_url",
    "client_id",
    "client_secret",
    "client_auth",
    "scope",
    "authorize_params",
    "headers",
}


def test_the_start_page_has_one_start_form_with_every_field(ada: Browser) -> None:
    page = Page(BASE, ada.get("/").text)
    assert ada.answer.text.count('data-action="new"') == 1
    assert page.moves["new"].url == f"{BASE}/runs"
    assert page.moves["new"].fields >= FIELDS
    assert page.moves["practice"].url.startswith(f"{BASE}/?target=http")


def test_the_practice_link_fills_the_form(ada: Browser) -> None:
    ada.get(Page(BASE, ada.get("/").text).moves["practice"].url)
    target = Page(BASE, ada.answer.text).moves["new"].values["target"]
    assert target.startswith("http://localhost:8000/practice/mcp/")
    assert ada.post("/runs", {"target": target}).status_code == 303


def test_nothing_is_forgotten_by_one_press_beside_the_list_of_runs(ada: Browser) -> None:
    """The page that it leads to says what goes before it asks."""
    ada.start()
    page = Page(BASE, ada.get("/").text)
    assert not [form.url for form in page.forms if form.url.endswith("/forget-everything")]
    assert '<a href="/account">Forget everything of mine</a>' in ada.answer.text
    assert Page(BASE, ada.get("/account").text).moves["forget_everything"].url == f"{BASE}/forget-everything"


def test_a_get_of_a_public_page_makes_no_session(ada: Browser) -> None:
    for path in ("/", "/?target=https://g.example/mcp", "/checks", "/healthz", "/client-metadata.json", "/nope", "/runs/x", "/callback"):
        assert "Set-Cookie" not in ada.get(path).headers, path


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("target", "javascript:alert(1)", "is not an MCP server"),
        ("target", f"{BASE}/.well-known/oauth-protected-resource/mcp/x", f"Type the MCP URL itself: {BASE}/mcp/x"),
        ("target", "https://g.example/" + "a" * 8_000, "characters long"),
        ("target", BASE, "this app itself"),
        ("revision", "1999-01-01", "Choose one of"),
        ("headers", "no header", "Name: value"),
        ("authorize_params", "state=x", "the walk sets this itself"),
        ("client_metadata_url", "http://c.example/x.json", "must start with https://"),
    ],
)
def test_a_mistake_comes_back_at_its_field_with_all_that_was_typed(ada: Browser, field: str, value: str, said: str) -> None:
    form = {"target": TARGET, "scope": "typed-before", field: value}
    answer = ada.post("/runs", form)
    assert answer.status_code == 400
    assert said in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert "typed-before" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_what_was_typed_comes_back_inert(ada: Browser) -> None:
    answer = ada.post("/runs", {"target": '"><script>alert(1)</script>', "headers": "</textarea><script>x</script>"})
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text and "<script>x" not in answer.text


def test_a_secret_that_was_typed_beside_a_mistake_is_not_sent_back(ada: Browser) -> None:
    answer = ada.post("/runs", {"target": "nothing", "client_id": "a", "client_secret": "planted-s3cret"})
    assert "planted-s3cret" not in answer.text


@pytest.mark.attack("D1")
def test_an_address_may_start_only_so_many_runs_a_minute(make_app: Callable[..., Flask]) -> None:
    ada = Browser(make_app(new_runs_per_minute=2))
    answers = [ada.post("/runs", {"target": TARGET}) for _ in range(3)]
    assert [a.status_code for a in answers] == [303, 303, 429]
    assert "2 runs were started from this address within a minute" in answers[2].text
    assert 0 < int(answers[2].headers["Retry-After"]) <= 61
    assert ada.get("/").status_code == 200


def test_zero_means_no_limit(make_app: Callable[..., Flask]) -> None:
    ada = Browser(make_app(new_runs_per_minute=0, runs_per_browser=0))
    assert {ada.post("/runs", {"target": TARGET}).status_code for _ in range(35)} == {303}


@pytest.mark.attack("D1")
def test_a_browser_may_hold_only_so_many_runs(make_app: Callable[..., Flask]) -> None:
    app = make_app(runs_per_browser=2, new_runs_per_minute=0)
    ada = Browser(app)
    ada.start()
    ada.start()
    answer = ada.post("/runs", {"target": TARGET})
    assert answer.status_code == 429
    assert "2 runs" in answer.text
    assert Browser(app).post("/runs", {"target": TARGET}).status_code == 303


@pytest.mark.attack("C2")
def test_the_session_id_changes_with_each_run_and_an_unknown_one_is_not_adopted(ada: Browser, app: Flask) -> None:
    ada.start()
    first = ada.client.get_cookie("explorer", domain="127.0.0.1").value
    ada.start()
    second = ada.client.get_cookie("explorer", domain="127.0.0.1").value
    assert first != second and len(second) >= 43  # 256 bits
    planted = Browser(app)
    planted.client.set_cookie("explorer", "chosen-by-somebody", domain="127.0.0.1")
    planted.start()
    assert planted.client.get_cookie("explorer", domain="127.0.0.1").value != "chosen-by-somebody"
    thief = Browser(app)
    thief.client.set_cookie("explorer", first, domain="127.0.0.1")
    assert thief.get(f"/runs/{ada.run_id}").status_code == 404


@pytest.mark.attack("C1")
def test_cookie_flags(ada: Browser, make_app: Callable[..., Flask]) -> None:
    cookie = ada.post("/runs", {"target": TARGET}).headers["Set-Cookie"]
    assert cookie.startswith("explorer=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie and "Domain" not in cookie
    hosted = Browser(make_app(mode="hosted", public_url="https://e.example", secret_key="x" * 32, login="open"), "https://e.example")
    cookie = hosted.post("/runs", {"target": TARGET}).headers["Set-Cookie"]
    assert cookie.startswith("__Host-explorer=") and "Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Domain" not in cookie and "Path=/" in cookie


def test_the_redirect_uri_and_our_document_come_from_the_public_url(make_app: Callable[..., Flask]) -> None:
    hosted = Browser(make_app(mode="hosted", public_url="https://e.example", secret_key="x" * 32, login="open"), "https://e.example")
    hosted.start()
    assert hosted.facts.options.redirect_uri == "https://e.example/callback"
    assert hosted.facts.options.own_client_metadata_url == "https://e.example/client-metadata.json"
    document = hosted.get("/client-metadata.json").json
    assert document and document["client_id"] == "https://e.example/client-metadata.json"
    assert (document["application_type"], document["redirect_uris"]) == ("web", ["https://e.example/callback"])


@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        ("/runs", {"target": "not a url"}, "target"),
        ("/lessons/resume", {"code": "ABC"}, "progress"),
        ("/join", {"code": "ABC 234", "name": "Ada"}, "join-code"),
    ],
)
def test_the_field_that_is_wrong_has_the_focus_wherever_it_stands(ada: Browser, path: str, form: dict[str, str], field: str) -> None:
    text = ada.post(path, form).text
    focused = re.findall(r'<input id="([^"]*)"[^>]*\bautofocus', text)
    assert focused == [field] and 'aria-invalid="true"' in text


def test_a_form_that_is_too_long_is_told_how_long_it_may_be(ada: Browser) -> None:
    answer = ada.post("/runs", {"target": "x" * 70_000})
    assert answer.status_code == 413 and "64,000 bytes at most" in answer.text


def test_our_client_document_on_a_laptop(ada: Browser) -> None:
    document = ada.get("/client-metadata.json").json
    assert document and document["application_type"] == "native"
    assert document["token_endpoint_auth_method"] == "none"
    assert set(document["grant_types"]) == {"authorization_code", "refresh_token"}


@pytest.mark.parametrize(("pace", "state", "asked"), [("run", "authorize", True), ("step", "ready", False), ("", "ready", False)])
def test_start_walks_on_by_itself_and_step_by_step_sends_nothing(
    ada: Browser, gateway: Gateway, pace: str, state: str, asked: bool
) -> None:
    answer = ada.post("/runs", {"target": TARGET, "pace": pace})
    page = Page(BASE, ada.get(answer.headers["Location"]).text)
    assert page.state == state
    assert bool(gateway.asked) is asked
