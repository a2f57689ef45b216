"""The bounds of the readers are settings: each is reached here, and moves what is read."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.settings import Settings
from app.wire.parse.bounds import BOUNDS
from app.wire.parse.coding import SMALL_BYTES
from app.wire.parse.json import read_json
from app.wire.parse.response import read_response

TIGHT = Settings(body_bytes=5_000, json_depth=3, json_digits=7, decompression_ratio=2)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    BOUNDS.use(Settings())


def _answer(body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), headers) + body


def test_nesting_is_read_as_deep_as_the_setting_says() -> None:
    assert not read_json(b"[[[[1]]]]").error
    BOUNDS.use(TIGHT)
    assert not read_json(b"[[[2]]]").error
    assert "deeper than 3 levels" in read_json(b"[[[[2]]]]").error


def test_numbers_are_read_as_long_as_the_setting_says() -> None:
    assert read_json(b"[123456789]").value == [123456789]
    BOUNDS.use(TIGHT)
    assert read_json(b"[1234567, 12345678]").odd("big_number")[0].says.startswith("An integer has 8 digits")


def test_a_body_is_kept_as_far_as_the_setting_says() -> None:
    received = _answer(b"x" * 6_000)
    before = read_response(received, "GET")
    BOUNDS.use(TIGHT)
    after = read_response(received, "GET")
    assert before and after and (len(before.body), len(after.body), after.truncated) == (6_000, 5_000, True)


def test_compressed_bytes_grow_as_far_as_the_setting_says() -> None:
    plain = b"ten bytes " * SMALL_BYTES
    received = _answer(gzip.compress(plain), b"Content-Encoding: gzip\r\n")
    allowed, strict = replace(TIGHT, body_bytes=len(plain), decompression_ratio=1_000), replace(TIGHT, body_bytes=len(plain))
    BOUNDS.use(allowed)
    whole = read_response(received, "GET")
    BOUNDS.use(strict)
    cut = read_response(received, "GET")
    assert whole and whole.body == plain and not whole.odd("decompression_bomb")
    assert cut and len(cut.body) == SMALL_BYTES and cut.odd("decompression_bomb")
