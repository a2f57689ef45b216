from __future__ import annotations

import pytest
from dance import FORM, Dance, through_flask
from flask import Flask


@pytest.fixture
def registered(dance: Dance) -> Dance:
    dance.register()
    return dance


def test_the_answer_carries_code_state_and_issuer(registered: Dance) -> None:
    answered = registered.allow().answered
    assert answered["state"] == registered.state
    assert answered["iss"] == registered.resource
    assert set(answered) == {"code", "state", "iss"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "mcp:tools offline_access"}, "invalid_scope"),
        ({"resource": "http://localhost:8000/practice/mcp/github-v1"}, "invalid_target"),
        ({"resource": "http://localhost:8000/practice/mcp/linear-v1/"}, "invalid_target"),
    ],
)
def test_a_wrong_request_is_refused_at_the_client(registered: Dance, changes: dict[str, str | None], error: str) -> None:
    answer = registered.get(registered.authorize_url(**changes))
    assert answer.location.startswith(registered.redirect_uri)
    assert answer.answered["error"] == error
    assert answer.answered["state"] == registered.state
    assert answer.answered["iss"] == registered.resource


def test_a_doubled_parameter_is_refused_at_the_client(registered: Dance) -> None:
    answer = registered.get(registered.authorize_url() + "&scope=mcp:tools")
    assert answer.answered["error"] == "invalid_request"


@pytest.mark.parametrize(
    "tail",
    ["&client_id=other", "&redirect_uri=http://127.0.0.1:8000/callback", "&state=%00", "&state=%ff", "&a=1" * 120],
)
def test_a_request_that_cannot_be_trusted_stays_on_a_page(registered: Dance, tail: str) -> None:
    answer = registered.get(registered.authorize_url() + tail)
    assert answer.status == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "dcr:unknown"},
        {"client_id": "\u00e9"},
        {"redirect_uri": "http://127.0.0.1:8000/other"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://localhost:8000/callback"},
    ],
)
def test_nobody_is_sent_to_an_address_that_was_not_registered(registered: Dance, changes: dict[str, str | None]) -> None:
    answer = registered.get(registered.authorize_url(**changes))
    assert answer.status == 400
    assert "location" not in answer.headers


def test_any_loopback_port_is_the_registered_address(registered: Dance) -> None:
    registered.redirect_uri = "http://127.0.0.1:61999/callback"
    sent = registered.allow()
    assert sent.location.startswith("http://127.0.0.1:61999/callback?")
    registered.code = sent.answered["code"]
    assert registered.redeem().status == 200


def test_the_only_registered_address_may_be_left_out(registered: Dance) -> None:
    registered.code = registered.allow(redirect_uri=None).answered["code"]
    assert registered.redeem(redirect_uri=None).status == 200


def test_the_resource_is_implied_by_the_endpoint(registered: Dance) -> None:
    registered.code = registered.allow(resource=None).answered["code"]
    assert registered.redeem().json["resource"] == registered.resource


def test_state_comes_back_letter_by_letter_or_not_at_all(registered: Dance) -> None:
    state = "a b&c=d%2F\u00e9<script>"
    assert registered.allow(state=state).answered["state"] == state
    assert "state" not in registered.allow(state=None).answered


def test_a_query_of_the_redirect_uri_is_kept(dance: Dance) -> None:
    dance.redirect_uri = "http://127.0.0.1:8000/callback?keep=me"
    dance.register()
    assert dance.allow().answered["keep"] == "me"
    dance.redirect_uri = "http://127.0.0.1:8000/callback?"
    dance.register()
    assert "code" in dance.allow().answered


def test_an_unknown_route_has_no_authorize_endpoint(registered: Dance) -> None:
    registered.route = "other"
    assert registered.get(registered.authorize_url()).status == 404


def test_the_endpoint_is_opened_by_get(registered: Dance) -> None:
    answer = registered.send("POST", registered.authorize_url(), {}, b"")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_a_sign_in_belongs_to_the_browser_that_began_it(registered: Dance, app: Flask) -> None:
    page = registered.follow(registered.get(registered.authorize_url()))
    other = Dance(through_flask(app))
    assert other.get(page.url).status == 403
    assert other.press(page, "login").status == 403


def test_the_identity_providers_code_works_once_and_a_reload_does_no_harm(registered: Dance, app: Flask) -> None:
    page = registered.follow(registered.get(registered.authorize_url()))
    action, fields = page.form("login")
    back = registered.send(
        "POST", action, {"Content-Type": "application/x-www-form-urlencoded"}, f"state={fields['state']}&person=ada".encode()
    )
    assert back.location.startswith("http://localhost:8000/practice/oauth/callback?")
    assert 'data-practice="approve"' in registered.follow(registered.get(back.location)).text
    assert 'data-practice="approve"' in registered.follow(registered.get(back.location)).text
    assert Dance(through_flask(app)).get(back.location).status == 403


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=y", "?code=x&code=y&state=z"])
def test_a_broken_way_back_from_the_login_is_explained(dance: Dance, query: str) -> None:
    assert dance.get(f"/practice/oauth/callback{query}").status in (400, 403)


def test_a_planted_cookie_is_not_kept_at_the_login(registered: Dance) -> None:
    planted = "A" * 43
    page = registered.get(registered.authorize_url(), Cookie=f"practice_login={planted}")
    login = registered.get(page.location, Cookie=f"practice_login={planted}")
    action, fields = login.form("login")
    headers = {"Content-Type": FORM, "Cookie": f"practice_login={planted}"}
    back = registered.send("POST", action, headers, f"state={fields['state']}&person=ada".encode())
    setup = registered.get(back.location, Cookie=f"practice_login={planted}")
    assert "practice_login=" in setup.headers["set-cookie"]
    assert planted not in setup.headers["set-cookie"]


def test_the_cookie_stays_under_the_gateways_path(registered: Dance) -> None:
    cookie = registered.get(registered.authorize_url()).headers["set-cookie"]
    assert all(part in cookie for part in ("practice_login=", "Path=/practice", "HttpOnly", "SameSite=Lax"))
