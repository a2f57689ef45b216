"""Event streams and the JSON-RPC messages in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.parse.response import Response, read_response
from app.wire.parse.sse import EventReader, read_events, rpc_messages

ANSWER = b'{"jsonrpc":"2.0","id":"7","result":{}}'
STREAM = b'event: message\ndata: {"method":"x","id":"7"}\n\n: ping\n\ndata: ' + ANSWER + b"\n\n"


def shapes(body: bytes) -> list[tuple[str, str, str, int | None]]:
    return [(e.event, e.text, e.id, e.retry) for e in read_events(body)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: a\n\n", [("message", "a", "", None)]),
        (b"data:a\ndata:  b\ndata\n\n", [("message", "a\n b\n", "", None)]),
        (b"event: x\nid: 1\nretry: 500\ndata: a\n\n", [("x", "a", "1", 500)]),
        (b"\xef\xbb\xbfdata: a\n\n", [("message", "a", "", None)]),
        (b"\n\n\ndata: a\n\n\n", [("message", "a", "", None)]),
        (b"id: a\0b\nretry: soon\ndata: \xff\n\n", [("message", "\ufffd", "", None)]),
        (b"retry: " + b"9" * 5000 + b"\n\n", [("message", "", "", None)]),
        (b": only a comment\n\n", [("message", "", "", None)]),
        (b"", []),
    ],
)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_events_are_read_with_each_kind_of_line_end(body: bytes, expected: list[tuple[str, str, str, int | None]], ending: bytes) -> None:
    assert shapes(body.replace(b"\n", ending)) == expected


def test_every_event_knows_its_bytes() -> None:
    body = b": hi\r\n\r\ndata: a\r\nid: 1\r\n\r\ndata: b\r\n\r\n"
    assert [body[e.start : e.end] for e in read_events(body)] == [b": hi", b"data: a\r\nid: 1", b"data: b"]


def test_an_event_without_its_empty_line_is_told_apart() -> None:
    assert [(e.text, e.complete) for e in read_events(b"data: a\n\ndata: b\n")] == [("a", True), ("b", False)]
    assert [(e.text, e.complete) for e in read_events(b"data: b")] == [("b", False)]


@given(
    st.lists(st.sampled_from([b"data: a", b"\n", b"\r", b"\r\n", b"id: 1", b":", b"\xef\xbb\xbf", b"x"]), max_size=14).map(b"".join),
    st.data(),
)
def test_a_stream_reads_the_same_however_it_is_cut(body: bytes, drawn: st.DataObject) -> None:
    cuts = sorted(drawn.draw(st.lists(st.integers(0, len(body)), max_size=4)))
    reader = EventReader()
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    events = [event for piece in pieces for event in reader.feed(piece)]
    assert (*events, *reader.close()) == read_events(body)


def test_a_line_end_cut_in_two_is_still_one() -> None:
    body = STREAM.replace(b"\n", b"\r\n")
    for cut in range(len(body)):
        reader = EventReader()
        assert (*reader.feed(body[:cut]), *reader.feed(body[cut:]), *reader.close()) == read_events(body)


@given(st.binary(max_size=80))
def test_any_bytes_are_read(body: bytes) -> None:
    assert all(0 <= e.start <= e.end <= len(body) for e in read_events(body))


def response(media_type: bytes, body: bytes) -> Response:
    read = read_response(b"HTTP/1.1 200 OK\r\nContent-Type: " + media_type + b"\r\n\r\n" + body, "POST")
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("media_type", "body", "messages"),
    [
        (b"application/json", b'{"id":1}', ({"id": 1},)),
        (b"application/json", b'[{"id":1},{"id":2}]', ({"id": 1}, {"id": 2})),
        (b"text/event-stream; charset=utf-8", b'data: {"id":1}\n\ndata: [{"id":2}]\n\n', ({"id": 1}, {"id": 2})),
        (b"text/event-stream", b'data: {"id":\ndata: 1}\n\ndata: nonsense\n\n: x\n\n', ({"id": 1},)),
        (b"text/event-stream", b'data: {"id":1}\n', ()),
        (b"text/plain", b'data: {"id":1}\n\n', ({"id": 1},)),
        (b"text/plain", b'{"id":1}', ({"id": 1},)),
        (b"application/json", b'data: {"id":1}\n\n', ()),
        (b"text/html", b"<html>", ()),
        (b"application/json", b"", ()),
        (b"application/json", b"[" * 5000, ()),
    ],
)
def test_messages_are_found_in_json_and_in_streams(media_type: bytes, body: bytes, messages: tuple[object, ...]) -> None:
    assert rpc_messages(response(media_type, body)) == messages


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
