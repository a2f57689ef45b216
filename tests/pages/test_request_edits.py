"""Changing the next request: what differs from what the page showed is written down, and no change slips past a refusal."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from browsers import Browser
from canned import Gateway, form
from robot import Move

from app.flow.log import Choice


def edits(ada: Browser) -> list[dict[str, object]]:
    return [dict(e.body.values) for e in ada.run.entries if isinstance(e.body, Choice) and e.body.name == "edit"]


def request_form(ada: Browser) -> Move:
    return next(move for move in ada.page.forms if move.url.endswith("/step") and "step" in move.values)


def to_token(ada: Browser) -> None:
    ada.start()
    while ada.page.state == "ready":
        ada.press("step")
    ada.log_in()
    assert ada.page.step == "token"


def send(ada: Browser, **changes: str) -> None:
    move = request_form(ada)
    ada.post(move.url, {**move.values, **changes})
    assert ada.answer.status_code == 303, ada.answer.text
    ada.settled()


def test_an_untouched_form_is_no_edit_although_its_secrets_are_masked(ada: Browser, gateway: Gateway) -> None:
    to_token(ada)
    assert "code#" in request_form(ada).values["param.code"]
    send(ada)
    assert edits(ada) == []
    assert form(gateway.asked[-1])["code"] == "the-code-1"


def test_a_changed_and_a_dropped_parameter_reach_the_wire_and_the_log(ada: Browser, gateway: Gateway) -> None:
    to_token(ada)
    send(ada, **{"param.code": "another", "drop.resource": "1", "new_name": "extra", "new_value": "e"})
    (edit,) = edits(ada)
    assert edit["step"] == "token" and edit["drop_params"]
    sent = form(gateway.asked[-1])
    assert (sent["code"], sent["extra"]) == ("another", "e")
    assert "resource" not in sent


def test_a_named_break_is_one_click(ada: Browser, gateway: Gateway) -> None:
    to_token(ada)
    send(ada, **{"break": "no_verifier"})
    assert [edit["named"] for edit in edits(ada)] == ["no_verifier"]
    assert "code_verifier" not in form(gateway.asked[-1])


def test_the_authorization_request_is_drawn_anew_with_the_change(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    before = ada.facts.authorization
    send(ada, **{"param.scope": "mcp:tools more"})
    after = ada.facts.authorization
    assert before and after and before.state != after.state
    assert parse_qs(urlsplit(after.url).query)["scope"] == ["mcp:tools more"]
    assert ada.page.state == "authorize"


def test_no_step_slips_past_a_refusal(ada: Browser, gateway: Gateway) -> None:
    gateway.metadata["issuer"] = "https://evil.example"
    ada.start()
    ada.press("run")
    assert (ada.page.state, ada.page.problem) == ("failed", "server_metadata.issuer_mismatch")
    asked = len(gateway.asked)
    for step in (ada.page.step, "authorize", "token", "call"):
        answer = ada.post(f"/runs/{ada.run_id}/step", {"step": step})
        assert answer.status_code == 400, step
    assert len(gateway.asked) == asked
    assert not any(move.url.endswith("/step") for move in ada.page.forms)
    assert ada.press("go_on").problem != ""


def test_a_refused_step_may_be_sent_again_with_a_change(ada: Browser, gateway: Gateway) -> None:
    to_token(ada)
    gateway.on["POST /revoke"] = lambda request: (404, {}, b"")
    while ada.page.state == "ready":
        ada.press("step")
    assert ada.page.state == "connected"
    send(ada, **{"param.refresh_token": "made-up"})
    assert (ada.page.state, ada.page.step) == ("failed", "refresh")
    send(ada)
    assert sum(e.step == "refresh" and e.role == "refresh" for e in ada.run.entries) == 2
