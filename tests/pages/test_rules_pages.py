"""What the pages themselves must do and must not show (rules C17, C19, C33, C34, C38, C40, C41)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browsers import Browser
from canned import Gateway, Reply, json_reply
from flask import Flask
from requirements.marks import proves, under
from robot import Move

from app.settings import BadSetting, Settings, from_environment
from app.wire.messages import Request

HOSTED = {"mode": "hosted", "public_url": "https://explorer.example", "secret_key": "k" * 64, "login": "open"}
PLANTED = "planted-text-of-somebody-else"


def told(ada: Browser) -> str:
    """The JSON twin, and the report: the other two places where a run is shown."""
    return ada.get(f"/runs/{ada.run_id}.json").text + ada.get(f"/runs/{ada.run_id}.md").text


@proves("C17")
def test_our_document_names_itself_and_says_who_we_are(make_app: Callable[..., Flask]) -> None:
    ada = Browser(make_app(**HOSTED), "https://explorer.example")
    answer = ada.get("/client-metadata.json")
    document = json.loads(answer.text)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("application/json")
    assert document["client_id"] == "https://explorer.example/client-metadata.json"
    assert document["redirect_uris"] == ["https://explorer.example/callback"] and document["client_name"]
    assert not any("secret" in name or "secret" in str(value) for name, value in document.items())


@proves("C17")
@pytest.mark.parametrize("url", ["http://client.example/c.json", "https://client.example", "https://client.example/"])
def test_a_document_url_must_be_https_with_a_path(ada: Browser, url: str) -> None:
    ada.post("/runs", {"target": "https://gw.example/mcp", "registration": "cimd", "client_metadata_url": url})
    assert ada.answer.status_code == 400 and "metadata" in ada.answer.text


@proves("C17")
def test_a_laptops_document_is_not_offered_as_a_client_id(ada: Browser, gateway: Gateway) -> None:
    gateway.metadata["client_id_metadata_document_supported"] = True
    ada.start()
    ada.press("run")
    assert ada.leave()["client_id"] == "client-1"  # no authorization server could fetch it from loopback


def way_on(ada: Browser) -> Move:
    return next(form for form in ada.page.forms if ("break", "other_application_type") in form.buttons)


@under("C19")
def test_the_failed_page_offers_the_other_application_type(ada: Browser, gateway: Gateway, revision: str) -> None:
    sent: list[dict[str, Any]] = []

    def register(request: Request) -> Reply:
        sent.append(json.loads(request.body))
        if len(sent) > 1:
            return json_reply({**sent[-1], "client_id": "client-1"}, 201)
        return json_reply({"error": "invalid_redirect_uri", "error_description": "host not allowed"}, 400)

    gateway.on["POST /register"] = register
    ada.start(revision=revision)
    ada.press("run")
    assert (ada.page.state, ada.page.problem) == ("failed", "register.redirect_host_refused")
    assert "Retry with the other application_type" in ada.answer.text
    offer = ada.answer.text.index("other_application_type")
    assert ada.answer.text.rfind("<details", 0, offer) <= ada.answer.text.rfind("</details>", 0, offer), "folded away"
    move = way_on(ada).pressed("break", "other_application_type")
    ada.post(move.url, move.values)
    ada.settled()
    assert sent[1]["application_type"] != sent[0].get("application_type")
    assert ada.page.state == "ready" and ada.press("run").state == "authorize"


def test_without_a_refusal_the_other_kind_is_one_break_among_others(ada: Browser) -> None:
    ada.start()
    while ada.page.step != "register":
        ada.press("step")
    assert way_on(ada)
    assert "ways-on" not in ada.answer.text


@pytest.mark.attack("K7")
@under("C33")
@pytest.mark.parametrize("doubt", ["iss", "state"])
def test_error_texts_of_a_doubtful_answer_are_shown_nowhere(ada: Browser, revision: str, doubt: str) -> None:
    ada.start(revision=revision)
    ada.press("run")
    answer = {"state": ada.leave()["state"], "iss": "https://gw.example"}
    answer |= dict.fromkeys(("error", "error_description", "error_uri"), PLANTED) | (
        {"iss": "https://evil.example"} if doubt == "iss" else {"state": "another"}
    )
    ada.come_back(**answer)
    shown = ada.answer.text
    ada.come_back(**answer)  # a second one of the same kind must not bring back the first
    page = ada.settled()
    assert page.state == "failed" and page.problem in ("callback.iss_mismatch", "callback.state_mismatch")
    assert PLANTED not in shown + page.text + ada.answer.text + told(ada)


@under("C33", only=["2026-07-28"])
def test_error_texts_without_the_announced_issuer_are_shown_nowhere(ada: Browser, revision: str) -> None:
    ada.start(revision=revision)
    ada.press("run")
    ada.come_back(state=ada.leave()["state"], error="access_denied", error_description=PLANTED)
    page = ada.settled()
    assert page.problem == "callback.iss_missing"
    assert PLANTED not in page.text + told(ada)


def test_the_error_texts_of_an_answer_without_doubt_are_shown(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    ada.come_back(state=ada.leave()["state"], iss="https://gw.example", error="access_denied", error_description=PLANTED)
    assert PLANTED in ada.settled().text


@proves("C34")
@pytest.mark.parametrize("url", ["http://explorer.example", "http://10.0.0.1:8000"])
def test_a_hosted_instance_needs_an_https_address_for_its_callback(tmp_path: Path, url: str) -> None:
    environment = {name.upper(): value for name, value in HOSTED.items()} | {"PUBLIC_URL": url, "DATA_DIR": str(tmp_path)}
    with pytest.raises(BadSetting):
        from_environment(environment)


@proves("C34")
def test_the_callback_is_loopback_on_a_laptop_and_https_when_hosted() -> None:
    assert Settings().redirect_uri == "http://127.0.0.1:8000/callback"
    assert Settings(**HOSTED).redirect_uri == "https://explorer.example/callback"


@under("C38")
def test_tokens_are_masked_on_every_page_and_encrypted_at_rest(ada: Browser, settings: Settings, revision: str) -> None:
    ada.start(revision=revision)
    ada.press("run")
    ada.log_in()
    tokens = ada.facts.tokens
    assert ada.page.state == "connected" and tokens is not None
    asked = ada.facts.authorization
    assert asked is not None
    secrets = (tokens.access, tokens.refresh, asked.verifier, "the-code-1")
    pages = [ada.look().text, told(ada)]
    pages += [ada.get(f"/runs/{ada.run_id}/exchanges/{seq}").text for seq in range(1, len(ada.run.entries) + 1)]
    rest = b"".join(file.read_bytes() for file in Path(settings.data_dir).rglob("*") if file.is_file())
    for secret in secrets:
        assert not any(secret in page for page in pages), secret
        assert secret.encode() not in rest
    assert any("access#" in page for page in pages)


LURES = ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "JavaScript:alert(1)", "//gw.example/authorize"]


@proves("C40")
@pytest.mark.parametrize("endpoint", [*LURES, "http://gw.example/authorize"])
def test_the_browser_is_sent_to_no_other_kind_of_address(ada: Browser, gateway: Gateway, endpoint: str) -> None:
    gateway.metadata["authorization_endpoint"] = endpoint
    ada.start()
    ada.press("run")
    assert ada.page.state == "failed" and ada.facts.authorization is None
    assert "authorize" not in ada.page.moves
    assert f'href="{endpoint}' not in ada.page.text
    assert ada.get(f"/runs/{ada.run_id}/authorize").status_code in (303, 400)
    if "go_on" in ada.page.moves and endpoint in LURES:  # past the finding there is still nowhere to go
        ada.press("go_on")
        ada.press("run" if "run" in ada.page.moves else "retry")
        assert ada.facts.authorization is None and "authorize" not in ada.page.moves


@proves("C40")
def test_pages_have_a_policy_that_runs_no_script_of_strangers(ada: Browser) -> None:
    ada.start()
    policy = ada.answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def linked(gateway: Gateway, revision: str, url: str) -> None:
    """Let tools/call ask for a link to be opened, in the shape of the revision's era."""

    def answer(request: Request) -> Reply:
        message = json.loads(request.body)
        if message["method"] != "tools/call":
            return gateway._mcp(request)
        params = {"mode": "url", "url": url, "message": "Connect", "elicitationId": "e"}
        error = {"code": -32042, "message": "Connect", "data": {"elicitations": [params]}}
        asked = {"connect": {"method": "elicitation/create", "params": params}}
        result = {"resultType": "input_required", "inputRequests": asked, "requestState": "opaque"}
        told = {"result": result} if revision == "2026-07-28" else {"error": error}
        return json_reply({"jsonrpc": "2.0", "id": message["id"], **told})

    gateway.on["POST /mcp/one"] = answer


