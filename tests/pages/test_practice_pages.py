"""Practice gateways on a hosted instance: the pages are for its people, the gateways for any client."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.pages.practice import MOST_PER_BROWSER

HOSTED = {"mode": "hosted", "secret_key": "k" * 32, "public_url": "https://explorer.example", "login": "open"}
BASE = "https://explorer.example"


@pytest.fixture
def hosted(make_app: Callable[..., Flask]) -> Flask:
    return make_app(**HOSTED)


def test_a_gateway_is_opened_and_answers_under_the_public_address(hosted: Flask) -> None:
    client = hosted.test_client()
    opened = client.post("/practice/faults", base_url=BASE, data={"fault": "no-tools"})
    assert opened.status_code == 303
    page = client.get(opened.location, base_url=BASE).get_data(as_text=True)
    url = re.findall(r"<code>(https://explorer\.example/practice/g/[^<]*/mcp/linear-v1)</code>", page)[0]
    refused = hosted.test_client().post(url.removeprefix(BASE), base_url=BASE)
    assert refused.status_code == 401
    assert f'resource_metadata="{BASE}/.well-known/oauth-protected-resource/practice/g/' in refused.headers["WWW-Authenticate"]


def test_requests_are_counted_in_words(hosted: Flask) -> None:
    client = hosted.test_client()
    opened = client.post("/practice/faults", base_url=BASE).location
    gateway = opened.rpartition("/")[2]
    for told in ("1 request, times in UTC<", "2 requests, times in UTC<"):
        hosted.test_client().post(f"/practice/g/{gateway}/mcp/linear-v1", base_url=BASE)
        assert told in client.get(opened, base_url=BASE).get_data(as_text=True)


def test_where_people_sign_in_the_pages_ask_for_it_and_the_gateways_do_not(make_app: Callable[..., Flask]) -> None:
    app = make_app(**{**HOSTED, "login": "password", "login_password": "a password of the team"})
    client = app.test_client()
    asked = client.get("/practice/faults", base_url=BASE)
    assert asked.status_code in (302, 303) and "/login" in asked.location
    assert client.post("/practice/mcp/linear-v1", base_url=BASE).status_code == 401


def test_another_site_cannot_open_change_or_close_a_gateway(hosted: Flask) -> None:
    client = hosted.test_client()
    opened = client.post("/practice/faults", base_url=BASE).location
    foreign = {"Origin": "https://elsewhere.example"}
    for path in ("/practice/faults", opened, f"{opened}/reset", f"{opened}/close", f"{opened}/forget", f"{opened}/run"):
        assert client.post(path, base_url=BASE, headers=foreign).status_code == 403
    assert client.get(opened, base_url=BASE).status_code == 200


def test_a_browser_has_so_many_gateways_and_no_more(make_app: Callable[..., Flask]) -> None:
    client = make_app(new_runs_per_minute=0).test_client()
    for _ in range(MOST_PER_BROWSER):
        assert client.post("/practice/faults", base_url="http://127.0.0.1:8000").status_code == 303
    refused = client.post("/practice/faults", base_url="http://127.0.0.1:8000")
    assert refused.status_code == 429 and "Close one that you no longer need" in refused.get_data(as_text=True)


def test_gateways_are_braked_by_address(make_app: Callable[..., Flask]) -> None:
    app = make_app(new_runs_per_minute=2)
    statuses = [app.test_client().post("/practice/faults", base_url="http://127.0.0.1:8000").status_code for _ in range(3)]
    assert statuses == [303, 303, 429]


@pytest.mark.parametrize("path", ["x", "00000-0000-0000", "%00", "..", "a" * 300])
def test_a_gateway_that_is_not_there_is_no_error_of_ours(hosted: Flask, path: str) -> None:
    client = hosted.test_client()
    for end in ("", "/reset", "/close", "/forget", "/run"):
        method = client.post if end else client.get
        assert method(f"/practice/faults/{path}{end}", base_url=BASE).status_code in (302, 308, 400, 404, 405)


def test_hostile_titles_and_switches_are_text(hosted: Flask) -> None:
    client = hosted.test_client()
    opened = client.post("/practice/faults", base_url=BASE, data={"title": "<script>x</script>\u202e" + "t" * 500})
    page = client.get(opened.location, base_url=BASE).get_data(as_text=True)
    assert "<script>x" not in page and "&lt;script&gt;x" in page and "\u202e" not in page
    refused = client.post("/practice/faults", base_url=BASE, data={"fault": "<b>", "profile": "\u202e"})
    assert refused.status_code == 400 and "&lt;b&gt;" in refused.get_data(as_text=True)
    assert client.get("/practice/faults?fault=<b>&profile=<b>", base_url=BASE).status_code == 200
