"""A request on its way in: a thread gets it when it is whole, or when the parser can refuse it without the rest."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.coming import (
    HEAD_TOO_LONG,
    HELD_BYTES,
    LARGEST_BODY,
    LARGEST_HEAD,
    MOST_CHUNKS,
    SMALL_BYTES,
    TOO_LONG,
    TOO_MUCH,
    Collected,
    Coming,
)

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
FORM = b"POST /runs HTTP/1.1\r\nHost: a\r\ncontent-LENGTH:  5 \r\n\r\nhello"
CHUNKS = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
TWO_CHUNKS = CHUNKS + b"5;a=b\r\nhello\r\na\r\n\r\n0\r\n\r\n0\r\n\r\n0\r\nX-Last: 1\r\n\r\n"  # the second holds what looks like the end
NOT_READY = [b"", b"GET", GET[:-1], FORM[:-1], CHUNKS, CHUNKS + b"5\r\nhell", TWO_CHUNKS[:-1], TWO_CHUNKS[:-20], TWO_CHUNKS[:-23]]
REFUSED_BY_THE_PARSER = [
    b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    CHUNKS + b"xyz\r\n",
    CHUNKS + b"-5\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1),
]


def coming(*pieces: bytes) -> Coming:
    made = Coming(0.0)
    for piece in pieces:
        made.take(piece)
    return made


@pytest.mark.parametrize("octets", [GET, FORM, TWO_CHUNKS, CHUNKS + b"0\r\n\r\n", b"\r\n\r\n" + GET, FORM + GET, *REFUSED_BY_THE_PARSER])
def test_what_is_whole_is_ready_and_what_the_parser_refuses_is_too(octets: bytes) -> None:
    assert coming(octets).is_ready()


@pytest.mark.parametrize("octets", NOT_READY)
def test_what_is_not_whole_is_not(octets: bytes) -> None:
    assert not coming(octets).is_ready()


@given(st.sampled_from([GET, FORM, TWO_CHUNKS]), st.lists(st.integers(0, 120), max_size=6))
def test_how_it_is_cut_makes_no_difference(octets: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    made = Coming(0.0)
    for start, end in pairwise(edges):
        made.take(octets[start:end])
        assert made.is_ready() == (end == len(octets))
    assert bytes(made.octets) == octets


@given(st.binary(max_size=300))
def test_any_bytes_are_borne(octets: bytes) -> None:
    for made in (coming(octets), coming(CHUNKS, octets)):
        assert made.is_ready() in (True, False) and made.refusal(0) == b""


def test_what_grows_too_long_is_refused_with_the_status_that_says_so() -> None:
    assert coming(b"GET /" + b"a" * LARGEST_HEAD).refusal(0) == HEAD_TOO_LONG
    assert coming(CHUNKS, b"ffffffff\r\n" + b"a" * LARGEST_BODY).refusal(0) == TOO_LONG
    large, small = coming(FORM + b"a" * SMALL_BYTES), coming(FORM)
    assert [one.refusal(HELD_BYTES + 1) for one in (large, small)] == [TOO_MUCH, b""] and large.refusal(HELD_BYTES) == b""


def test_a_body_that_flows_has_more_time_than_one_that_stands_still() -> None:
    still, flowing = coming(FORM[:-1]), coming(CHUNKS, b"ffffff\r\n" + b"a" * 1_000_000)
    assert still.must_be_there_by(10) < 11 and flowing.must_be_there_by(10) > 100


def test_whoever_waits_for_leave_to_go_on_gets_it_once() -> None:
    waiting = coming(FORM[:-5].replace(b"\r\n\r\n", b"\r\nExpect: 100-Continue\r\n\r\n"))
    assert not waiting.is_ready() and waiting.stop_waiting_for_us() and not waiting.stop_waiting_for_us()
    waiting.take(b"hello")
    assert waiting.is_ready() and bytes(waiting.octets) == FORM


@pytest.mark.attack("D1")
def test_a_body_in_crumbs_is_refused_however_short_it_is() -> None:
    crumbs = coming(CHUNKS, b"1\r\na\r\n" * MOST_CHUNKS)
    assert not crumbs.is_ready() and crumbs.refusal(0) == b""
    crumbs.take(b"1\r\na\r\n0\r\n\r\n")
    assert not crumbs.is_ready() and crumbs.refusal(0) == TOO_LONG


class Line:
    """A socket that has one more piece."""

    def recv(self, size: int) -> bytes:
        return b"more"[:size]


def test_what_was_collected_is_read_in_pieces_then_from_the_socket() -> None:
    collected = Collected(b"abcdef", Line())
    assert [collected.recv(4), collected.recv(4), collected.recv(4)] == [b"abcd", b"ef", b"more"]


def test_what_nobody_read_is_left_for_the_next_request_once() -> None:
    collected = Collected(b"abcdef", Line())
    assert (collected.recv(4), collected.rest(), collected.rest()) == (b"abcd", b"ef", b"")
