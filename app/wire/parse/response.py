"""Our own tolerant reader of an HTTP/1.x answer (RFC 9112): what came, what is odd about it, what `requests` would make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.wire.parse.bounds import BOUNDS
from app.wire.parse.coding import decode
from app.wire.parse.framing import Framed, is_bodiless, read_framed
from app.wire.parse.head import Block, StatusLine, read_block, read_status
from app.wire.parse.oddity import Field as Field
from app.wire.parse.oddity import Oddity as Oddity
from app.wire.parse.oddity import few

# Headers that are lists by their definition, so that several lines are ordinary (RFC 9110 section 5.3), and Set-Cookie.
_LISTS = frozenset(
    """accept-ch accept-patch accept-post accept-ranges access-control-allow-headers access-control-allow-methods
    access-control-expose-headers allow alt-svc cache-control connection content-encoding content-language
    content-security-policy content-security-policy-report-only link permissions-policy pragma proxy-authenticate
    server-timing set-cookie trailer transfer-encoding upgrade vary via warning www-authenticate""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Response:
    """The final answer (interim 1xx are listed apart)."""

    version: str
    status: int
    reason: str
    fields: tuple[Field, ...]
    body: bytes  # de-chunked and decompressed, bounded
    raw_body: bytes  # as it crossed the wire, with chunk framing
    body_start: int  # byte offset of raw_body in the received bytes
    complete: bool  # False where the framing says that more should have come
    interim: tuple[int, ...] = ()
    trailers: tuple[Field, ...] = ()
    leftover: bytes = b""  # bytes behind the end of the answer
    oddities: tuple[Oddity, ...] = ()
    head_start: int = 0  # byte offset of the status line, behind the interim answers
    truncated: bool = False  # the body is a part only: it is larger than the limit, or its compression could not be undone to the end

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((f.value for f in self.fields if f.name.lower() == name.lower()), "")

    def headers(self, name: str) -> tuple[Field, ...]:
        """Every line of a header, in wire order."""
        return tuple(f for f in self.fields if f.name.lower() == name.lower())

    def odd(self, *slugs: str) -> tuple[Oddity, ...]:
        """The oddities with one of these slugs."""
        return tuple(o for o in self.oddities if o.slug in slugs)

    @property
    def media_type(self) -> str:
        """The media type of Content-Type in lower case, without parameters."""
        return self.header("content-type").split(";")[0].strip().lower()


@dataclass
class _Head:
    """The head of the final answer and what came before it."""

    status: StatusLine
    block: Block
    start: int
    interim: list[int]
    oddities: list[Oddity]

    @property
    def is_interim(self) -> bool:
        return 100 <= self.status.status < 200 and self.status.status != 101


def read_response(received: bytes, method: str, *, body_limit: int = 0) -> Response | None:
    """Read the recorded bytes of one answer; None where no HTTP/1 (or `HTTP/2 200`) status line begins them.

    Never raises. `body_limit` bounds the decoded body in bytes; 0 = as the settings do. Where only interim answers came, the last one is
    returned, not complete.
    """
    first = read_status(received, 0)
    if first is None:
        return None
    head = _Head(first, read_block(received, first.next), 0, [], [])
    while head.is_interim and head.block.closed:
        following = read_status(received, head.block.next)
        if following is None:
            break
        head.oddities += _interim_oddity(head)
        head.interim.append(head.status.status)
        head.start = head.block.next
        head.status, head.block = following, read_block(received, following.next)
    return _response(received, method, body_limit or BOUNDS.body_bytes, head)


def _interim_oddity(head: _Head) -> list[Oddity]:
    status = head.status.status
    if status == 100:  # every client skips it
        return []
    says = f"An interim answer {status} {head.status.reason[:60]} came before the final one."
    others = f"requests takes it for the answer, status {status}, and never reads the real one."
    return [Oddity(f"interim_{status}", says, others, head.start, head.block.next)]


