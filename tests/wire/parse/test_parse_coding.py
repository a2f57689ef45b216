"""Compressed bodies: undone within bounds, and named where they are not what they say."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest

from app.wire.parse.coding import SMALL_BYTES, decode
from app.wire.parse.response import Response, read_response

TEXT = b'{"resource": "https://gateway.test/mcp"}' * 20
LIMIT = 1_000_000


def pack_gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # test names are made of these bytes, so they must not hold the time


def bare_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def named(content: bytes, *codings: str, limit: int = LIMIT) -> list[str]:
    return [oddity.slug for oddity in decode(content, codings, limit).oddities]


@pytest.mark.parametrize(
    ("packed", "codings"),
    [
        (pack_gzip(TEXT), ["gzip"]),
        (pack_gzip(TEXT), ["x-gzip"]),
        (pack_gzip(TEXT[:100]) + pack_gzip(TEXT[100:]), ["gzip"]),
        (zlib.compress(TEXT), ["deflate"]),
        (bare_deflate(TEXT), ["deflate"]),
        (pack_gzip(zlib.compress(TEXT)), ["deflate", "gzip"]),
        (TEXT, ["identity"]),
        (TEXT, [""]),
        (TEXT, []),
    ],
)
def test_what_is_offered_is_undone(packed: bytes, codings: list[str]) -> None:
    decoded = decode(packed, codings, LIMIT)
    assert (decoded.content, decoded.whole, decoded.oddities) == (TEXT, True, [])


def test_an_empty_body_is_not_called_badly_encoded() -> None:
    assert named(b"", "gzip") == []


@pytest.mark.parametrize(
    ("content", "coding", "slug", "left"),
    [
        (TEXT, "gzip", "bad_encoding", TEXT),
        (TEXT, "deflate", "bad_encoding", TEXT),
        (TEXT, "br", "bad_encoding", TEXT),
        (TEXT, "zstd", "bad_encoding", TEXT),
        (b"\x1b\x03\xf8\xff", "br", "unknown_encoding", b"\x1b\x03\xf8\xff"),
        (TEXT, "rot13", "unknown_encoding", TEXT),
        (pack_gzip(TEXT) + b"more", "gzip", "bad_encoding", TEXT),
    ],
)
def test_a_body_that_is_not_what_it_says_is_named_and_kept(content: bytes, coding: str, slug: str, left: bytes) -> None:
    assert (named(content, coding), decode(content, [coding], LIMIT).content) == ([slug], left)


@pytest.mark.parametrize(("more", "says"), [(b"\n", "One byte follows the end"), (b"more", "4 bytes follow the end")])
def test_what_follows_the_data_is_counted(more: bytes, says: str) -> None:
    assert decode(pack_gzip(TEXT) + more, ["gzip"], LIMIT).oddities[0].says.startswith(says)


def test_gzip_data_that_ends_early_gives_what_came() -> None:
    packed = pack_gzip(bytes(range(256)) * 40)
    decoded = decode(packed[:-40], ["gzip"], LIMIT)
    assert decoded.content and bytes(range(256)).startswith(decoded.content[:256])
    assert [o.slug for o in decoded.oddities] == ["bad_encoding"]
    assert decode(packed[:-40], ["gzip"], LIMIT, cut=True).oddities == []


@pytest.mark.parametrize("pack", [pack_gzip, zlib.compress, bare_deflate])
def test_a_bomb_stops_at_the_ratio(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"\0" * 5_000_000)
    coding = "gzip" if pack is pack_gzip else "deflate"
    decoded = decode(packed, [coding], LIMIT)
    assert SMALL_BYTES < len(decoded.content) <= 100 * len(packed) < LIMIT
    assert (decoded.whole, [o.slug for o in decoded.oddities]) == (False, ["decompression_bomb"])


def test_a_layered_bomb_stops_at_the_ratio_of_what_came() -> None:
    packed = pack_gzip(pack_gzip(b"\0" * 50_000_000))
    decoded = decode(packed, ["gzip", "gzip"], LIMIT)
    assert len(decoded.content) <= max(100 * len(packed), SMALL_BYTES)
    assert "decompression_bomb" in [o.slug for o in decoded.oddities]


def test_a_third_layer_is_left_alone() -> None:
    packed = pack_gzip(pack_gzip(pack_gzip(TEXT)))
    decoded = decode(packed, ["gzip"] * 3, LIMIT)
    assert (gzip.decompress(decoded.content), [o.slug for o in decoded.oddities]) == (TEXT, ["decompression_bomb"])


def test_a_short_page_of_blanks_is_no_bomb() -> None:
    assert decode(pack_gzip(b" " * SMALL_BYTES), ["gzip"], LIMIT).content == b" " * SMALL_BYTES


def test_a_body_beyond_the_limit_is_kept_up_to_it() -> None:
    decoded = decode(b"x" * 101, [], 100)
    assert (decoded.content, decoded.whole, [o.slug for o in decoded.oddities]) == (b"x" * 100, False, ["too_large"])


def test_fifty_thousand_gzip_files_in_a_row_do_not_cost_fifty_thousand_copies() -> None:
    decoded = decode(pack_gzip(b"") * 50_000, ["gzip"], LIMIT)
    assert [o.slug for o in decoded.oddities] == ["bad_encoding"]


def read(received: bytes) -> Response:
    response = read_response(received, "GET", body_limit=100_000)
    assert response is not None
    return response


def test_chunked_gzip_is_read_through_both() -> None:
    packed = pack_gzip(TEXT)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = read(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed))
    assert (response.body, response.oddities) == (TEXT, ())


def test_a_compressed_transfer_coding_is_undone_and_named() -> None:
    packed = pack_gzip(TEXT)
    response = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed))
    assert (response.body, [o.slug for o in response.oddities]) == (TEXT, ["unknown_transfer_encoding"])


def test_the_reader_keeps_the_limit_and_says_so() -> None:
    response = read(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000)
    assert (len(response.body), len(response.raw_body), response.truncated) == (100_000, 200_000, True)
