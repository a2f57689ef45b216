"""Where the body of an answer ends: by length, by chunks, or by the end of the connection (RFC 9112 section 6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.wire.parse.head import Line, read_block, read_line
from app.wire.parse.oddity import Field, Oddity

_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}\Z")
_LENGTH = re.compile(r"[0-9]+\Z")
LENGTH_DIGITS = 18  # more is no length of anything, and costs time to compute with
TRANSFER_CODINGS = ("gzip", "x-gzip", "deflate")  # what may stand before chunked and what we can undo


@dataclass
class Framed:
    """The body without its framing. `end` is the offset behind the last byte that belongs to the answer."""

    content: bytes = b""
    end: int = 0
    complete: bool = True
    trailers: tuple[Field, ...] = ()
    codings: tuple[str, ...] = ()  # transfer codings that still lie on the content, outermost last
    oddities: list[Oddity] = field(default_factory=list)

    def once(self, slug: str, says: str, others_read: str, start: int, end: int) -> None:
        """Add an oddity unless one with this slug is there: a body may hold a million chunks, all alike."""
        if all(oddity.slug != slug for oddity in self.oddities):
            self.oddities.append(Oddity(slug, says, others_read, start, end))


def read_framed(received: bytes, start: int, fields: Sequence[Field], status: int, method: str) -> Framed:
    """Cut the body out of the bytes. `start` is the offset behind the header block. Never raises."""
    lengths, codings = _named(fields, "content-length"), _named(fields, "transfer-encoding")
    if is_bodiless(status, method):
        return Framed(end=start, oddities=_forbidden(status, method, lengths, codings))
    if codings:
        return _read_coded(received, start, lengths, codings)
    if lengths:
        return _read_by_length(received, start, lengths)
    return Framed(received[start:], len(received))


def is_bodiless(status: int, method: str) -> bool:
    """Does an answer of this kind end with its header block? (RFC 9112 section 6.3)"""
    return method.upper() == "HEAD" or status in (204, 304) or 100 <= status < 200 or (method.upper() == "CONNECT" and status < 300)


def _named(fields: Sequence[Field], name: str) -> list[Field]:
    return [found for found in fields if found.name.lower() == name]


def _forbidden(status: int, method: str, lengths: Sequence[Field], codings: Sequence[Field]) -> list[Oddity]:
    """Framing headers where RFC 9110 section 8.6 and RFC 9112 section 6.1 forbid them. `Content-Length: 0` is too common to tell."""
    if method.upper() == "HEAD" or status == 304:
        return []
    wrong = [f for f in lengths if f.value != "0"] + list(codings)
    return [
        Oddity("bad_length", f"An answer with status {status} has no body and must not have {f.name}.", "", f.start, f.end) for f in wrong
    ]


def _read_by_length(received: bytes, start: int, lengths: Sequence[Field]) -> Framed:
    first, last = lengths[0], lengths[-1]
    values = [value.strip() for found in lengths for value in found.value.split(",")]
    good = [value for value in values if _LENGTH.match(value)]
    oddities = _length_oddities(values, first.start, last.end)
    if not good:
        return Framed(received[start:], len(received), oddities=oddities)
    length = int(good[0]) if len(good[0]) <= LENGTH_DIGITS else 10**LENGTH_DIGITS
    end = min(start + length, len(received))
    if end - start < length:
        says = f"Content-Length promises {good[0][:40]} bytes, {end - start} came."
        raises = _number(good[0]) is not None  # Python reads no number of more than 4300 digits
        others = "requests raises ChunkedEncodingError (IncompleteRead)." if raises else "requests takes what came for the whole."
        oddities.append(Oddity("cut_in_body", says, others, start, end))
    return Framed(received[start:end], end, end - start == length, oddities=oddities)


def _length_oddities(values: Sequence[str], start: int, end: int) -> list[Oddity]:
    oddities = [
        Oddity("bad_length", f"Content-Length is {v[:40]!r}, which is no number of bytes.", _others_length(v), start, end)
        for v in values[:5]
        if not _LENGTH.match(v) or len(v) > LENGTH_DIGITS
    ]
    distinct = list(dict.fromkeys(values))
    if len(distinct) > 1:
        says = f"Content-Length is given as {' and as '.join(v[:20] for v in distinct[:4])}; the first good one was used."
        raises = len({_number(v) for v in distinct} - {None}) > 1 and None not in {_number(v) for v in distinct}
        others = "requests raises InvalidHeader and shows nothing of the answer." if raises else ""
        oddities.append(Oddity("conflicting_length", says, others, start, end))
    elif len(values) > 1:
        oddities.append(Oddity("duplicate_header", "Content-Length is given more than once, always alike.", "", start, end))
    return oddities


def _number(value: str) -> int | None:
    """What Python's int() makes of a length: a sign, blanks and underscores count as well."""
    try:
        return int(value)
    except ValueError:
        return None


def _others_length(value: str) -> str:
    number = _number(value)
    if number is None or number < 0:
        return "requests ignores it and reads until the connection closes."
    if len(value) > LENGTH_DIGITS:
        return "requests raises ChunkedEncodingError after waiting for that many bytes."
    return f"requests takes it for {number}."


