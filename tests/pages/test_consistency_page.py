"""The consistency page: one table of URLs, and a button that fetches the documents which the walk did not need."""

from __future__ import annotations

from typing import Any

import pytest
from auditing import Judging
from browsers import Browser
from canned import json_reply
from flask import Flask
from robot import Page
from test_audit_page import connected

OIDC = "GET /.well-known/openid-configuration"


@pytest.fixture
def gateway() -> Judging:
    return Judging()


def look(ada: Browser) -> str:
    text: str = ada.get(f"/runs/{ada.run_id}/consistency").text
    assert ada.answer.status_code == 200
    return text


def fetch(ada: Browser) -> str:
    move = Page(f"{ada.base}/runs/{ada.run_id}/consistency", look(ada)).moves["try"]
    ada.post(move.url, move.values)
    ada._let_work_end()
    assert ada.answer.location == f"/runs/{ada.run_id}/consistency"
    return look(ada)


def test_a_run_that_has_not_begun_has_the_page_but_no_button(ada: Browser) -> None:
    ada.start()
    text = look(ada)
    assert "No tokens have come yet." in text and 'data-action="try"' not in text
    assert ada.post(f"/runs/{ada.run_id}/consistency").status_code == 400


def test_all_urls_of_a_healthy_walk_fit_together(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    text = look(ada)
    assert "fit together" in text and "https://gw.example/token" not in text.split("<table")[0]
    assert "/authorize" in text and "access-token-" not in text


def test_the_other_document_agrees(ada: Browser, gateway: Judging) -> None:
    gateway.on[OIDC] = lambda request: json_reply(gateway.metadata)
    connected(ada, gateway)
    text = fetch(ada)
    assert "The same." in text and "server_metadata.documents_contradict" not in {code for _, code in ada.look().codes}
    assert ada.page.state == "connected"


def test_the_other_document_contradicts(ada: Browser, gateway: Judging) -> None:
    gateway.on[OIDC] = lambda request: json_reply({**gateway.metadata, "token_endpoint": "https://gw.example/oidc/token"})
    connected(ada, gateway)
    text = fetch(ada)
    assert "1 member differs." in text and "/token_endpoint" in text and '<mark class="differs">oidc/</mark>' in text
    assert ("WARN", "server_metadata.documents_contradict") in ada.look().codes
    assert ada.page.state == "connected" and "try_other_document" in ada.answer.text


def test_where_there_is_no_other_document_nothing_is_blamed(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    text = fetch(ada)
    assert "No document there: 404." in text and "No other document answers" in ada.look().text
    assert ada.page.problem == ""


def test_two_clicks_fetch_once_and_strangers_never(ada: Browser, gateway: Judging, app: Flask) -> None:
    connected(ada, gateway)
    seen = {"seen": str(len(ada.run.entries))}
    for _ in range(2):
        ada.post(f"/runs/{ada.run_id}/consistency", seen)
        ada._let_work_end()
    assert sum("openid-configuration" in request.url for request in gateway.asked) == 1
    eve: Any = Browser(app)
    assert {eve.get(f"/runs/{ada.run_id}/consistency").status_code, eve.post(f"/runs/{ada.run_id}/consistency").status_code} == {404}
