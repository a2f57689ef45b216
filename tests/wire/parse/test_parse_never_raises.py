"""Whatever the bytes, an answer is read; cut anywhere, it is never called whole by mistake."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.parse.response import read_response

PIECES = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 103 Early\r\n\r\n",
    b"HTTP/2 200\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate, br\r\n",
    b"Content-Type: text/event-stream\r\n",
    b"A : b\r\n",
    b"broken\r\n",
    b" fold\r\n",
    b"A:b\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"3\r\nabc\r\n",
    b"0\r\n",
    b"ffffffffffffffff\r\n",
    b"\x1f\x8b\x08",
    b"\0",
    b"\xff",
    gzip.compress(b"hello", mtime=0),
]
LIMIT = 50


@pytest.mark.attack("B6")
@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from(PIECES), max_size=10).map(lambda pieces: b"HTTP/1.1 200 OK\r\n" + b"".join(pieces))
    | st.lists(st.sampled_from(PIECES)).map(b"".join),
    st.sampled_from(["GET", "HEAD", "POST", "CONNECT"]),
)
def test_any_bytes_are_read_and_every_offset_lies_inside(received: bytes, method: str) -> None:
    response = read_response(received, method, body_limit=LIMIT)
    if response is None:
        return
    size = len(received)
    assert len(response.body) <= LIMIT
    assert received[response.body_start :] == response.raw_body + response.leftover
    spans = [(f.start, f.end) for f in (*response.fields, *response.trailers)] + [(o.start, o.end) for o in response.oddities]
    assert all(0 <= start <= end <= size for start, end in spans)
    assert all(o.says for o in response.oddities)


WHOLE = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
]


@pytest.mark.parametrize("whole", WHOLE, ids=range(len(WHOLE)))
def test_an_answer_cut_at_any_byte_is_not_whole(whole: bytes) -> None:
    for length in range(len(whole)):
        response = read_response(whole[:length], "GET")
        assert response is None or not response.complete
        assert response is None or response.odd("cut_in_headers", "cut_in_body", "only_interim", "unclosed_trailers")
    last = read_response(whole, "GET")
    assert last is not None and last.complete and last.body == b"hello"


@given(st.binary(min_size=1, max_size=300), st.integers(1, 20))
def test_chunks_of_any_size_give_the_body_back(body: bytes, size: int) -> None:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    received = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(b"%X\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    )
    response = read_response(received, "GET")
    assert response is not None and (response.body, response.complete, response.oddities) == (body, True, ())
