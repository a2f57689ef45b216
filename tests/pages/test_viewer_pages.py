"""The viewer through the pages: three ways to see the bytes, two exchanges compared, documents and tokens fetched on request."""

from __future__ import annotations

import re

import pytest
from browsers import Browser
from canned import AS, Gateway, json_reply
from joserfc import jwt
from joserfc.jwk import ECKey
from page_words import words_of

from app.wire.messages import Exchange

KEY = ECKey.generate_key("P-256", {"kid": "k1"})


def connected(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    ada.log_in()
    assert ada.page.state == "connected"


def seqs(ada: Browser, step: str) -> list[int]:
    return [e.seq for e in ada.run.entries if e.step == step and isinstance(e.body, Exchange)]


@pytest.mark.parametrize("view", ["parsed", "raw", "hex", "nonsense", "", "%00"])
def test_each_way_to_see_the_bytes_opens_and_hides_the_token(ada: Browser, view: str) -> None:
    connected(ada)
    answer = ada.get(f"/runs/{ada.run_id}/exchanges/{seqs(ada, 'token')[0]}?view={view}")
    assert answer.status_code == (400 if view == "%00" else 200)
    assert "access-token-1" not in answer.text and b"access-token-1".hex(" ") not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_two_exchanges_are_compared_by_header_pointer_and_field(ada: Browser) -> None:
    connected(ada)
    ada.press("refresh")
    first, second = seqs(ada, "token")[0], seqs(ada, "refresh")[0]
    answer = ada.get(f"/runs/{ada.run_id}/exchanges/{first}?with={second}")
    rows = {
        re.sub(r"<[^>]+>", " ", name).split()[0]: change
        for name, change in re.findall(r'<th scope="row"><code>(.*?)</code> <small>(.*?)</small>', answer.text)
    }
    assert rows["grant_type"] == "differs" and rows["code"] == "only here" and rows["refresh_token"] == "only there"
    assert rows["/access_token"] == "differs"
    for secret in ("access-token-1", "access-token-2", "refresh-token-1", "the-code-1"):
        assert secret not in answer.text
    labels = re.findall(r"access#\w{4}", answer.text)
    assert len(set(labels)) == 2, "two tokens have two labels"


@pytest.mark.parametrize("other", ["0", "1", "999", "-1", "x", "1.5", "9" * 40, "%D9%A3"])
def test_a_number_that_is_no_exchange_is_not_there(ada: Browser, other: str) -> None:
    connected(ada)
    assert ada.get(f"/runs/{ada.run_id}/exchanges/{seqs(ada, 'token')[0]}?with={other}").status_code == 404


def test_the_keys_are_fetched_once_asked_and_judge_the_signature(ada: Browser, gateway: Gateway) -> None:
    gateway.metadata["jwks_uri"] = f"{AS}/keys"
    gateway.on["GET /keys"] = lambda request: json_reply({"keys": [KEY.as_dict(private=False)]})
    token = jwt.encode({"alg": "ES256", "kid": "k1"}, {"iss": AS, "aud": "x", "sub": "ada"}, KEY)
    gateway.on["POST /token"] = lambda request: json_reply({"access_token": token, "token_type": "Bearer", "expires_in": 60})
    ada.start()
    ada.press("run")
    ada.log_in()
    gateway.asked.clear()
    assert "was not checked yet" in ada.get(f"/runs/{ada.run_id}/tokens").text and gateway.asked == []
    state = ada.look().state
    ada.post(f"/runs/{ada.run_id}/tokens/keys")
    assert ada.answer.location == f"/runs/{ada.run_id}/tokens"
    ada._let_work_end()
    assert [r.url for r in gateway.asked] == [f"{AS}/keys"]
    assert "Signature verified" in words_of(ada.get(f"/runs/{ada.run_id}/tokens").text)
    assert ada.look() and "The key set holds 1 key." in words_of(ada.answer.text)
    assert ada.look().state == state and token not in ada.answer.text


def test_keys_that_nobody_names_are_not_fetched(ada: Browser, gateway: Gateway) -> None:
    connected(ada)
    gateway.asked.clear()
    assert ada.post(f"/runs/{ada.run_id}/tokens/keys").status_code == 400 and gateway.asked == []


def test_the_other_discovery_document_is_fetched_on_request_and_teaches_the_walk_nothing(ada: Browser, gateway: Gateway) -> None:
    connected(ada)
    before = ada.facts.server
    gateway.on["GET /.well-known/openid-configuration"] = lambda r: json_reply({**gateway.metadata, "token_endpoint": f"{AS}/else"})
    assert "Fetch the other" in ada.get(f"/runs/{ada.run_id}/documents").text
    ada.post(f"/runs/{ada.run_id}/documents/other")
    ada._let_work_end()
    text = words_of(ada.get(f"/runs/{ada.run_id}/documents").text)
    assert "OpenID Connect" in text and "differs" in text and "Fetch the other" not in text
    assert ada.facts.server == before


@pytest.mark.parametrize("path", ["documents", "tokens"])
def test_a_run_that_has_just_begun_says_that_nothing_has_come(ada: Browser, path: str) -> None:
    ada.start()
    assert "has come in this run yet" in ada.get(f"/runs/{ada.run_id}/{path}").text
    assert Browser(ada.app).get(f"/runs/{ada.run_id}/{path}").status_code == 404
