"""When an answer is whole: the same however the bytes are cut into reads, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import answer
from test_exact_bytes import SCRIPTS

from app.wire.framing import Framing
from app.wire.parse.response import read_response

WHOLE = [b"".join(part for part in script if isinstance(part, bytes)) for script, _ in SCRIPTS.values()]


def outcome(stream: bytes, cuts: list[int], method: str = "GET") -> tuple[int | None, str | None, int | None, int]:
    """Bytes read until whole (None when never), the fault, where the body starts, where the answer ends."""
    received = bytearray()
    framing = Framing(method, received)
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += stream[begin:end]
        if framing.is_whole():
            return framing.at, None, framing.body_start, framing.at
    return None, framing.fault and framing.fault.kind, framing.body_start, framing.at


@pytest.mark.parametrize("stream", [one for one in WHOLE if len(one) < 9_000])
def test_every_single_cut_gives_the_same_outcome(stream: bytes) -> None:
    expected = outcome(stream, [])
    assert {outcome(stream, [cut]) for cut in range(len(stream))} == {expected}
    assert outcome(stream, list(range(1, len(stream)))) == expected


HEADS = (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 103 X\r\n", b"HTTP/2 401\r\n", b"\r\n", b"\n", b"\0", b"A: b\r\n")
FIELDS = (b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Type: text/event-stream\r\n")
BODIES = (b"3\r\nabc\r\n", b"0\r\n\r\n", b"abc", b"zz\r\n")
pieces = st.sampled_from([*HEADS, *FIELDS, *BODIES])


@given(st.lists(st.one_of(pieces, st.binary(max_size=12)), max_size=12).map(b"".join), st.data())
def test_any_bytes_cut_anywhere_give_one_outcome(stream: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    in_one, in_pieces = outcome(stream, []), outcome(stream, cuts)
    assert in_pieces == in_one


@given(st.lists(st.one_of(pieces, st.binary(max_size=12)), max_size=12).map(b"".join))
def test_the_reader_of_recorded_bytes_agrees_on_what_is_whole(stream: bytes) -> None:
    end, _, body_start, _ = outcome(stream, [])
    if end is None:
        return
    response = read_response(stream, "GET")
    assert response is not None
    assert response.complete
    assert response.body_start == body_start
    assert len(response.leftover) == len(stream) - end


def test_a_head_answer_ends_with_its_headers() -> None:
    assert outcome(answer(b"{}"), [], "HEAD")[0] == len(answer(b"{}")) - 2
