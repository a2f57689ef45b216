"""Whatever is sent, the gateway answers with a 4xx of its own; errors fly in these tests, so a 500 would fail them."""

from __future__ import annotations

import pytest
from dance import FORM, Dance, through_flask
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ENDPOINTS = (
    "/practice/oauth/register",
    "/practice/oauth/token",
    "/practice/oauth/revoke",
    "/practice/oauth/setup",
    "/practice/oauth/callback",
    "/practice/oauth/authorize/mcp/linear-v1",
    "/practice/idp/login",
    "/practice/auth/connections/linear/connect",
    "/practice/mcp/linear-v1",
    "/practice/",
)
NASTY = (
    b"\x00", b"\xff\xfe", b"%00", b"%ff", b"a=%", b"&&&&", b"=" * 500, b"client_id=%ED%A0%80", b"flow=" + b"x" * 9_000,
    b"code=..%2f..%2f&state='--", b"ticket=\xc3\xa9", b"grant_type=authorization_code&client_id=" + b"a" * 3_000,
    b"<script>alert(1)</script>", b"{{7*7}}", b"a=1&" * 2_000, b"[" * 60_000, b'{"jsonrpc":"2.0"}', b"x" * 70_000,
)  # fmt: skip

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", [FORM, "application/json", "multipart/form-data; boundary=x", "text/plain;charset=\u00ff", ""])
def test_nasty_bodies_are_refused(dance: Dance, endpoint: str, kind: str) -> None:
    for body in NASTY:
        answer = dance.send("POST", dance.origin + endpoint, {"Content-Type": kind}, body)
        assert 400 <= answer.status < 500, (body[:40], answer.status)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_nasty_queries_are_refused_or_ignored(dance: Dance, endpoint: str) -> None:
    for tail in NASTY:
        answer = dance.get(f"{endpoint}?{tail[:4_000].decode('latin-1')}")
        assert answer.status < 500, (tail[:40], answer.status)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "BREW"])
def test_unknown_methods_are_refused(dance: Dance, endpoint: str, method: str) -> None:
    assert dance.send(method, dance.origin + endpoint, {}, b"").status == 405


@many
@given(st.dictionaries(st.sampled_from(["grant_type", "code", "code_verifier", "resource", "refresh_token", "scope"]), st.text()))
def test_any_form_gets_an_answer_of_the_token_endpoint(granted: Dance, fields: dict[str, str]) -> None:
    plain = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    answer = granted.post_form("/practice/oauth/token", plain)
    assert answer.json["error"] in ("invalid_request", "invalid_grant", "unsupported_grant_type", "invalid_target", "invalid_scope")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ["redirect_uris", "client_name", "scope", "grant_types", "application_type", "token_endpoint_auth_method", "response_types"]
PARAMS = ["name", "arguments", "_meta", "requestState"]


@many
@given(st.dictionaries(st.sampled_from(MEMBERS), json_values))
def test_any_metadata_gets_an_answer_of_the_registration_endpoint(dance: Dance, asked: dict[str, object]) -> None:
    assert dance.post_json("/practice/oauth/register", asked).json["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


@many
@given(
    st.sampled_from(["tools/call", "initialize", "ping"]),
    st.dictionaries(st.sampled_from(["name", "arguments", "_meta", "requestState"]), json_values),
)
def test_any_params_get_an_answer_of_the_route(granted: Dance, method: str, params: dict[str, object]) -> None:
    assert granted.call(method, params, Mcp_Method=method).status in (200, 400)


@many
@given(st.text(max_size=60))
def test_any_cookie_is_nobody(app: Flask, value: str) -> None:
    stranger = Dance(through_flask(app))
    cookie = value.encode("latin-1", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
    assert "Nobody is signed in" in stranger.get("/practice/", Cookie=f"practice_login={cookie}").text


def test_every_page_has_its_policy_and_no_inline_code(granted: Dance) -> None:
    login = Dance(granted.send, route="github-v1")
    login.register()
    pages = [granted.get("/practice/"), login.to_consent(), granted.get("/practice/oauth/setup?flow=x"), granted.get("/practice/idp/login")]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<script" not in page.text and "style=" not in page.text and " on" + "click" not in page.text
        assert "nothing here is real" in page.text
