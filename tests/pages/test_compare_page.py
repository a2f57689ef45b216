"""Two runs side by side: what differs is told by code, by pointer, by attempt and by step, and only of one's own runs."""

from __future__ import annotations

import re

import pytest
from auditing import Judging
from browsers import Browser
from flask import Flask
from test_audit_page import connected, start

from app.flow.audits.reading import audits_of


@pytest.fixture
def gateway() -> Judging:
    return Judging()


def compare(ada: Browser, left: str, right: str) -> str:
    text: str = ada.get("/compare", query_string={"left": left, "right": right}).text
    assert ada.answer.status_code == 200, text
    return text


def kinds(text: str) -> dict[str, str]:
    return dict(re.findall(r'data-code-diff="([a-z_.]+)" data-kind="([a-z_]+)"', text))


def test_before_and_after_a_change(ada: Browser, gateway: Judging) -> None:
    gateway.metadata["code_challenge_methods_supported"] = ["S256", "plain"]
    gateway.metadata["scopes_supported"] = ["mcp:tools"]
    connected(ada, gateway)
    start(ada, "wrong_origin")
    before = ada.run_id
    gateway.metadata["code_challenge_methods_supported"] = ["S256"]
    gateway.metadata["authorization_endpoint"] = "https://gw.example/authorise"
    gateway.prm["resource_name"] = "One"
    gateway.lenient = {"wrong_origin"}
    connected(ada, gateway)
    start(ada, "wrong_origin")
    text = compare(ada, before, ada.run_id)
    assert kinds(text)["server_metadata.plain_pkce"] == "only_left"
    assert "/authorization_endpoint" in text and '<mark class="differs">s</mark>' in text and "/resource_name" in text
    assert 'data-attempt="wrong_origin" class="differs"' in text
    assert "1 different verdict." in text and "Time at the servers" in text
    turned = compare(ada, ada.run_id, before)
    assert kinds(turned)["server_metadata.plain_pkce"] == "only_right"


def test_a_run_compared_with_itself_differs_in_nothing(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    text = compare(ada, ada.run_id, ada.run_id)
    assert kinds(text) == {} and "Both runs have the same findings." in text and "no different members" in text


def test_a_sentence_that_changed_under_one_code_is_shown_on_both_sides(ada: Browser, gateway: Judging) -> None:
    gateway.metadata["revocation_endpoint"] = "https://one.example/revoke"
    gateway.metadata["token_endpoint"] = "https://one.example/token"
    gateway.on["POST /token"] = gateway._exchange
    connected(ada, gateway)
    before = ada.run_id
    gateway.metadata["token_endpoint"] = "https://two.example/token"
    connected(ada, gateway)
    text = compare(ada, before, ada.run_id)
    assert kinds(text)["server_metadata.endpoint_host_differs"] == "changed"
    assert "https://one.example/token" in text and "https://two.example/token" in text


def test_secrets_of_either_run_are_masked_and_tokens_are_compared_by_shape_alone(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    before = ada.run_id
    gateway.on["POST /register"] = lambda r: (
        201,
        {"Content-Type": "application/json"},
        b'{"client_id": "client-2", "client_secret": "the-client-secret", "token_endpoint_auth_method": "none"}',
    )
    connected(ada, gateway)
    text = compare(ada, before, ada.run_id)
    assert "the-client-secret" not in text and "/client_secret" in text
    assert not re.search(r"(access|refresh)-token-\d", text)


def test_the_page_offers_the_choice_of_ones_own_runs(ada: Browser, gateway: Judging) -> None:
    assert "no runs yet" in ada.get("/compare").text
    ada.start()
    first = ada.run_id
    ada.start()
    text = ada.get("/compare", query_string={"left": first}).text
    assert text.count(f'value="{first}"') == 2 and f'value="{first}" selected' in text and f'value="{ada.run_id}"' in text


@pytest.mark.parametrize("which", ["left", "right"])
def test_a_foreign_run_is_not_found(ada: Browser, app: Flask, which: str) -> None:
    ada.start()
    eve = Browser(app)
    eve.start()
    asked = {"left": eve.run_id, "right": eve.run_id} | {which: ada.run_id}
    assert eve.get("/compare", query_string=asked).status_code == 404
    assert eve.get("/compare", query_string={which: "nothing"}).status_code == 404


def test_two_audits_of_one_run_can_be_compared(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada, "wrong_origin", "no_token")
    gateway.lenient = {"wrong_origin"}
    start(ada, "wrong_origin")
    first, second = (audit.began for audit in audits_of(ada.run.entries))
    text = compare(ada, f"{ada.run_id}:{first}", f"{ada.run_id}:{second}")
    assert 'data-attempt="wrong_origin" class="differs"' in text and text.count('aria-current="true"') == 2
    row = text.split('data-attempt="wrong_origin"')[1].split("</tr>")[0]
    assert re.findall(r"</span> ([a-z ]+)</td>", row) == ["enforced", "not enforced"]
    together = compare(ada, ada.run_id, f"{ada.run_id}:{second}")
    assert "not enforced" in together
    for nothing in (f"{ada.run_id}:1", f"{ada.run_id}:x"):
        assert ada.get("/compare", query_string={"left": nothing, "right": ada.run_id}).status_code == 404


def test_runs_that_have_not_begun_can_be_compared(ada: Browser) -> None:
    ada.start()
    first = ada.run_id
    ada.start()
    assert "Neither run has one." in compare(ada, first, ada.run_id)
