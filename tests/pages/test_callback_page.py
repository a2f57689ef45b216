"""/callback: bound to the browser that left, taken once, and clean at once."""

from __future__ import annotations

from typing import Any

import pytest
from browsers import Browser
from canned import Gateway, form
from flask import Flask
from robot import Page

from app.flow.log import Leg

ISSUER = "https://gw.example"


def legs(ada: Browser) -> list[Leg]:
    return [e.body for e in ada.run.entries if isinstance(e.body, Leg) and e.body.kind == "callback"]


def redeemed(gateway: Gateway) -> list[str]:
    return [form(r)["code"] for r in gateway.asked if r.url.endswith("/token") and "code" in form(r)]


@pytest.fixture
def out(ada: Browser) -> dict[str, str]:
    """A browser that has left for the authorization server; what it took along."""
    ada.start()
    ada.press("run")
    return ada.leave()


def problem_of(ada: Browser) -> str:
    page = Page(ada.base, ada.answer.text)
    assert page.problem and (page.problem in [code for _, code in page.codes])
    assert "<form" not in ada.answer.text
    return page.problem


@pytest.mark.attack("L4")
def test_the_answer_is_taken_and_the_address_is_clean_at_once(ada: Browser, gateway: Gateway, out: dict[str, str]) -> None:
    answer = ada.come_back(code="c0de-1", state=out["state"], iss=ISSUER)
    assert (answer.status_code, answer.location) == (303, f"/runs/{ada.run_id}")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert ada.settled().state == "connected"
    assert redeemed(gateway) == ["c0de-1"]


def test_the_leg_keeps_the_query_as_it_came_but_not_our_cookie(ada: Browser, out: dict[str, str]) -> None:
    query = f"code=a%2Bb+c&state={out['state']}&iss=https%3A%2F%2Fgw.example&x=%FF"
    ada.get(f"/callback?{query}", headers={"User-Agent": "Person/1"})
    (leg,) = legs(ada)
    assert leg.url == f"http://127.0.0.1:8000/callback?{query}"
    names = [name.lower() for name, _ in leg.headers]
    assert "user-agent" in names and "cookie" not in names


@pytest.mark.attack("K5")
@pytest.mark.parametrize("again", ["c0de-1", "c0de-2"])
def test_a_reload_or_a_duplicate_shows_what_came_of_the_first(ada: Browser, gateway: Gateway, out: dict[str, str], again: str) -> None:
    ada.come_back(code="c0de-1", state=out["state"], iss=ISSUER)
    answer = ada.come_back(code=again, state=out["state"], iss=ISSUER)
    assert (answer.status_code, answer.location) == (303, f"/runs/{ada.run_id}")
    assert redeemed(gateway) == ["c0de-1"]
    assert len(legs(ada)) == 1


@pytest.mark.attack("K5")
@pytest.mark.parametrize(
    "header", [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}]
)
def test_a_prefetch_uses_nothing_up(ada: Browser, gateway: Gateway, out: dict[str, str], header: dict[str, str]) -> None:
    query = {"code": "c0de-1", "state": out["state"], "iss": ISSUER}
    assert ada.get("/callback", query_string=query, headers=header).status_code == 204
    assert ada.client.head(f"{ada.base}/callback", query_string=query).status_code == 204
    assert redeemed(gateway) == [] and legs(ada) == []
    ada.come_back(**query)
    assert redeemed(gateway) == ["c0de-1"]


@pytest.mark.attack("K2")
@pytest.mark.parametrize("state", ["", "unknown", None, "\ufffd", "x" * 3_000])
def test_an_unknown_state_is_refused_and_told_to_the_run_that_waits(
    ada: Browser, gateway: Gateway, out: dict[str, str], state: str | None
) -> None:
    query = {"code": "c0de-1", **({} if state is None else {"state": state})}
    assert ada.come_back(**query).status_code == 400
    assert problem_of(ada) == "callback.state_mismatch"
    assert "c0de-1" not in ada.answer.text
    assert redeemed(gateway) == []
    assert len(legs(ada)) == 1
    assert ada.look().state == "failed"
    assert ada.page.problem == "callback.state_mismatch"


def test_the_right_answer_still_counts_after_a_wrong_one(ada: Browser, gateway: Gateway, out: dict[str, str]) -> None:
    ada.come_back(code="evil", state="unknown")
    assert ada.come_back(code="c0de-1", state=out["state"], iss=ISSUER).status_code == 303
    assert redeemed(gateway) == ["c0de-1"]