def to_link(ada: Browser, gateway: Gateway, revision: str, url: str) -> None:
    ada.start(revision=revision)
    ada.press("run")
    ada.log_in()
    linked(gateway, revision, url)
    ada.press("call_tool", tool="one")
    assert ada.page.state == "connect"


@under("C41")
def test_a_link_is_shown_whole_and_never_fetched(ada: Browser, gateway: Gateway, revision: str) -> None:
    url = f"https://up.example/connect/{'x' * 90}?account=7&mode=a"
    to_link(ada, gateway, revision, url)
    ada.look()
    assert [request.url for request in gateway.asked if "up.example" in request.url] == []
    assert ada.page.moves["connect"].method == "GET" and ada.page.moves["connect"].url == url
    text = ada.page.text.replace("&amp;", "&")
    assert f'<b><bdi>up.example</bdi></b>: <code class="value">{url}</code>' in text
    assert 'rel="noopener noreferrer"' in text


@under("C41")
@pytest.mark.parametrize("host", ["xn--pple-43d.example", "\u0430pple.example"])
def test_a_host_in_foreign_letters_is_warned_of(ada: Browser, gateway: Gateway, revision: str, host: str) -> None:
    to_link(ada, gateway, revision, f"https://{host}/connect")
    assert "look-alike" in ada.page.text


@under("C41")
@pytest.mark.parametrize("url", LURES)
def test_what_is_no_web_address_is_text_and_not_a_link(ada: Browser, gateway: Gateway, revision: str, url: str) -> None:
    to_link(ada, gateway, revision, url)
    assert f'href="{url}' not in ada.page.text and "connect" not in ada.page.moves
    assert quote(url, safe=":/,();.?") in ada.page.text or url in ada.page.text
