"""The audit's page: chosen by check boxes, its cost told before, sent under the lease, and its verdicts with their evidence."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from auditing import Judging
from browsers import Browser
from flask import Flask

from app.flow.audits.attempts import SLUGS
from app.flow.audits.reading import audit_of
from app.flow.log import Choice


@pytest.fixture
def gateway() -> Judging:
    return Judging()


def connected(ada: Browser, gateway: Judging) -> None:
    """A walk to the handshake at a gateway that knows the codes of the sign-in."""
    ada.start()
    ada.press("run")
    ada.get(ada.page.moves["authorize"].url)
    gateway.issue_code("walk-code-1", ada.answer.location)
    ada.come_back(code="walk-code-1", state=state_in(ada.answer.location), iss="https://gw.example")
    assert ada.settled().state == "connected"


def state_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def address(ada: Browser, more: str = "") -> str:
    return f"/runs/{ada.run_id}/audit{more}"


def start(ada: Browser, *attempts: str, **form: Any) -> None:
    ada.post(address(ada), {"attempt": list(attempts or SLUGS), "other_route": "https://gw.example/mcp/two", **form})
    ada._let_work_end()


def sign_in(ada: Browser, gateway: Judging, code: str) -> None:
    ada.get(address(ada, "/leave"))
    assert ada.answer.status_code == 302, ada.answer.text
    gateway.issue_code(code, ada.answer.location)
    ada.come_back(code=code, state=state_in(ada.answer.location), iss="https://gw.example")
    assert ada.answer.status_code == 303 and ada.answer.location == address(ada)


def words(text: str) -> dict[str, str]:
    return dict(re.findall(r'data-attempt="([a-z_]+)" data-verdict="([a-z ]+)"', text))


def test_a_whole_audit_with_two_sign_ins(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    page = ada.get(address(ada)).text
    assert "no sign-in" in page and page.count(" checked") == 6, "only what needs no sign-in is marked"
    start(ada)
    assert ada.answer.status_code == 303
    assert "sign-in 1 of this audit" in ada.get(address(ada)).text
    sign_in(ada, gateway, "audit-code-1")
    page = ada.get(address(ada)).text
    assert "sign-in 2 of this audit" in page and "Waiting for it: Code twice." in page
    sign_in(ada, gateway, "audit-code-2")
    page = ada.get(address(ada)).text
    assert words(page) == dict.fromkeys(SLUGS, "enforced")
    assert "14 enforced" in page and "The audit is complete." in page
    assert ada.look().state == "connected" and ada.page.problem == ""


def test_every_piece_of_evidence_is_an_exchange_of_the_run(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada, "no_token", "wrong_origin")
    links = re.findall(rf"/runs/{ada.run_id}/exchanges/\d+", ada.get(address(ada)).text)
    assert len(links) >= 4
    assert {ada.get(link).status_code for link in links} == {200}


def test_nothing_secret_stands_on_the_page(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada)
    sign_in(ada, gateway, "the-secret-audit-code")
    for path in (address(ada), f"/runs/{ada.run_id}", f"/runs/{ada.run_id}.json", f"/runs/{ada.run_id}.md", f"/runs/{ada.run_id}.har"):
        text = ada.get(path).text
        assert "the-secret-audit-code" not in text and not re.search(r"(access|refresh)-token-\d", text), path


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (["no_token"], "1 marked: 2 requests at most, no sign-in."),
        (["wrong_verifier"], "1 sign-in."),
        (list(SLUGS), "1 or 2 sign-ins"),
        ([], "Nothing is marked yet."),
    ],
)
def test_the_cost_is_worked_out_before_anything_is_sent(ada: Browser, gateway: Judging, chosen: list[str], says: str) -> None:
    connected(ada, gateway)
    asked = len(gateway.asked)
    page = ada.get(address(ada), query_string={"attempt": chosen, "count": "1", "other_route": "https://gw.example/mcp/x"}).text
    assert says in page and page.count(" checked") == len(chosen) and "https://gw.example/mcp/x" in page
    assert len(gateway.asked) == asked and audit_of(ada.run.entries) is None


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"attempt": []}, "Nothing was chosen"),
        ({"attempt": ["nothing"]}, "Nothing was chosen"),
        ({"attempt": ["foreign_route"], "other_route": "https://elsewhere.example/mcp"}, "must be a URL of the same server"),
        ({"attempt": ["foreign_route"], "other_route": "https://gw.example/" + "x" * 3_000}, "must be a URL of the same server"),
    ],
)
def test_a_bad_form_gets_a_sentence(ada: Browser, gateway: Judging, form: dict[str, Any], says: str) -> None:
    connected(ada, gateway)
    asked = len(gateway.asked)
    assert ada.post(address(ada), form).status_code == 400 and says in ada.answer.text
    assert len(gateway.asked) == asked and audit_of(ada.run.entries) is None


def test_no_audit_begins_before_the_walk_has_tokens(ada: Browser) -> None:
    ada.start()
    page = ada.get(address(ada)).text
    assert "No audit can begin now" in page and "Start the audit" not in page
    assert ada.post(address(ada), {"attempt": "no_token"}).status_code == 400


def test_a_second_audit_waits_for_the_first_to_end(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada, "wrong_verifier")
    assert ada.post(address(ada), {"attempt": "no_token"}).status_code == 400 and "under way already" in ada.answer.text
    assert ada.post(address(ada, "/stop")).status_code == 303
    page = ada.get(address(ada)).text
    assert "You ended the audit" in page and words(page)["wrong_verifier"] == "advertised only"
    assert ada.post(address(ada, "/stop")).status_code == 400
    start(ada, "no_token")
    assert words(ada.get(address(ada)).text)["no_token"] == "enforced"


def test_the_second_of_two_clicks_sends_nothing(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    seen = str(len(ada.run.entries))
    start(ada, "no_token", seen=seen)
    asked = len(gateway.asked)
    start(ada, "no_token", seen=seen)
    assert ada.answer.status_code == 303 and len(gateway.asked) == asked


def test_somebody_else_can_neither_see_nor_press_nor_leave(ada: Browser, gateway: Judging, app: Flask) -> None:
    connected(ada, gateway)
    start(ada, "wrong_verifier")
    eve = Browser(app)
    assert [eve.get(address(ada)).status_code, eve.get(address(ada, "/leave")).status_code] == [404, 404]
    assert [eve.post(address(ada, more)).status_code for more in ("", "/stop", "/go_on", "/cancel")] == [404] * 4


def test_a_request_from_another_site_starts_nothing(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    refused = ada.post(address(ada), {"attempt": "no_token"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403 and audit_of(ada.run.entries) is None


def test_a_prefetch_does_not_leave_and_a_reload_takes_the_code_once(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada, "wrong_verifier")
    assert ada.get(address(ada, "/leave"), headers={"Sec-Purpose": "prefetch"}).status_code == 204
    sign_in(ada, gateway, "audit-code-1")
    asked = len(gateway.asked)
    found = next(e for e in ada.run.entries if e.role == "probe:audit:back")
    ada.get(found.body.url)  # type: ignore[union-attr]
    ada._let_work_end()
    assert ada.answer.location == address(ada) and len(gateway.asked) == asked
    assert ada.get(address(ada, "/leave")).status_code == 303, "nothing waits any more"


def test_while_it_sends_the_page_says_so_and_offers_cancel(ada: Browser, gateway: Judging, wire: Any) -> None:
    connected(ada, gateway)
    held, let_go = threading.Event(), threading.Event()

    def hold(request: object, stop: Callable[[], bool]) -> None:
        held.set()
        assert let_go.wait(10)

    wire.before = hold
    try:
        ada.post(address(ada), {"attempt": ["no_token", "wrong_origin"]})
        assert held.wait(10)
        page = ada.get(address(ada)).text
        assert 'data-state="running"' in page and 'data-action="cancel"' in page and "Start the audit" not in page
        assert 'http-equiv="refresh"' in page and ada.look().state == "running"
        cancelling = threading.Thread(target=lambda: ada.app.extensions["explorer"].jobs.cancel(ada.run_id))
        cancelling.start()
        cancelling.join()
    finally:
        let_go.set()
    ada._let_work_end()
    page = ada.get(address(ada)).text
    assert "You pressed cancel" in page and words(page)["wrong_origin"] == "could not judge"


def test_an_audit_that_a_dead_worker_left_can_go_on(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    ada.run.append(Choice("audit", {"phase": "begin", "attempts": "no_token wrong_origin", "other_route": ""}))
    page = ada.get(address(ada)).text
    assert "The audit stopped in the middle" in page
    ada.post(address(ada, "/go_on"), {"seen": str(len(ada.run.entries))})
    ada._let_work_end()
    assert words(ada.get(address(ada)).text)["wrong_origin"] == "enforced"


def test_the_answer_may_come_to_another_worker(ada: Browser, gateway: Judging, make_app: Callable[..., Flask]) -> None:
    connected(ada, gateway)
    start(ada, "wrong_verifier", "code_twice")
    ada.get(address(ada, "/leave"))
    gateway.issue_code("audit-code-1", ada.answer.location)
    state = state_in(ada.answer.location)
    other = Browser(make_app())
    other.client._cookies = ada.client._cookies  # type: ignore[attr-defined]  # the same browser, balanced elsewhere
    other.run_id = ada.run_id
    other.come_back(code="audit-code-1", state=state, iss="https://gw.example")
    assert other.answer.status_code == 303
    for page in (other.get(address(ada)).text, ada.get(address(ada)).text):
        assert words(page)["wrong_verifier"] == words(page)["code_twice"] == "enforced"


def test_the_story_of_the_run_keeps_the_audit_together(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada)
    sign_in(ada, gateway, "audit-code-1")
    text = ada.look().text
    assert "Audit" in text and ada.page.state == "connected"
    assert ada.answer.text.count('id="try_audit"') == 1


def test_an_imported_run_is_not_audited_but_its_audit_can_be_read(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada, "no_token", "wrong_verifier")
    sign_in(ada, gateway, "audit-code-1")
    before = words(ada.get(address(ada)).text)
    file = ada.get(f"/runs/{ada.run_id}.har").data
    ada.post("/import", {"har": (io.BytesIO(file), "run.har")}, content_type="multipart/form-data")
    assert ada.answer.status_code == 303, ada.answer.text[:400]
    ada.run_id = ada.answer.location.rpartition("/")[2]
    page = ada.get(address(ada)).text
    assert words(page) == before and "Start the audit" not in page
    assert ada.post(address(ada), {"attempt": "no_token"}).status_code == 400


def test_an_imported_run_whose_audit_was_still_waiting_offers_no_way_out(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada, "no_token", "wrong_verifier")
    file = ada.get(f"/runs/{ada.run_id}.har").data
    ada.post("/import", {"har": (io.BytesIO(file), "run.har")}, content_type="multipart/form-data")
    ada.run_id = ada.answer.location.rpartition("/")[2]
    page = ada.get(address(ada)).text
    assert words(page)["no_token"] == "enforced" and "No audit can begin now" in page
    assert "audit_authorize" not in page and "audit_go_on" not in page
    assert ada.get(address(ada, "/leave")).status_code == 303


def test_a_leniency_becomes_a_finding_where_the_catalogue_has_one(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    gateway.lenient = {"code_twice", "token_in_query", "old_refresh", "revoked_token"}
    start(ada)
    sign_in(ada, gateway, "audit-code-1")
    found = {code for _, code in ada.look().codes}
    assert {"token.code_replayable", "call.token_in_query", "replay.in_grace", "revoke.no_effect"} <= found
    assert ada.page.state == "connected"


def test_a_lesson_hides_what_would_tell_its_answer(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    ada.run.append(Choice("lesson", {"slug": "replayed-refresh-token", "room": ""}))
    paths = ("audit", "score", "score.json", "score.md", "consistency")
    assert {ada.get(f"/runs/{ada.run_id}/{path}").status_code for path in paths} == {409}
    assert ada.get("/compare", query_string={"left": ada.run_id, "right": ada.run_id}).status_code == 409
    asked = len(gateway.asked)
    assert ada.post(address(ada), {"attempt": "no_token"}).status_code == 409 and len(gateway.asked) == asked
    ada.run.append(Choice("lesson_over", {"how": "gave_up"}))
    assert {ada.get(f"/runs/{ada.run_id}/{path}").status_code for path in paths} == {200}