def _read_coded(received: bytes, start: int, lengths: Sequence[Field], fields: Sequence[Field]) -> Framed:
    codings = [c.strip().lower() for found in fields for c in found.value.split(",") if c.strip()]
    framed = _read_chunks(received, start) if codings[-1:] == ["chunked"] else Framed(received[start:], len(received))
    framed.codings = tuple(c for c in codings if c in TRANSFER_CODINGS)
    at = fields[0].start, fields[-1].end
    strange = [c for c in codings[:-1] if c not in TRANSFER_CODINGS] + [c for c in codings[-1:] if c != "chunked"]
    if strange:
        says = f"Transfer-Encoding {', '.join(c[:40] for c in codings)!r} does not end in a single chunked; {_how(codings)}."
        framed.oddities.append(Oddity("unknown_transfer_encoding", says, _others_coding(codings, bool(lengths)), *at))
    elif framed.codings:
        says = f"The body is compressed by Transfer-Encoding ({', '.join(framed.codings)}), which clients rarely undo."
        framed.oddities.append(Oddity("unknown_transfer_encoding", says, "requests leaves the body compressed.", *at))
    if lengths:
        says = "Both Content-Length and Transfer-Encoding are given; the length was ignored, as RFC 9112 section 6.3 asks."
        framed.oddities.append(Oddity("length_and_chunked", says, "", min(at[0], lengths[0].start), max(at[1], lengths[-1].end)))
    return framed


def _how(codings: Sequence[str]) -> str:
    return "the chunks were read" if codings[-1:] == ["chunked"] else "the body was read to the end of the connection"


def _others_coding(codings: Sequence[str], has_length: bool) -> str:
    if "chunked" in codings:
        return "requests reads chunks and ignores the other codings."
    return "requests ignores it and goes by Content-Length." if has_length else ""


def _read_chunks(received: bytes, start: int) -> Framed:
    framed, pieces, at = Framed(complete=False, end=len(received)), [], start
    while at >= 0:
        line = read_line(received, at)
        size = _chunk_size(line, framed)
        if size == 0:
            _read_trailers(received, line.next, framed)
        if not size:
            break
        piece = received[line.next : line.next + size]
        pieces.append(piece)
        at = _behind_chunk(received, line.next + len(piece), len(piece) < size, framed)
    framed.content = b"".join(pieces)
    return framed


def _chunk_size(line: Line, framed: Framed) -> int | None:
    """The size in a chunk's first line, or None where there is none; names what is odd about it."""
    text, semicolon, extension = line.text.partition(b";")
    if not line.ending:
        _cut(framed, line.start, line.end, "before the last chunk")
        return None
    if semicolon:
        framed.once("chunk_extension", f"A chunk carries the extension {extension[:60].decode('latin-1')!r}.", "", line.start, line.end)
    if _SIZE.match(text.rstrip(b" \t")):
        return int(text, 16)
    size = _others_size(text)
    read_on = "Reading stopped there." if size is None else f"It was read as {size}."
    says = f"A chunk's size is {text[:40].decode('latin-1')!r}, not a hexadecimal number. {read_on}"
    framed.once("bad_chunk", says, "requests raises ChunkedEncodingError." if size is None else "", line.start, line.end)
    return size


def _others_size(text: bytes) -> int | None:
    """What Python's int() takes for a size: a sign, 0x, blanks and underscores too. None where it is none or absurd."""
    try:
        size = int(text, 16)
    except ValueError:
        return None
    return size if 0 <= size < 1 << 60 else None


def _behind_chunk(received: bytes, at: int, short: bool, framed: Framed) -> int:
    """The offset behind the line end that closes a chunk, -1 where reading cannot go on."""
    if received.startswith(b"\r\n", at):
        return at + 2
    if short or received[at : at + 2] in (b"", b"\r"):
        _cut(framed, at, len(received), "in the middle of a chunk" if short else "before the last chunk")
        return -1
    if received.startswith(b"\n", at):
        says = "A chunk ends in LF alone instead of CRLF."
        framed.once("bad_chunk", says, "requests drops two bytes here and then fails.", at, at + 1)
        return at + 1
    says = "A chunk is longer than its size says. Reading stopped there."
    framed.once("bad_chunk", says, "requests drops two bytes here and takes what follows for a size.", at, min(at + 2, len(received)))
    return -1


def _read_trailers(received: bytes, at: int, framed: Framed) -> None:
    block = read_block(received, at)
    framed.end, framed.complete = block.next, block.closed
    framed.trailers = tuple(block.fields)
    framed.oddities += block.oddities
    if block.fields:
        names = ", ".join(found.name for found in block.fields[:6])
        framed.oddities.append(Oddity("trailers", f"Headers follow the body: {names}.", "requests drops them.", at, block.next))
    if not block.closed:
        says = "The last chunk came, the empty line behind it did not."
        framed.once("unclosed_trailers", says, "requests takes the answer for whole.", at, len(received))


def _cut(framed: Framed, start: int, end: int, where: str) -> None:
    says = f"The bytes end {where}."
    framed.oddities.append(Oddity("cut_in_body", says, "requests raises ChunkedEncodingError and shows nothing of the answer.", start, end))
