"""Edit and resend: the original stays, the copy is marked, secrets are filled in by the server, and the walk learns nothing."""

from __future__ import annotations

import html
import re

import pytest
from browsers import Browser
from canned import Gateway, form, json_reply

from app.flow.log import Entry
from app.views.resend_form import read_resend, shown
from app.wire.messages import Exchange, Request


def fields(ada: Browser) -> dict[str, str]:
    """The fields of the form that is shown, as a browser would send them back."""
    text = ada.answer.text
    typed = {name: html.unescape(value) for name, value in re.findall(r'<input id="(\w+)" name="\1" value="([^"]*)"', text)}
    areas = re.findall(r'<textarea id="(\w+)" name="\1"[^>]*>\n?([^<]*)</textarea>', text)
    seen = re.search(r'name="seen" value="(\d+)"', text)
    typed |= {"seen": seen[1]} if seen else {}
    return typed | {name: html.unescape(value).replace("\n", "\r\n") for name, value in areas}


def walked(ada: Browser, gateway: Gateway) -> None:
    ada.start()
    ada.press("run")
    ada.log_in()
    assert ada.page.state == "connected"
    gateway.asked.clear()


def last(ada: Browser, step: str) -> Entry:
    return next(e for e in reversed(ada.run.entries) if e.step == step and isinstance(e.body, Exchange) and not e.is_aside)


def open_form(ada: Browser, seq: int) -> dict[str, str]:
    ada.get(f"/runs/{ada.run_id}/exchanges/{seq}/resend")
    assert ada.answer.status_code == 200
    return fields(ada)


def send(ada: Browser, seq: int, typed: dict[str, str]) -> None:
    ada.post(f"/runs/{ada.run_id}/exchanges/{seq}/resend", typed)
    ada._let_work_end()


def test_a_call_that_is_sent_again_untouched_is_the_same_request_byte_for_byte(ada: Browser, gateway: Gateway) -> None:
    walked(ada, gateway)
    call = last(ada, "call")
    assert isinstance(call.body, Exchange)
    typed = open_form(ada, call.seq)
    assert "access-token-1" not in ada.answer.text and re.search(r"\{\{access#\w{4}\}\}", typed["headers"])
    before = ada.page.state
    send(ada, call.seq, typed)
    assert gateway.asked == [call.body.request]
    copy = next(e for e in reversed(ada.run.entries) if isinstance(e.body, Exchange))
    assert (copy.role, copy.why) == (f"probe:resend:{call.seq}", f"Resent from {call.seq}, changed: nothing.")
    assert ada.answer.location == f"/runs/{ada.run_id}/exchanges/{copy.seq}"
    assert ada.look().state == before and f"Exchange {call.seq} sent again" in ada.page.text
    assert ada.facts.tokens is not None and ada.facts.tokens.access == "access-token-1"


def test_what_was_changed_is_named_and_the_original_stays(ada: Browser, gateway: Gateway) -> None:
    walked(ada, gateway)
    call = last(ada, "call")
    typed = open_form(ada, call.seq)
    headers = "\r\n".join(line for line in typed["headers"].split("\r\n") if not line.startswith("Authorization"))
    send(ada, call.seq, {**typed, "headers": f"{headers}\r\nX-Odd: 1"})
    assert gateway.asked[0].header("authorization") == "" and gateway.asked[0].header("x-odd") == "1"
    copy = ada.run.entries[-2]
    assert copy.why == f"Resent from {call.seq}, changed: header `Authorization`, header `X-Odd`."
    assert ada.run.entry(call.seq) == call
    ada.get(f"/runs/{ada.run_id}/exchanges/{copy.seq}")
    assert f"?with={call.seq}" in ada.answer.text and "Resent from" in ada.answer.text


def test_a_code_is_sent_again_only_after_its_cost_was_told_and_accepted(ada: Browser, gateway: Gateway) -> None:
    walked(ada, gateway)
    token = last(ada, "token")
    typed = open_form(ada, token.seq)
    assert "A code is for one use" in ada.answer.text and "the-code-1" not in ada.answer.text
    send(ada, token.seq, typed)
    assert ada.answer.status_code == 400 and "all the same" in ada.answer.text and gateway.asked == []
    send(ada, token.seq, {**typed, "again": "1", "body": typed["body"].replace("resource=", "audience=")})
    given = form(gateway.asked[0])
    assert given["code"] == "the-code-1" and "audience" in given and "resource" not in given
    assert "changed: parameter `resource`, parameter `audience`" in ada.run.entries[-2].why
    assert len(ada.facts.token_history) == 1, "the tokens of a copy are not the walk's"


