"""Raw and hex are the bytes of the wire: every byte that is not hidden is shown, in its place, and no hidden one is."""

from __future__ import annotations

import gzip
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from page_marks import Marks

from app.checks.model import Evidence, Finding, Spec
from app.views.evidence_spots import Spot, byte_ranges, spots_of
from app.views.exchange_bytes import CODED, CRLF, HEX_SHOWN, LF, bytes_side
from app.views.exchange_sides import shown_side
from app.views.mask import Mask, mask_for
from app.views.secrets_of import Secret, fingerprint
from app.views.shape_mask import BULLET, shaped
from app.wire.messages import Exchange, Request

NOBODY = mask_for(())
TOKEN = "secret-token-1"
ADA = mask_for((Secret("access", TOKEN, fingerprint(TOKEN)),))
REQUEST = Request("GET", "https://gw.example/x")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def came(received: bytes, sent: bytes = b"") -> Exchange:
    return Exchange(REQUEST, sent, received)


def with_body(body: bytes, *headers: bytes) -> Exchange:
    return came(OK + b"".join(h + b"\r\n" for h in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def text_of(exchange: Exchange, view: str, hide: Mask = NOBODY, side: str = "response") -> str:
    html = "".join(block.html for block in bytes_side(exchange, side, hide, (), view).blocks)
    for written, sign in ((CRLF, "␍␊"), (LF, "␊")):  # told apart from the same letters in the bytes
        html = html.replace(f'<span class="eol">{written}</span>', sign)
    return "".join(Marks(html).text)


def bytes_of_raw(shown: str) -> bytes:
    """The bytes that a raw view shows, read back from its marks."""
    text = shown.replace("\n", "").replace("␍␊", "\r\n").replace("␊", "\n").replace("‹TAB›", "\t")  # see text_of
    text = re.sub("‹([0-9A-F]{2})›", lambda m: chr(0xDC00 + int(m[1], 16)), text)
    text = re.sub("‹U\\+([0-9A-F]{4,5})›", lambda m: chr(int(m[1], 16)), text)
    return text.encode("utf-8", "surrogateescape")


def bytes_of_hex(shown: str) -> list[int | None]:
    """The bytes that a hex view shows; None for a hidden one."""
    pairs = (pair for line in shown.split("\n") for pair in line[8:56].split())
    return [None if pair == BULLET * 2 else int(pair, 16) for pair in pairs]


SAMPLES = [
    b"literal \\r\\n and \\n",
    b"plain",
    b"a\r\nb\nc\rd\n",
    b"\x00\x01\x7f\x1b[31m\xff\xfe",
    "Grüße 你好 \u202e \ufeff".encode(),
    b"\t tab \t",
    b"<script>&amp;</script>",
    bytes(range(256)),
]


@pytest.mark.parametrize("body", SAMPLES)
def test_raw_and_hex_are_the_bytes_of_both_sides(body: bytes) -> None:
    exchange = came(with_body(body).received, b"POST /x HTTP/1.1\r\nX: 1\r\n\r\n" + body)
    for side, octets in (("request", exchange.sent), ("response", exchange.received)):
        assert bytes_of_raw(text_of(exchange, "raw", side=side)) == octets
        assert bytes_of_hex(text_of(exchange, "hex", side=side)) == list(octets)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
@example(b"token=\x00")
def test_any_bytes_are_shown_in_hex_as_they_are(octets: bytes) -> None:
    """Bytes that happen to name a secret (`token=…`) hide its value; nothing else is hidden, and nothing is moved."""
    if octets:
        shown = bytes_of_hex(text_of(came(b"", octets), "hex", side="request"))
        assert all(octet is None or octet == real for octet, real in zip(shown, octets, strict=True))
        assert None not in shown or set(octets) & set(b"=:")


@pytest.mark.parametrize("spelled", [TOKEN.encode(), b"secret%2Dtoken-1", b"c2VjcmV0LXRva2VuLTE", b'{"access_token": "other-value-77"}'])
def test_what_is_hidden_keeps_its_place_and_the_rest_its_value(spelled: bytes) -> None:
    exchange = with_body(b"before " + spelled + b" behind")
    shown = bytes_of_hex(text_of(exchange, "hex", ADA))
    assert len(shown) == len(exchange.received) and None in shown
    assert all(octet is None or octet == real for octet, real in zip(shown, exchange.received, strict=True))
    assert bytes(octet or 0 for octet in shown).endswith(b"behind")
    for view in ("raw", "hex"):
        text = text_of(exchange, view, ADA)
        assert TOKEN not in text and "other-value-77" not in text and TOKEN.encode().hex(" ") not in text


def test_a_compressed_secret_is_not_shown_in_its_compressed_form() -> None:
    packed = gzip.compress(f'{{"access_token":"{TOKEN}"}}'.encode())
    exchange = with_body(packed, b"Content-Encoding: gzip")
    assert packed[:6].hex(" ") not in text_of(exchange, "hex", ADA)
    assert CODED in bytes_side(exchange, "response", ADA, (), "raw").notes
    plain = with_body(gzip.compress(b"nothing to hide"), b"Content-Encoding: gzip")
    assert gzip.compress(b"nothing to hide")[:4].hex(" ") in text_of(plain, "hex", ADA)


def test_a_secret_that_chunks_cut_in_two_is_hidden_with_its_body() -> None:
    cut = OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n8\r\n-token-1\r\n0\r\n\r\n"
    assert "secret" not in text_of(came(cut), "raw", ADA) and b"secret".hex(" ") not in text_of(came(cut), "hex", ADA)
    assert shaped(came(cut), "response", ADA).endswith(BULLET * 10)


def test_hex_is_bounded_and_says_so() -> None:
    side = bytes_side(with_body(b"x" * 20_000), "response", NOBODY, (), "hex")
    assert len(bytes_of_hex("".join(Marks(side.blocks[0].html).text))) == HEX_SHOWN and "more bytes" in side.notes[0]


def finding(**evidence: object) -> Finding:
    spec = Spec("RFC 9110 section 1", "https://example.com/")
    return Finding("a.b", "WARN", "probe", 7, *("t" * 5), spec, "o", "c", Evidence(7, **evidence))  # type: ignore[arg-type]


JSON = b'{"a": {"b": "gr\xc3\xbc\xc3\x9fe"}, "list": [1, 2], "a~/": 3}'
JSON_ANSWER = came(b"HTTP/1.1 200 OK\r\nX-Odd: 1\r\nx-odd: 2\r\nContent-Length: %d\r\n\r\n" % len(JSON) + JSON)
FORM = came(b"", b"POST /t HTTP/1.1\r\n\r\ncode=c1&resource=r&code=c2")


@pytest.mark.parametrize(
    ("exchange", "side", "evidence", "marked"),
    [
        (JSON_ANSWER, "response", {"header": "x-Odd"}, [b"X-Odd: 1", b"x-odd: 2"]),
        (JSON_ANSWER, "response", {"pointer": "/a/b"}, ['"grüße"'.encode()]),
        (JSON_ANSWER, "response", {"pointer": "/list"}, [b"[1, 2]"]),
        (JSON_ANSWER, "response", {"pointer": "/a~0~1"}, [b"3"]),
        (JSON_ANSWER, "response", {"pointer": "/none"}, []),
        (JSON_ANSWER, "response", {"start": 0, "end": 8}, [b"HTTP/1.1"]),
        (FORM, "request", {"pointer": "?code"}, [b"code=c1", b"code=c2"]),
    ],
)
def test_evidence_is_found_in_the_bytes(exchange: Exchange, side: str, evidence: dict[str, object], marked: list[bytes]) -> None:
    (spot,) = spots_of([finding(side=side, **evidence)], 7, side)
    raw = exchange.sent if side == "request" else exchange.received
    assert [raw[start:end] for start, end in byte_ranges(spot, exchange, side)] == marked
    assert spots_of([finding(side=side, **evidence)], 8, side) == ()


@pytest.mark.parametrize("view", ["raw", "hex"])
def test_evidence_is_marked_by_bytes_with_one_anchor(view: str) -> None:
    spot = Spot(1, "stop", pointer="/a/b")
    side = bytes_side(JSON_ANSWER, "response", NOBODY, (spot,), view)
    html = "".join(block.html for block in side.blocks)
    assert html.count('<mark class="stop">') >= 1 and html.count('id="m1"') == 1 and side.anchored == {1}


def test_a_pointer_marks_its_member_and_what_stands_in_it_only() -> None:
    side = shown_side(JSON_ANSWER, "response", NOBODY, (Spot(1, "warn", pointer="/a"), Spot(2, "stop", header="X-ODD")), ("rpc",))
    marked = re.findall(r"<mark class=\"(\w+)\">(.*?)</mark>", "".join(map(str, (*(b.html for b in side.blocks), side.head))), re.DOTALL)
    texts = ["".join(Marks(html).text).strip() for _, html in marked]
    assert texts == ['"a": {', '"b": "grüße"', "},", "X-Odd: 1", "x-odd: 2"] and side.anchored == {1, 2}
