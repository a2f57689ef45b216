"""One side of an exchange byte for byte: raw text with its line ends, or hex. Masked; offsets in hex are those of the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from app.views.evidence_spots import Ranges, Spot, byte_ranges
from app.views.exchange_sides import UNSENT, Block, ShownSide
from app.views.mask import Mask
from app.views.shape_mask import BULLET, shaped
from app.views.shown_lines import Marker, joined, text_line
from app.views.visible import visible
from app.views.wire_text import BEHIND, SHOWN
from app.wire.messages import Exchange

VIEWS = ("parsed", "raw", "hex")
HEX_SHOWN = 8_192  # bytes in hex: 512 lines
ROW = 16
CODED = "The body is compressed or cut into chunks in a way that hides a secret from the mask, so its bytes are not shown."
CRLF, LF = "\\r\\n", "\\n"  # how line ends are written behind their lines
LOOSE = re.compile("[\udc80-\udcff]")


def bytes_side(exchange: Exchange, side: str, hide: Mask, spots: Sequence[Spot], view: str) -> ShownSide:
    """One side as `raw` or `hex`."""
    raw = exchange.sent if side == "request" else exchange.received
    if not raw:
        return ShownSide(notes=(UNSENT,) if side == "request" else ())
    marker, places = Marker(side), {spot: byte_ranges(spot, exchange, side) for spot in spots}
    shape = shaped(exchange, side, hide)
    coded_from = _coded_from(exchange, side, shape)
    most = HEX_SHOWN if view == "hex" else SHOWN
    html = _hex(shape[:most], marker, places) if view == "hex" else _raw(raw[:coded_from], hide, marker, places)
    notes = [CODED] if coded_from < len(raw) else []
    if len(raw) > most:
        notes.append(f"{len(raw) - most:,} more bytes are not shown here; the file has them.")
    if view == "hex" and BULLET in shape:
        notes.append("•• is a byte of a hidden value.")
    return ShownSide(
        blocks=(Block("", html),),
        size=f"{len(raw):,} bytes",
        notes=tuple(notes),
        anchored=frozenset(marker.anchored),
        is_hex=view == "hex",
    )


def _coded_from(exchange: Exchange, side: str, shape: str) -> int:
    """Where a body begins whose coding hides a secret; the end of the bytes where there is none."""
    response = exchange.response
    if side == "request" or response is None or not response.raw_body:
        return len(shape)
    body = shape[response.body_start :]
    return response.body_start if body == BULLET * len(body) else len(shape)


def _raw(raw: bytes, hide: Mask, marker: Marker, places: Mapping[Spot, Ranges]) -> Markup:
    text = hide(raw[: SHOWN + BEHIND].decode("utf-8", "surrogateescape"))[:SHOWN]
    starts = _line_starts(raw[:SHOWN])
    lines = []
    pieces = text.split("\n")
    for at, line in enumerate(pieces):
        here = [spot for spot, ranges in places.items() if _touches(ranges, starts, at)]
        end = "" if at == len(pieces) - 1 else CRLF if line.endswith("\r") else LF
        shown = text_line(_readable(line.removesuffix("\r") if end == CRLF else line), marker, here)
        lines.append(shown + (Markup('<span class="eol">{}</span>').format(end) if end else Markup()))
    return joined(lines)


def _readable(line: str) -> str:
    return visible(LOOSE.sub(lambda found: f"‹{ord(found[0]) - 0xDC00:02X}›", line), one_line=True)


def _line_starts(raw: bytes) -> list[int]:
    return [0, *(at + 1 for at, octet in enumerate(raw) if octet == 10)]


def _touches(ranges: Ranges, starts: Sequence[int], line: int) -> bool:
    if line >= len(starts):
        return False
    first, last = starts[line], starts[line + 1] if line + 1 < len(starts) else 1 << 60
    return any(start < last and end > first for start, end in ranges)


def _hex(shape: str, marker: Marker, places: Mapping[Spot, Ranges]) -> Markup:
    return joined(_hex_row(at, shape[at : at + ROW], marker, places) for at in range(0, len(shape), ROW))


def _hex_row(at: int, row: str, marker: Marker, places: Mapping[Spot, Ranges]) -> Markup:
    pairs = " ".join(BULLET * 2 if letter == BULLET else f"{ord(letter):02x}" for letter in row)
    letters = "".join(letter if letter == BULLET or 32 <= ord(letter) < 127 else "." for letter in row)
    here = {spot: r for spot, r in places.items() if any(start < at + ROW and end > at for start, end in r)}
    if not here:
        return escape(f"{at:06x}  {pairs:<47}  {letters}")
    first = max(0, min(start for r in here.values() for start, end in r if end > at) - at)
    last = min(len(row), max(end for r in here.values() for start, end in r if start < at + ROW) - at)
    hexes = marker.marked(escape(pairs[first * 3 : last * 3 - 1]), list(here))
    blank = " " * (47 - len(pairs))
    row = Markup("{:06x}  {}{}{}  {}").format(at, pairs[: first * 3], hexes, pairs[last * 3 - 1 :] + blank, letters)
    return row + marker.badges(list(here))