def test_hidden_values_go_to_another_host_only_after_a_tick(ada: Browser, gateway: Gateway) -> None:
    walked(ada, gateway)
    call = last(ada, "call")
    typed = {**open_form(ada, call.seq), "url": "https://elsewhere.example/mcp"}
    send(ada, call.seq, typed)
    assert ada.answer.status_code == 400 and "another host" in ada.answer.text and gateway.asked == []
    send(ada, call.seq, {**typed, "elsewhere": "1"})
    assert gateway.asked[0].url == "https://elsewhere.example/mcp"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"method": "GET /x"}, "one word"),
        ({"url": "javascript:alert(1)"}, "http://"),
        ({"url": "https://[::1"}, "http://"),
        ({"headers": "no colon here"}, "Name: value"),
        ({"headers": "X-Token: {{access#0000}}"}, "does not hold"),
    ],
)
def test_a_mistake_is_told_and_what_was_typed_stays(ada: Browser, gateway: Gateway, changes: dict[str, str], says: str) -> None:
    walked(ada, gateway)
    call = last(ada, "call")
    send(ada, call.seq, {**open_form(ada, call.seq), **changes})
    assert ada.answer.status_code == 400 and says in html.unescape(ada.answer.text) and gateway.asked == []
    for name, value in changes.items():
        assert fields(ada)[name] == (value if name != "method" else value.upper())


def test_a_placeholder_in_a_form_or_in_json_is_spelled_for_its_place(ada: Browser, gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda request: json_reply({"access_token": "a/b+c=token", "token_type": "Bearer", "expires_in": 60})
    ada.start()
    ada.press("run")
    ada.log_in()
    call = last(ada, "call")
    label = re.search(r"\{\{(access#\w{4})\}\}", open_form(ada, call.seq)["headers"])
    assert label
    gateway.asked.clear()
    typed = open_form(ada, call.seq)
    send(ada, call.seq, {**typed, "body": f'{{"token": "{label[0]}"}}'})
    send(ada, call.seq, {**typed, "headers": "Content-Type: application/x-www-form-urlencoded", "body": f"token={label[0]}&\r\nx=1"})
    assert gateway.asked[0].body == b'{"token": "a/b+c=token"}'
    assert gateway.asked[1].body == b"token=a%2Fb%2Bc%3Dtoken&x=1"


def test_an_imported_run_sends_nothing(ada: Browser, gateway: Gateway) -> None:
    walked(ada, gateway)
    har = ada.get(f"/runs/{ada.run_id}.har").get_data()
    head = b'--edge\r\nContent-Disposition: form-data; name="har"; filename="a.har"\r\n\r\n'
    ada._open("POST", "/import", data=head + har + b"\r\n--edge--\r\n", content_type="multipart/form-data; boundary=edge")
    ada.run_id = ada.answer.location.rpartition("/")[2]
    gateway.asked.clear()
    call = last(ada, "call")
    assert open_form(ada, call.seq) == {} and "Send the copy" not in ada.answer.text
    send(ada, call.seq, {"method": "GET", "url": "https://gw.example/x", "headers": ""})
    assert ada.answer.status_code == 400 and gateway.asked == []
    ada.post(f"/runs/{ada.run_id}/documents/other")
    assert ada.answer.status_code == 400 and gateway.asked == []


def test_a_second_click_sends_nothing_and_a_second_form_does(ada: Browser, gateway: Gateway) -> None:
    walked(ada, gateway)
    call = last(ada, "call")
    typed = open_form(ada, call.seq)
    send(ada, call.seq, typed)
    first = ada.answer.location
    send(ada, call.seq, typed)
    assert len(gateway.asked) == 1 and ada.answer.location == first
    send(ada, call.seq, {**typed, "headers": "X-Odd: 1"})
    send(ada, call.seq, open_form(ada, call.seq))
    assert len(gateway.asked) == 3


def test_another_browsers_run_is_not_there(ada: Browser, gateway: Gateway) -> None:
    walked(ada, gateway)
    seq, bob = last(ada, "call").seq, Browser(ada.app)
    assert bob.get(f"/runs/{ada.run_id}/exchanges/{seq}/resend").status_code == 404
    assert bob.post(f"/runs/{ada.run_id}/exchanges/{seq}/resend", {"method": "GET"}).status_code == 404
    assert ada.get(f"/runs/{ada.run_id}/exchanges/1/resend").status_code == 404, "entry 1 is no exchange"


def test_the_limit_of_exchanges_holds_for_copies(make_app, gateway: Gateway) -> None:  # type: ignore[no-untyped-def]
    ada = Browser(make_app(exchanges_per_run=7))
    walked(ada, gateway)
    call = last(ada, "call")
    for _ in range(4):
        send(ada, call.seq, open_form(ada, call.seq))
    assert ada.facts.exchanges == 7 and "EXCHANGES_PER_RUN" in str(ada.run.entries[-1].body)


def test_bytes_that_are_no_text_are_sent_as_they_were(ada: Browser) -> None:
    octets = bytes(range(256))
    entry = Entry(1, 1.0, "call", "", "", Exchange(Request("POST", "https://gw.example/x", (), octets)))
    assert shown(entry.body.request, ()).body == ""  # type: ignore[union-attr]
    made = read_resend({"method": "PUT", "url": "https://gw.example/x", "headers": ""}, entry, ())
    assert made.mistakes == () and made.request.body == octets and made.changed == ("method",)
