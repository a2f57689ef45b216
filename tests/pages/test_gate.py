"""Before any page: hosts, bytes, origins."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsers import Browser
from flask import Flask

from app.pages.gate import place

HERE, PRACTICE, ELSEWHERE = "http://127.0.0.1:8000", "http://localhost:8000", "https://evil.example"


@pytest.mark.attack("R1")
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),  # not a browser
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),  # what no-referrer does to a form of our own
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HERE}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "same-origin, cross-site"}, False),
        ({"Origin": HERE}, True),
        ({"Origin": PRACTICE}, False),
        ({"Origin": ELSEWHERE}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://127.0.0.1:8001"}, False),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, False),
        ({"Origin": "https://127.0.0.1:8000"}, False),
    ],
)
def test_an_unsafe_request_is_judged_by_where_it_comes_from(ada: Browser, headers: dict[str, str], passes: bool) -> None:
    for path in ("/runs", "/forget-everything", "/runs/unknown-run/run", "/runs/unknown-run/delete"):
        answer = ada.post(path, headers=headers)
        assert (answer.status_code != 403) is passes, path
        if not passes:
            assert "Another site" in answer.text


@pytest.mark.attack("R1")
def test_every_unsafe_route_is_judged_but_the_callback_and_the_machines(app: Flask, ada: Browser) -> None:
    machines = app.extensions["explorer_machines"]
    judged = 0
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.build_only or rule.endpoint in machines or rule.endpoint == "callback.explain_post":
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "x").replace(f"<int:{name}>", "1")
        path = path.split("<any(")[0] + ("run" if path.endswith("action>") else "response.txt") if "<any(" in path else path
        host = PRACTICE if rule.endpoint.startswith("practice.") else HERE
        for method in methods:
            answer = ada.client.open(host + path, method=method, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403, (method, path)
            judged += 1
    assert judged > 20


def test_the_practice_forms_are_judged_against_their_own_origin(ada: Browser) -> None:
    for origin, passes in ((PRACTICE, True), (ELSEWHERE, False), (HERE, False)):
        answer = ada.post(f"{PRACTICE}/practice/idp/login", headers={"Origin": origin})
        assert (answer.status_code != 403) is passes, origin


def test_the_practice_machines_take_requests_from_anywhere(ada: Browser) -> None:
    answer = ada.post(f"{PRACTICE}/practice/oauth/token", headers={"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert answer.json and answer.json["error"]


@pytest.mark.parametrize("path", ["/", "/checks", "/?target=https://g.example/mcp%3Fa"])
def test_another_name_of_loopback_leads_to_the_one_that_keeps_the_cookie(ada: Browser, path: str) -> None:
    answer = ada.get(f"http://localhost:8000{path}")
    assert (answer.status_code, answer.location) == (302, f"{HERE}{path}")


def test_a_form_sent_under_another_name_is_explained(ada: Browser) -> None:
    answer = ada.post("http://localhost:8000/runs")
    assert answer.status_code == 400
    assert "Open this app at http://127.0.0.1:8000" in answer.text


def test_unknown_addresses_of_the_practice_origin_are_not_redirected(ada: Browser) -> None:
    assert ada.get(f"{PRACTICE}/.well-known/oauth-protected-resource").status_code == 404
    assert ada.get(f"{PRACTICE}/practice/nothing-here").status_code == 404
    assert ada.get(f"{PRACTICE}/.well-known/oauth-protected-resource/practice/mcp/linear-v1").status_code == 200


@pytest.mark.attack("P2")
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:8001", "127.0.0.1", "evil.example:8000", "127.0.0.1.evil.example:8000", "[", "a b"]
)
def test_a_foreign_host_is_refused(ada: Browser, host: str) -> None:
    answer = ada.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.attack("P2")
def test_a_forwarded_host_changes_nothing(ada: Browser) -> None:
    answer = ada.get("/client-metadata.json", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.json and answer.json["redirect_uris"] == [f"{HERE}/callback"]


def test_a_balancer_may_ask_for_health_under_any_name(ada: Browser) -> None:
    assert ada.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_hosted_behind_a_proxy_that_ends_tls(make_app: Callable[..., Flask]) -> None:
    app = make_app(mode="hosted", public_url="https://explorer.example", secret_key="x" * 32, login="open")
    client = app.test_client()
    assert client.get("http://explorer.example/").status_code == 200
    assert client.get("https://explorer.example/").status_code == 200
    assert client.get("http://127.0.0.1:8000/").status_code == 400
    assert client.get("http://localhost/").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/?target=%ff%fe", b""),
        ("GET", "/?target=a%00b", b""),
        ("POST", "/runs", b"target=%ff"),
        ("POST", "/runs", b"target=\xff"),
        ("POST", "/runs", b"tar%00get=x"),
    ],
)
def test_bytes_that_are_no_text_are_refused(ada: Browser, method: str, path: str, form: bytes) -> None:
    options = {"data": form, "content_type": "application/x-www-form-urlencoded"} if form else {}
    answer = ada.client.open(HERE + path, method=method, **options)
    assert answer.status_code == 400
    assert "not UTF-8 text" in answer.text


@pytest.mark.parametrize("path", ["/runs/\xff", "/checks/\xc3\x28", "/a\x00b"])
def test_a_path_that_is_no_text_is_refused(ada: Browser, path: str) -> None:
    answer = ada.client.open(HERE + "/", environ_overrides={"PATH_INFO": path})  # as the server hands it over: bytes as latin-1
    assert answer.status_code == 400
    assert "not UTF-8 text" in answer.text


@pytest.mark.parametrize(
    ("netloc", "expected"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", "8000")),
        ("Explorer.Example", ("explorer.example", "")),
        ("explorer.example:443", ("explorer.example", "")),
        ("[::1]:8000", ("::1", "8000")),
        ("[::1]", ("::1", "")),
        ("", ("", "")),
    ],
)
def test_a_place_is_host_and_port(netloc: str, expected: tuple[str, str]) -> None:
    assert place(netloc) == expected


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
    ],
)
def test_the_address_to_open_is_one_that_can_be_opened(make_app: Callable[..., Flask], host: str, base: str) -> None:
    client = make_app(host=host).test_client()
    assert client.get(f"{base}/").status_code == 200
    document = client.get(f"{base}/client-metadata.json").json
    assert document and document["redirect_uris"] == [f"{base}/callback"]
