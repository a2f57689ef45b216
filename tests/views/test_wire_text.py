"""Bytes as text: nothing re-written, nothing left out unsaid."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views.json_text import indented, is_json
from app.views.mask import mask_for
from app.views.times import duration, iso, milliseconds
from app.views.timing import phases
from app.views.visible import visible
from app.views.wire_text import SHOWN, prose, request_side, response_side
from app.wire.messages import Exchange, Failure, Marks, Request

NOBODY = mask_for(())
HEADER = re.compile('<span class="header-name">([^<>": ]*)</span>:[^<>"]*')


def came(body: bytes, kind: str = "application/json", *headers: str) -> Exchange:
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Type: {kind}", *headers, f"Content-Length: {len(body)}"])
    return Exchange(
        Request("GET", "https://gw.example/x"), b"GET /x HTTP/1.1\r\nHost: gw.example\r\n\r\n", head.encode("latin-1") + b"\r\n\r\n" + body
    )


def test_headers_keep_order_case_and_duplicates() -> None:
    side = response_side(came(b"{}", "application/json", "X-b: 1", "x-B: 2", "X-b: 1"), NOBODY)
    assert side.plain.split("\n\n")[0].split("\n")[2:5] == ["X-b: 1", "x-B: 2", "X-b: 1"]


@given(st.lists(st.text("aA-: <&\"'>\t\u202e", min_size=1, max_size=12), max_size=4))
def test_a_head_is_inert_and_each_line_is_a_start_line_or_a_named_header(lines: list[str]) -> None:
    sent = "\r\n".join(["GET /x HTTP/1.1", *lines]).encode("utf-8")
    head = str(request_side(Exchange(Request("GET", "https://gw.example/x"), sent + b"\r\n\r\n"), NOBODY).head)
    for line in head.split("\n"):
        start, named = re.fullmatch('<span class="start-line">([^<>"]*)</span>', line), HEADER.fullmatch(line)
        assert named if named else start and (" " in start[1].partition(":")[0] or ":" not in start[1])
    assert html.unescape(re.sub("<[^>]*>", "", head)) == visible(sent.decode("latin-1"))


def test_json_is_indented_and_not_re_written() -> None:
    text = '{"a":1,"a":2,"n":1.10e400,"big":12345678901234567890123,"s":"\\u0041 , {","e":{},"l":[],"t":[true,null]}'
    pretty = indented(text)
    assert pretty.split("\n")[1:4] == ['  "a": 1,', '  "a": 2,', '  "n": 1.10e400,']
    assert "".join(line.strip() for line in pretty.split("\n")).replace('": ', '":') == text
    assert json.loads(pretty)["t"] == [True, None]


def test_text_that_is_no_json_stays_as_it_came() -> None:
    side = response_side(came(b'{"a": 1,}\n  x'), NOBODY)
    assert side.kind == "text" and side.plain.endswith('{"a": 1,}\n  x')
    assert not is_json("[" * 100_000)


def test_an_event_stream_shows_each_line_and_indents_its_json() -> None:
    side = response_side(came(b'event: message\r\ndata: {"a":1}\r\n\r\n: ping\r\n', "text/event-stream"), NOBODY)
    assert side.kind == "events" and 'data: {\n  "a": 1\n}' in side.plain and ": ping" in side.plain


def test_an_event_stream_is_coloured_by_its_fields_and_only_json_as_json() -> None:
    side = response_side(came(b'event: message\r\ndata: {"null":1}\r\n\r\n: ping <\r\ndata: not json\r\n', "text/event-stream"), NOBODY)
    assert side.body.striptags() == " ".join(side.plain.partition("\n\n")[2].split()), "the text stays as it is"
    assert 'class="err"' not in side.body and 'class="nt"' in side.body and ": ping &lt;" in side.body
    assert '<span class="header-name">event</span>: message' in side.body
    assert '<span class="header-name">data</span>: not json' in side.body


def test_a_form_is_also_a_table_with_meanings() -> None:
    request = Request("POST", "https://gw.example/token", (("Content-Type", "application/x-www-form-urlencoded"),))
    sent = b"POST /token HTTP/1.1\r\n\r\ngrant_type=authorization_code&code=the-code-1&resource=https%3A%2F%2Fgw%2Fmcp"
    side = request_side(Exchange(request, sent), NOBODY)
    assert [row.name for row in side.rows] == ["grant_type", "code", "resource"]
    assert [row.label for row in side.rows] == ["Grant type", "Authorization code", "Resource"] and all(row.meaning for row in side.rows)
    assert side.rows[2].value == "https://gw/mcp" and "the-code-1" not in side.plain + side.rows[1].value


def test_bytes_that_are_no_text_are_shown_in_hex_and_masked() -> None:
    side = response_side(came(b"\x00\x01\x02\xff" * 20 + b"access_token=very-secret-1 ", "application/octet-stream"), NOBODY)
    assert side.kind == "hex" and "000000  00 01 02 ff" in side.plain
    assert "very-secret-1" not in side.plain and b"very-secret".hex(" ") not in side.plain


def test_latin_1_text_is_text() -> None:
    assert "café" in response_side(came("café".encode("latin-1"), "text/plain; charset=iso-8859-1"), NOBODY).plain


def test_a_long_body_is_cut_and_says_so() -> None:
    side = response_side(came(b"x" * (SHOWN + 500), "text/plain"), NOBODY)
    assert "500 more bytes" in side.note and len(side.plain) < SHOWN + 500


def test_a_request_that_was_never_sent_is_shown_as_planned_and_said_so() -> None:
    side = request_side(Exchange(Request("POST", "https://gw.example/mcp", (("A", "b"),), b"x"), failure=Failure("refused", "no")), NOBODY)
    assert side.size == 0 and "not sent" in side.note and "A: b" in side.plain


def test_a_cut_answer_says_so_and_bytes_that_are_no_http_are_shown() -> None:
    cut = Exchange(Request("GET", "https://x/"), b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    assert "cut off" in response_side(cut, NOBODY).note
    assert "SSH-2.0" in response_side(Exchange(Request("GET", "https://x/"), b"", b"SSH-2.0-x\r\n"), NOBODY).plain


@pytest.mark.attack("X3")
def test_html_in_a_body_is_escaped() -> None:
    side = response_side(came(b"<script>alert(1)</script>", "text/html"), NOBODY)
    assert "<script" not in side.body and "&lt;script&gt;" in side.body
    side = response_side(came(b'{"<script>":"</span><img src=x>"}'), NOBODY)
    assert "<script" not in side.body and "<img" not in side.body


def test_prose_marks_code_and_nothing_else() -> None:
    assert prose("say `<b>` & go") == "say <code>&lt;b&gt;</code> &amp; go"


def test_phases_follow_each_other_and_a_failure_has_its_own() -> None:
    bar = phases(Marks(dns=0.1, tcp=0.2, sent=0.3, first_byte=0.8, end=1.0))
    assert [(p.slug, p.x, p.width) for p in bar] == [
        ("dns", 0, 100),
        ("tcp", 100, 100),
        ("send", 200, 100),
        ("wait", 300, 500),
        ("download", 800, 200),
    ]
    assert [p.slug for p in phases(Marks(dns=0.1, end=1.0))] == ["dns", "failed"]
    assert phases(Marks()) == ()


WORDS = {0: "0 s", 59.9: "59 s", 60: "1 min", 200: "3 min 20 s", 7_500: "2 h 5 min", 86_400: "24 h", 400_000: "4 days", -3: "0 s"}


@pytest.mark.parametrize(("seconds", "words"), WORDS.items())
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_moments_and_milliseconds() -> None:
    assert iso(0) == "1970-01-01T00:00:00Z" and iso(1e30) == "1970-01-01T00:00:00Z"
    assert (milliseconds(0.42), milliseconds(12.4), milliseconds(3_210)) == ("0.4 ms", "12 ms", "3.2 s")
