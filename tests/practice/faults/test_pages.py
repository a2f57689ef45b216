"""The pages of practice gateways: open one, walk it, change it, see what clients sent."""

from __future__ import annotations

import re

import pytest
from faulty import Explorer
from robot import HttpUser
from walker import practice_visit, walk

from app.practice.faults import FAULTS


@pytest.fixture
def ada(explorer: Explorer) -> HttpUser:
    return explorer.user()


def opened(user: HttpUser, *faults: str, profile: str = "", title: str = "") -> str:
    """Open a gateway through the form; its page is shown then. Returns its MCP URL."""
    form = next(move for move in user.open("/practice/faults").forms if move.method == "POST" and "fault" in move.fields)
    values = {**form.values, "fault": list(faults), "profile": profile, "title": title}
    user.send(type(form)(form.method, form.url, values))  # type: ignore[arg-type]
    found = re.search(r"<code>(http[^<]*/mcp/linear-v1)</code>", user.page.text)
    assert found, user.page.text
    return found[1]


def press(user: HttpUser, end: str) -> None:
    user.send(next(move for move in user.page.forms if move.url.endswith(end)))


def test_every_fault_stands_on_the_list_with_the_finding_it_makes(ada: HttpUser) -> None:
    text = ada.open("/practice/faults").text
    for fault in FAULTS:
        assert f'value="{fault.slug}"' in text and f"/checks/{fault.code}" in text


def test_a_gateway_is_opened_walked_mended_and_closed(ada: HttpUser) -> None:
    url = opened(ada, "issuer-slash", "no-tools", title="Mine <b>")
    here = ada.page.url
    assert "Mine &lt;b&gt;" in ada.page.text and "The issuer ends in a slash" in ada.page.text
    ada.start({"target": url})
    walk(ada, practice_visit)
    assert ada.problem == "server_metadata.issuer_slash"
    ada.open(here)
    press(ada, "/reset")
    assert "Nothing: it is healthy." in ada.page.text
    press(ada, "/close")
    assert ada.session.get(here).status_code == 404
    assert ada.session.post(url).status_code == 404


def test_a_gateway_belongs_to_the_browser_that_opened_it(explorer: Explorer, ada: HttpUser) -> None:
    opened(ada)
    eve = explorer.user()
    assert eve.session.get(ada.page.url).status_code == 404
    assert eve.session.post(f"{ada.page.url}/close").status_code == 404


def test_a_switch_that_does_not_exist_is_told_and_opens_nothing(ada: HttpUser) -> None:
    answer = ada.session.post(f"{ada.base}/practice/faults", data={"fault": "no-such-thing"}, allow_redirects=False)
    assert answer.status_code == 400 and "There is no fault named no-such-thing." in answer.text


def test_what_a_client_sent_is_shown_masked_and_opens_as_a_run_that_names_the_fault(ada: HttpUser) -> None:
    url = opened(ada, "code-burnt")
    here = ada.page.url
    ada.start({"target": url})
    walk(ada, practice_visit)
    shown = ada.open(here).text
    assert "/oauth/token" in shown and "Nothing in it is a mistake of the client" in shown
    assert ("STOP", "token.code_reused") in ada.page.codes
    assert "code_challenge=challenge#" in shown or "state=state#" in shown
    press(ada, "/run")
    assert ada.problem == "token.code_reused"
    ada.open(here)
    press(ada, "/forget")
    assert "Nothing yet." in ada.page.text


def test_the_page_of_a_check_leads_to_a_gateway_that_has_it(ada: HttpUser) -> None:
    page = ada.open("/checks/register.closed")
    assert 'href="/practice/faults?fault=registration-closed"' in page.text and "Meet it on purpose" in page.text
    chosen = ada.open("/practice/faults?fault=registration-closed")
    assert 'value="registration-closed" checked' in chosen.text and 'value="issuer-slash" checked' not in chosen.text
    assert "Meet it on purpose" not in ada.open("/checks/callback.session_lost").text


def test_both_spellings_of_a_route_answer(ada: HttpUser) -> None:
    url = opened(ada)
    one, two = ada.session.post(url), ada.session.post(f"{url}/")
    assert one.status_code == two.status_code == 401
    assert one.headers["WWW-Authenticate"] == two.headers["WWW-Authenticate"]
    redirected = ada.session.post(opened(ada, "slash-redirect"), allow_redirects=False)
    assert redirected.status_code == 307 and ada.session.post(redirected.headers["Location"]).status_code == 401
