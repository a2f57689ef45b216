"""Where a body ends: lengths, chunks, the end of the connection."""

from __future__ import annotations

import pytest

from app.wire.parse.response import Response, read_response

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(received: bytes) -> Response:
    response = read_response(received, "GET")
    assert response is not None
    return response


def slugs(received: bytes) -> list[str]:
    return [oddity.slug for oddity in read(received).oddities]


def sized(*lengths: bytes, body: bytes = b"hello") -> bytes:
    return OK + b"".join(b"Content-Length: " + length + b"\r\n" for length in lengths) + b"\r\n" + body


@pytest.mark.parametrize(
    ("received", "body", "complete", "named"),
    [
        (sized(b"5"), b"hello", True, []),
        (sized(b"0"), b"", True, ["leftover_bytes"]),
        (sized(b"9"), b"hello", False, ["cut_in_body"]),
        (sized(b"-1"), b"hello", True, ["bad_length"]),
        (sized(b"+5"), b"hello", True, ["bad_length"]),
        (sized(b"five"), b"hello", True, ["bad_length"]),
        (sized(b""), b"hello", True, ["bad_length"]),
        (sized(b"9" * 5000), b"hello", False, ["bad_length", "cut_in_body"]),
        (sized(b"5", b"5"), b"hello", True, ["duplicate_header"]),
        (sized(b"5, 5"), b"hello", True, ["duplicate_header"]),
        (sized(b"4", b"5"), b"hell", True, ["conflicting_length", "leftover_bytes"]),
        (sized(b"5, 6"), b"hello", True, ["conflicting_length"]),
        (sized(b"x", b"4"), b"hell", True, ["bad_length", "conflicting_length", "leftover_bytes"]),
        (OK + b"\r\nhello", b"hello", True, []),
    ],
)
def test_a_length_is_taken_at_its_word_or_named(received: bytes, body: bytes, complete: bool, named: list[str]) -> None:
    response = read(received)
    assert (response.body, response.complete, slugs(received)) == (body, complete, named)


@pytest.mark.parametrize(
    ("chunks", "body", "complete", "named"),
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello", True, []),
        (b"2\r\nhe\r\n003\r\nllo\r\n0\r\n\r\n", b"hello", True, []),
        (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789", True, []),
        (b"5 \r\nhello\r\n0\r\n\r\n", b"hello", True, []),
        (b"5;a=b;c\r\nhello\r\n0\r\n\r\n", b"hello", True, ["chunk_extension"]),
        (b"0\r\nX: y\r\n\r\n", b"", True, ["trailers"]),
        (b"0\r\n", b"", False, ["unclosed_trailers"]),
        (b"5\nhello\n0\n\n", b"hello", True, ["bad_chunk", "lf_only"]),
        (b"0x5\r\nhello\r\n0\r\n\r\n", b"hello", True, ["bad_chunk"]),
        (b"5\r\nhello\r\nzz\r\n", b"hello", False, ["bad_chunk"]),
        (b"-5\r\nhello\r\n0\r\n\r\n", b"", False, ["bad_chunk"]),
        (b"\r\nhello", b"", False, ["bad_chunk"]),
        (b"5\r\nhelloo\r\n0\r\n\r\n", b"hello", False, ["bad_chunk"]),
        (b"f" * 5000 + b"\r\nhello", b"", False, ["bad_chunk"]),
        (b"ffffff\r\nhello", b"hello", False, ["cut_in_body"]),
        (b"5\r\nhel", b"hel", False, ["cut_in_body"]),
        (b"5\r\nhello", b"hello", False, ["cut_in_body"]),
        (b"5\r\nhello\r", b"hello", False, ["cut_in_body"]),
        (b"5\r\nhello\r\n", b"hello", False, ["cut_in_body"]),
        (b"5\r\nhello\r\n1", b"hello", False, ["cut_in_body"]),
        (b"", b"", False, ["cut_in_body"]),
        (b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", b"", True, ["leftover_bytes"]),
    ],
)
def test_chunks_are_joined_up_to_the_first_break(chunks: bytes, body: bytes, complete: bool, named: list[str]) -> None:
    response = read(CHUNKED + chunks)
    assert (response.body, response.complete, slugs(CHUNKED + chunks)) == (body, complete, named)
    assert response.raw_body + response.leftover == chunks


def test_trailers_are_fields_of_their_own() -> None:
    received = CHUNKED + b"0\r\nX-Sum: 1\r\n\r\n"
    response = read(received)
    assert [(f.name, f.value) for f in response.trailers] == [("X-Sum", "1")]
    assert response.header("x-sum") == ""
    assert received[response.trailers[0].start : response.trailers[0].end] == b"X-Sum: 1"


def test_a_fault_that_every_chunk_has_is_told_once() -> None:
    assert slugs(CHUNKED + b"1\na\n" * 50 + b"0\r\n\r\n") == ["bad_chunk"]


def test_a_hundred_thousand_small_chunks_are_one_body() -> None:
    assert read(CHUNKED + b"1\r\na\r\n" * 100_000 + b"0\r\n\r\n").body == b"a" * 100_000


@pytest.mark.parametrize(
    ("coding", "body", "named"),
    [
        (b"foo", b"0\r\n\r\n", ["unknown_transfer_encoding"]),
        (b"identity", b"0\r\n\r\n", ["unknown_transfer_encoding"]),
        (b"chunked, foo", b"0\r\n\r\n", ["unknown_transfer_encoding"]),
        (b"foo, chunked", b"", ["unknown_transfer_encoding"]),
        (b"chunked, chunked", b"", ["unknown_transfer_encoding"]),
        (b"Chunked", b"", []),
    ],
)
def test_an_unknown_transfer_coding_is_named(coding: bytes, body: bytes, named: list[str]) -> None:
    received = OK + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n"
    assert (read(received).body, slugs(received)) == (body, named)


def test_chunks_win_over_a_length() -> None:
    received = OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert (read(received).body, slugs(received)) == (b"hello", ["length_and_chunked"])


def test_an_event_stream_left_between_two_events_is_not_called_cut() -> None:
    head = OK + b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert slugs(head + b"9\r\ndata: a\n\n\r\n") == ["stream_still_open"]
    assert slugs(head + b"8\r\ndata: a\n\r\n") == ["cut_in_body"]


def test_a_length_on_a_204_is_named() -> None:
    assert slugs(b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n") == ["bad_length"]
    assert slugs(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n") == []
