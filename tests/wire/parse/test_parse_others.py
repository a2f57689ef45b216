"""What our reader says about requests is what requests does: asked of its own classes, over the same bytes."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_oracle import as_requests

from app.wire.parse.response import Oddity, read_response

OK = b"HTTP/1.1 200 OK\r\n"
PACKED = gzip.compress(b"a" * 500, mtime=0)
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def oddity(received: bytes, slug: str) -> Oddity:
    response = read_response(received, "GET")
    assert response is not None
    return response.odd(slug)[0]


@pytest.mark.parametrize(
    ("received", "slug"),
    [
        (b"HTTP/2 200\r\n\r\n", "http2_status_line"),
        (b"http/1.1 200 OK\r\n\r\n", "bad_status_line"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 200OK\r\n\r\n", "bad_status_line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "bad_status_line"),
        (OK + b"A: b\r\n" * 101 + b"\r\n", "too_many_headers"),
        (OK + b"A: " + b"x" * 70_000 + b"\r\n\r\n", "long_header_line"),
        (OK + b"Content-Length: 5\r\n", "cut_in_headers"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "conflicting_length"),
        (OK + b"Content-Length: 9\r\n\r\nhello", "cut_in_body"),
        (OK + b"Content-Length: " + b"9" * 20 + b"\r\n\r\nhello", "bad_length"),
        (CHUNKED + b"5\r\nhel", "cut_in_body"),
        (CHUNKED + b"5\r\nhello\r\n", "cut_in_body"),
        (CHUNKED + b"zz\r\n", "bad_chunk"),
        (OK + b"Content-Encoding: gzip\r\n\r\n{}", "bad_encoding"),
    ],
)
def test_where_we_say_that_requests_raises_it_raises_that(received: bytes, slug: str) -> None:
    read = as_requests(received)
    assert read.error
    assert f"requests raises {read.error}" in oddity(received, slug).others_read


@pytest.mark.parametrize(
    ("received", "slug", "status", "body", "words"),
    [
        (OK + b"Content-Type: application/json\r\n", "cut_in_headers", 200, b"", "status 200"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"\r\nreal", "interim_103", 103, b"", "status 103"),
        (OK + b"Content-Length: +5\r\n\r\nhello!", "bad_length", 200, b"hello", "takes it for 5"),
        (OK + b"Content-Length: -1\r\n\r\nhello", "bad_length", 200, b"hello", "reads until the connection closes"),
        (OK + b"Content-Length: x\r\n\r\nhello", "bad_length", 200, b"hello", "reads until the connection closes"),
        (OK + b"Content-Length: 2\r\n\r\nhiHTTP/1.1 500 No\r\n\r\n", "leftover_bytes", 200, b"hi", "never looks"),
        (
            OK + b"Transfer-Encoding: foo\r\nContent-Length: 2\r\n\r\nhello",
            "unknown_transfer_encoding",
            200,
            b"he",
            "goes by Content-Length",
        ),
        (OK + b"Transfer-Encoding: foo, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "unknown_transfer_encoding", 200, b"hi", "reads chunks"),
        (CHUNKED + b"2\r\nhi\r\n0\r\n", "unclosed_trailers", 200, b"hi", "whole"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + PACKED[:-4], "bad_encoding", 200, b"a" * 500, "part for the whole"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + PACKED + b"x", "bad_encoding", 200, b"a" * 500, "ignores what follows"),
        (OK + b"Content-Encoding: rot13\r\n\r\nhi", "unknown_encoding", 200, b"hi", "as it came"),
    ],
)
def test_where_we_say_what_requests_reads_it_reads_that(received: bytes, slug: str, status: int, body: bytes, words: str) -> None:
    read = as_requests(received)
    assert (read.error, read.status, read.body) == ("", status, body)
    assert words in oddity(received, slug).others_read


@pytest.mark.parametrize("line", [b"broken", b"A : b", b"A\xe4: b", b"A b: c", b"A: b\rbroken"])
def test_requests_loses_the_headers_behind_a_line_that_it_cannot_read(line: bytes) -> None:
    received = OK + b"First: 1\r\n" + line + b"\r\nLast: 2\r\n\r\n"
    read = as_requests(received)
    assert (read.header("first"), read.header("last")) == ("1", "")
    response = read_response(received, "GET")
    assert response is not None and response.header("last") == "2"
    assert any("loses" in o.others_read and "Last" in o.others_read for o in response.oddities)


def test_requests_joins_repeated_headers_and_keeps_folds() -> None:
    received = OK + b"A: 1\r\nA: 2\r\nB: x\r\n y\r\n: z\r\nC: d\re: f\r\n\r\n"
    read = as_requests(received)
    assert (read.header("A"), read.header("B"), read.header("C"), read.header("e")) == ("1, 2", "x\r\n y", "d", "f")
    assert "joins" in oddity(received, "duplicate_header").others_read
    assert "line break" in oddity(received, "obs_fold").others_read
    assert "line of its own" in oddity(received, "bare_cr").others_read


def test_an_agreement_has_no_words() -> None:
    received = OK + b"A: b\0c\r\nB: \xe9\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    response, read = read_response(received, "GET"), as_requests(received)
    assert response is not None
    assert [o.others_read for o in response.oddities] == ["", "", ""]
    assert (read.body, read.header("A"), read.header("B")) == (response.body, response.header("A"), response.header("B"))


NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
VALUES = st.text([chr(c) for c in range(0x21, 0x7F)], max_size=20)
# Names that mean something to the framing would make another answer of it.
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6, unique_by=lambda pair: pair[0].lower()).map(
    lambda pairs: [(n, v) for n, v in pairs if n.lower() not in ("content-length", "transfer-encoding", "content-encoding")]
)


@given(
    fields=FIELDS,
    body=st.binary(max_size=200),
    framing=st.sampled_from(["length", "chunks", "close"]),
    status=st.sampled_from([200, 401, 404, 500]),
)
def test_a_well_formed_answer_is_read_as_requests_reads_it(fields: list[tuple[str, str]], body: bytes, framing: str, status: int) -> None:
    head = b"HTTP/1.1 %d Some Reason\r\n" % status + b"".join(f"{n}: {v}\r\n".encode() for n, v in fields)
    received = {
        "length": head + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        "chunks": head + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % b for b in body) + b"0\r\n\r\n",
        "close": head + b"\r\n" + body,
    }[framing]
    ours, theirs = read_response(received, "GET"), as_requests(received)
    assert ours is not None
    assert (theirs.error, theirs.status, theirs.body) == ("", ours.status, ours.body)
    assert [(f.name, f.value) for f in ours.fields][: len(fields)] == [(n, v) for n, v in theirs.headers][: len(fields)]
    assert (ours.complete, ours.oddities) == (True, ())
