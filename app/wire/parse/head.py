"""The status line and the header block of an answer, read tolerantly (RFC 9112 sections 2 to 5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.wire.parse.oddity import Field, Oddity

_STATUS = re.compile(
    rb"(?P<space>[ \t\r\n]{0,8})(?P<http>HTTP)/(?P<version>[0-9](?:\.[0-9])?)(?P<gap>[ \t]+)(?P<status>[0-9]{3})", re.IGNORECASE
)
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONGEST_LINE, MOST_LINES = 65_536, 100  # what http.client reads before it gives up
LINES_KEPT = 1_000  # trailers may fill a whole body

# What http.client's header reader (email.feedparser) takes for a header; at the first other line it stops, silently.
_HEADER_OF_OTHERS = re.compile(rb"From |[\x21-\x39\x3b-\x7e]*:|[\t ]")


@dataclass(frozen=True)
class Line:
    """One line: its bytes without terminator, its byte offsets, where the next one starts."""

    text: bytes
    start: int
    end: int
    next: int
    ending: bytes  # CRLF, LF, or nothing at the end of the bytes


@dataclass(frozen=True)
class StatusLine:
    version: str
    status: int
    reason: str
    next: int
    oddities: tuple[Oddity, ...]


@dataclass
class Block:
    """The header lines (or trailers) up to the empty line. Not `closed` where the bytes end before it."""

    fields: list[Field] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)
    lines: int = 0
    lf_only: int = 0
    next: int = 0
    closed: bool = False
    stop: int = -1  # where http.client stops reading headers, -1 = nowhere


def read_line(received: bytes, at: int) -> Line:
    """The line that starts at `at`; a CR counts only before an LF."""
    newline = received.find(b"\n", at)
    if newline < 0:
        return Line(received[at:], at, len(received), len(received), b"")
    ending = b"\r\n" if newline > at and received[newline - 1] == 13 else b"\n"
    end = newline + 1 - len(ending)
    return Line(received[at:end], at, end, newline + 1, ending)


def read_status(received: bytes, at: int) -> StatusLine | None:
    """The status line at `at`, or None where nothing there looks like one (HTTP/0.9, another protocol, cut in the code)."""
    found = _STATUS.match(received, at)
    if found is None or found["version"].startswith(b"0"):
        return None
    line = read_line(received, found.start("http"))
    rest = line.text[found.end() - line.start :]
    version = found["version"].decode()
    oddities = [*_status_oddities(found, rest, line), *([_http2(version, line)] if version >= "2" else [])]
    return StatusLine(version, int(found["status"]), rest.strip().decode("latin-1"), line.next, tuple(oddities))


def _status_oddities(found: re.Match[bytes], rest: bytes, line: Line) -> list[Oddity]:
    complaints = {
        "Bytes stand before the status line.": bool(found["space"]),
        "HTTP is not written in capitals.": found["http"] != b"HTTP",
        "More than one space stands before the status code.": found["gap"] != b" ",
        "The status code is not followed by a space.": bool(rest) and rest[:1] not in (b" ", b"\t"),
        "The space behind the status code is missing.": not rest and bool(line.ending) and found["version"] < b"2",
        "The status code is outside 100 to 599.": not 100 <= int(found["status"]) <= 599,
    }
    refuses = bool(found["space"]) or found["http"] != b"HTTP" or rest[:1].strip() != b"" or found["status"] < b"100"
    others = "requests raises ConnectionError (BadStatusLine)." if refuses else ""
    return [Oddity("bad_status_line", says, others, line.start, line.end) for says, applies in complaints.items() if applies]


def _http2(version: str, line: Line) -> Oddity:
    says = f"The status line says HTTP/{version}, but the answer came as HTTP/1 text."
    return Oddity("http2_status_line", says, f"requests raises ConnectionError (UnknownProtocol HTTP/{version}).", line.start, line.end)


def read_block(received: bytes, at: int) -> Block:
    """Header lines up to the empty line. Lines that are no headers are skipped and named."""
    block = Block(next=at)
    while block.next < len(received):
        line = read_line(received, block.next)
        block.next = line.next
        block.lf_only += line.ending == b"\n"
        if not line.text and line.ending:
            block.closed = True
            break
        block.lines += 1
        if block.lines > LINES_KEPT:
            continue
        folds = _folds(received, line)
        block.next = folds[-1].next if folds else line.next
        _take(block, line, folds)
    _finish(block, at)
    return block


def _folds(received: bytes, line: Line) -> list[Line]:
    """The continuation lines behind a header line (obs-fold)."""
    folds: list[Line] = []
    at = line.next
    while line.ending and received[at : at + 1] in (b" ", b"\t"):
        folds.append(read_line(received, at))
        at = folds[-1].next
    return folds


def _take(block: Block, line: Line, folds: Sequence[Line]) -> None:
    name, colon, value = line.text.partition(b":")
    end = folds[-1].end if folds else line.end
    if block.stop < 0 and not all(_HEADER_OF_OTHERS.match(piece) for piece in line.text.split(b"\r")):
        block.stop = line.start
    block.lf_only += sum(fold.ending == b"\n" for fold in folds)
    block.lines += len(folds)
    if line.text[:1] in (b" ", b"\t"):
        block.oddities.append(
            Oddity("obs_fold", "The first line continues a header that is not there; it was skipped.", "", line.start, end)
        )
        return
    if not colon:
        block.oddities.append(
            Oddity("header_without_colon", f"The line {_shown(line.text)} has no colon; it was skipped.", "", line.start, end)
        )
        return
    parts = [value, *(fold.text for fold in folds)]
    whole = b" ".join(stripped for part in parts if (stripped := part.strip(b" \t\r")))
    found = Field(name.strip(b" \t").decode("latin-1"), whole.decode("latin-1"), line.start, end)
    block.fields.append(found)
    block.oddities += _line_oddities(name, whole, found, folds, line)


def _line_oddities(name: bytes, value: bytes, found: Field, folds: Sequence[Line], line: Line) -> list[Oddity]:
    bare, shown = name.strip(b" \t"), _shown(name)
    rows = (
        (
            bool(folds),
            "obs_fold",
            f"{shown} goes on over {len(folds) + 1} lines, which RFC 9112 forbids.",
            "requests keeps the line break inside the value.",
        ),
        (bare != name, "space_before_colon", f"A blank stands between {_shown(bare)} and its colon.", ""),
        (not bare, "bad_header_name", "A header has no name.", "requests skips the line."),
        (bool(bare) and not _TOKEN.match(bare), "bad_header_name", f"{shown} is not a header name.", ""),
        (b"\0" in value, "nul_in_header", f"The value of {shown} holds a NUL byte.", ""),
        (bool(_CONTROL.search(value)), "control_in_header", f"The value of {shown} holds a control character.", ""),
        (
            b"\r" in value,
            "bare_cr",
            f"The value of {shown} holds a CR alone.",
            "requests ends the line there and reads what follows as a line of its own.",
        ),
        (not value.isascii(), "non_ascii_header", _non_ascii_says(shown, value), ""),
        (
            line.next - line.start > LONGEST_LINE,
            "long_header_line",
            f"{shown} is longer than 64 kB.",
            "requests raises ConnectionError (LineTooLong).",
        ),
    )
    return [Oddity(slug, says, others, found.start, found.end) for applies, slug, says, others in rows if applies]


def _non_ascii_says(shown: str, value: bytes) -> str:
    try:
        value.decode()
    except UnicodeDecodeError:
        return f"The value of {shown} holds bytes beyond ASCII, read as Latin-1."
    return f"The value of {shown} holds UTF-8 bytes; clients read headers as Latin-1 and show other letters."


def _finish(block: Block, at: int) -> None:
    """Oddities of the whole block, and what http.client loses where it stops reading early."""
    if block.stop >= 0:
        block.oddities = [replace(o, others_read=_lost(block)) if o.start == block.stop else o for o in block.oddities]
    if block.lf_only:
        block.oddities.append(Oddity("lf_only", f"{block.lf_only} header lines end in LF alone instead of CRLF.", "", at, block.next))
    if block.lines > MOST_LINES:
        says = f"The answer has {block.lines} header lines."
        block.oddities.append(
            Oddity("too_many_headers", says, f"requests raises ConnectionError (more than {MOST_LINES} headers).", at, block.next)
        )


def _lost(block: Block) -> str:
    lost = [found.name for found in block.fields if found.start >= block.stop]
    if not lost:
        return "requests stops reading headers here, without an error."
    names = ", ".join(name[:40] for name in lost[:6]) + (" and more" if len(lost) > 6 else "")
    return f"requests stops reading headers here, without an error, and loses: {names}."


def _shown(text: bytes) -> str:
    return repr(text[:60].decode("latin-1"))