def _response(received: bytes, method: str, limit: int, head: _Head) -> Response:
    status, block = head.status, head.block
    framed = Framed(end=block.next, complete=False)
    if block.closed:
        framed = read_framed(received, block.next, block.fields, status.status, method)
    encodings = [c.strip().lower() for f in block.fields if f.name.lower() == "content-encoding" for c in f.value.split(",")]
    decoded = decode(framed.content, [*encodings, *framed.codings], limit, cut=not framed.complete)
    oddities = [*head.oddities, *status.oddities, *block.oddities, *_duplicates(block.fields), *framed.oddities, *decoded.oddities]
    oddities += _ending(received, method, head, framed.end)
    return Response(
        version=status.version,
        status=status.status,
        reason=status.reason,
        fields=tuple(block.fields),
        body=decoded.content,
        # the same bytes once, where framing took nothing away: a body may be a megabyte
        raw_body=framed.content if len(framed.content) == framed.end - block.next else received[block.next : framed.end],
        body_start=block.next,
        complete=framed.complete and not head.is_interim,
        interim=tuple(head.interim),
        trailers=framed.trailers,
        leftover=received[framed.end :],
        oddities=few(_without_open_stream(oddities, block.fields, decoded.content)),
        head_start=head.start,
        truncated=not decoded.whole,
    )


def _duplicates(fields: Sequence[Field]) -> list[Oddity]:
    """Headers given more than once that are not lists. Content-Length is judged with the framing."""
    lines: dict[str, list[Field]] = {}
    for found in fields:
        lines.setdefault(found.name.lower(), []).append(found)
    repeated = [found for name, found in lines.items() if len(found) > 1 and name not in _LISTS and name != "content-length"]
    return [
        Oddity(
            "duplicate_header",
            f"{found[0].name[:60]} is given {len(found)} times{'' if len({f.value for f in found}) > 1 else ', always alike'}.",
            "requests joins the values with commas into one.",
            found[0].start,
            found[-1].end,
        )
        for found in repeated
    ]


def _ending(received: bytes, method: str, head: _Head, end: int) -> list[Oddity]:
    """What the end of the bytes shows: headers cut off, an answer that never came, bytes behind the answer."""
    status, block, size = head.status, head.block, len(received)
    if not block.closed:
        return [
            Oddity("cut_in_headers", "The bytes end inside the header block.", _others_cut(status, method, block.fields), block.next, size)
        ]
    if head.is_interim:
        others = "requests raises ConnectionError." if status.status == 100 else "requests takes it for the answer."
        return [Oddity("only_interim", f"Only an interim answer {status.status} came, no final one.", others, head.start, size)]
    if end == size:
        return []
    what = (
        "a second answer begins"
        if received.startswith(b"HTTP/", end)
        else f"{size - end} byte{'s follow' if size - end > 1 else ' follows'}"
    )
    why = "must have no body" if is_bodiless(status.status, method) else "is already whole"
    return [Oddity("leftover_bytes", f"The answer {why}, but {what} behind it.", "requests never looks at them.", end, size)]


def _others_cut(status: StatusLine, method: str, fields: Sequence[Field]) -> str:
    framing = {f.name.lower(): f.value.strip() for f in reversed(fields)}
    expects = framing.get("content-length", "0").lstrip("0").isdecimal() or "chunked" in framing.get("transfer-encoding", "").lower()
    if expects and not is_bodiless(status.status, method):
        return "requests raises ChunkedEncodingError."
    return f"requests reports status {status.status} with an empty body and no error."


def _without_open_stream(oddities: Sequence[Oddity], fields: Sequence[Field], body: bytes) -> list[Oddity]:
    """An event stream that stops between two events was most likely left by the reader, not cut: a slug of its own."""
    is_stream = any(f.name.lower() == "content-type" and f.value.lower().startswith("text/event-stream") for f in fields)
    if not is_stream or not body.endswith((b"\n\n", b"\r\r", b"\r\n\r\n")):
        return list(oddities)
    says = "The event stream was still open when reading stopped, between two events."
    return [replace(o, slug="stream_still_open", says=says) if o.slug == "cut_in_body" else o for o in oddities]