@pytest.mark.attack("K1")
def test_another_browser_gets_nothing_and_changes_nothing(ada: Browser, app: Flask, gateway: Gateway, out: dict[str, str]) -> None:
    stranger = Browser(app)
    stranger.start()
    stranger.come_back(code="c0de-1", state=out["state"], iss=ISSUER)
    assert stranger.answer.status_code == 400
    assert problem_of(stranger) == "callback.state_mismatch"
    assert ada.run_id not in stranger.answer.text
    assert legs(ada) == [] and redeemed(gateway) == []


@pytest.mark.attack("K1")
def test_a_browser_that_lost_its_cookie_is_told_why(ada: Browser, app: Flask, gateway: Gateway, out: dict[str, str]) -> None:
    bare = Browser(app)
    bare.come_back(code="c0de-1", state=out["state"], iss=ISSUER)
    assert bare.answer.status_code == 400
    assert problem_of(bare) == "callback.session_lost"
    assert "http://127.0.0.1:8000" in bare.answer.text
    assert "Set-Cookie" not in bare.answer.headers
    assert legs(ada) == [] and redeemed(gateway) == []


def test_nobody_can_be_told_where_two_runs_wait(ada: Browser, out: dict[str, str]) -> None:
    first = ada.run_id
    ada.start()
    ada.press("run")
    ada.leave()
    assert ada.come_back(code="c", state="unknown").status_code == 400
    assert legs(ada) == []
    ada.run_id = first
    assert legs(ada) == []


@pytest.mark.attack("K2")
def test_a_state_that_is_too_old_is_unknown(ada: Browser, gateway: Gateway, out: dict[str, str]) -> None:
    store = ada.app.extensions["explorer"].store
    store.states.remember_state(out["state"], ada.run_id, ada.run.owner, 0.0)
    assert ada.come_back(code="c0de-1", state=out["state"], iss=ISSUER).status_code == 400
    assert problem_of(ada) == "callback.state_mismatch"
    assert redeemed(gateway) == []


@pytest.mark.attack("K4")
@pytest.mark.parametrize("twice", ["code", "state", "iss", "error"])
def test_a_parameter_that_comes_twice_is_not_redeemed(ada: Browser, gateway: Gateway, out: dict[str, str], twice: str) -> None:
    first = {"code": "c0de-1", "state": out["state"], "iss": ISSUER, "error": "access_denied"}
    names = ["code", "state", "iss"] if twice != "error" else ["code", "state", "iss", "error", "error"]
    pairs = [(name, first[name]) for name in names] + ([(twice, "other")] if twice != "error" else [])
    ada.get("/callback", query_string="&".join(f"{name}={value}" for name, value in pairs))
    assert ada.answer.status_code in (303, 400)
    assert redeemed(gateway) == []
    assert ada.look().state == "failed"


@pytest.mark.parametrize(
    "answer", [{"error": "access_denied", "error_description": "<b>no</b>"}, {}, {"access_token": "t", "token_type": "bearer"}]
)
def test_an_answer_without_a_code_ends_the_walk(ada: Browser, gateway: Gateway, out: dict[str, str], answer: dict[str, Any]) -> None:
    assert ada.come_back(state=out["state"], iss=ISSUER, **answer).status_code == 303
    assert ada.look().state == "failed"
    assert "<b>no</b>" not in ada.page.text
    assert redeemed(gateway) == []


@pytest.mark.attack("K1", "K4", "R1")
@pytest.mark.parametrize("with_cookie", [True, False])
def test_an_answer_by_post_is_explained_and_not_redeemed(
    ada: Browser, app: Flask, gateway: Gateway, out: dict[str, str], with_cookie: bool
) -> None:
    poster = ada if with_cookie else Browser(app)
    headers = {"Origin": ISSUER, "Sec-Fetch-Site": "cross-site"}
    poster.post("/callback", {"code": "c0de-1", "state": out["state"], "iss": ISSUER}, headers=headers)
    assert poster.answer.status_code == 400
    assert problem_of(poster) == "callback.wrong_shape"
    assert redeemed(gateway) == []
    assert ada.look().problem == "callback.wrong_shape"


@pytest.mark.attack("K1")
def test_a_post_of_strangers_writes_nothing(ada: Browser, out: dict[str, str]) -> None:
    ada.post("/callback", {"code": "c", "state": "unknown"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert ada.answer.status_code == 400
    assert legs(ada) == []


@pytest.mark.attack("O1")
@pytest.mark.parametrize("name", ["next", "return", "redirect_uri", "url"])
def test_no_parameter_leads_elsewhere(ada: Browser, out: dict[str, str], name: str) -> None:
    for value in ("//evil.example", "/\\evil.example", "https:evil.example"):
        ada.come_back(**{"code": "c", "state": out["state"], "iss": ISSUER, name: value})
        assert "evil" not in ada.answer.headers.get("Location", "")
