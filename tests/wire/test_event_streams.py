"""Event streams: read until the awaited JSON-RPC answer has come, whatever the framing, then left."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import Act, scripted

from app.wire.messages import Request
from app.wire.recorder import Wire
from app.wire.watch import AnswerWatch

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
ANSWER = b'event: message\nid: 7\ndata: {"jsonrpc":"2.0",\ndata: "id":1,"result":{"id":2}}\n\n'
NOISE = (
    b": ping\n\n"
    b'data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n'
    b'data: {"jsonrpc":"2.0","id":1,"method":"elicitation/create"}\n\n'
    b'data: {"jsonrpc":"2.0","id":2,"result":{}}\n\n'
    b"data: not json\n\n"
    b"data: " + b"[" * 5000 + b"\n\n"
)


def chunk(octets: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(octets), octets)


STREAMS = {
    "until close": HEAD + b"\r\n" + NOISE + ANSWER,
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(NOISE) + chunk(ANSWER[:20]) + chunk(ANSWER[20:]),
    "gzip": HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(NOISE + ANSWER, mtime=0),
    "an error": HEAD + b'\r\ndata: {"jsonrpc":"2.0","id":"1","error":{"code":-32001}}\r\n\r\n',
    "a batch": HEAD + b'\r\ndata: [{"id":5,"result":1},{"id":1,"result":1}]\r\r',
}


@pytest.mark.parametrize("name", STREAMS)
def test_the_stream_is_left_when_the_answer_has_come(name: str, wire: Wire, layer: ssl.SSLContext | None) -> None:
    with scripted(STREAMS[name], Act.HOLD, tls=layer) as server:
        exchange = wire.send(Request("POST", server.url, body=b"{}", rpc_id="1"))
        assert (exchange.failure, exchange.status) == (None, 200)
        assert exchange.received == server.log().sent


def test_a_stream_without_the_answer_runs_into_the_deadline(make_wire: Callable[..., Wire]) -> None:
    with scripted(HEAD + b"\r\n" + NOISE, Act.HOLD) as server:
        exchange = make_wire(exchange_seconds=0.3).send(Request("POST", server.url, body=b"{}", rpc_id="1"))
        assert exchange.received == server.log().sent
    assert exchange.failure is not None
    assert exchange.failure.kind == "timeout"


def test_a_stream_that_ends_without_the_answer_is_an_answer_to_judge(wire: Wire) -> None:
    with scripted(HEAD + b"\r\n" + NOISE) as server:
        assert wire.send(Request("POST", server.url, body=b"{}", rpc_id="1")).failure is None


def test_without_an_awaited_id_a_stream_is_read_to_its_end(wire: Wire) -> None:
    with scripted(HEAD + b"\r\n" + ANSWER, NOISE) as server:
        assert wire.send(Request("GET", server.url)).received == server.log().sent


@given(
    cuts=st.lists(st.integers(0, 200), max_size=12),
    line_end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    encoding=st.sampled_from(["", "gzip"]),
)
def test_the_answer_is_found_however_the_stream_is_cut(cuts: list[int], line_end: bytes, encoding: str) -> None:
    plain = (NOISE[:200] + b"\n\n" + ANSWER).replace(b"\n", line_end)
    stream = gzip.compress(plain) if encoding else plain
    watch, at = AnswerWatch("1", encoding, 10_000), 0
    found = []
    for cut in [*sorted(cuts), len(stream)]:
        found.append(watch.has_answer(stream[at:cut]))
        at = max(at, cut)
    assert any(found)


@pytest.mark.parametrize(
    "pieces",
    [
        (b'\xef\xbb\xbfdata: {"id":1,"result":1}\n\n',),
        (b"\xef", b"\xbb\xbf", b'data: {"id":1,"result":1}\n\n'),
        (b'data: {"id":1,"result":1}\r', b"\n", b"\n"),
        (b'data: {"id":1,"result":1}\r', b"\n", b"\r"),
    ],
)
def test_a_byte_order_mark_and_mixed_line_ends_hide_no_answer(pieces: tuple[bytes, ...]) -> None:
    watch = AnswerWatch("1", "", 10_000)
    assert [watch.has_answer(piece) for piece in pieces][-1]


@given(st.binary(max_size=300), st.sampled_from(["", "gzip", "deflate", "br"]))
def test_nonsense_is_never_an_answer_and_never_an_exception(octets: bytes, encoding: str) -> None:
    assert not AnswerWatch("1", encoding, 1000).has_answer(octets)


@pytest.mark.parametrize(
    ("message", "answers"),
    [
        (b'{"id":"7","result":{}}', True),
        (b'{"id":7,"result":{}}', True),
        (b'{"id":"7","error":{"code":1}}', True),
        (b'{"id":null,"error":{"code":-32700}}', True),
        (b'[{"id":"6","result":1},{"id":"7","result":1}]', True),
        (b'{"id":"7","method":"elicitation/create"}', False),
        (b'{"id":"8","result":{}}', False),
        (b'{"id":null,"result":{}}', False),
        (b'"result"', False),
        (b'{"result"', False),
    ],
)
def test_only_an_answer_to_the_request_ends_the_watch(message: bytes, answers: bool) -> None:
    assert AnswerWatch("7", "", 10_000).has_answer(b"data: " + message + b"\n\n") is answers
