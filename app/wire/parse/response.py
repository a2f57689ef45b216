"""Our own tolerant reader of an HTTP/1.x answer (RFC 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.wire.parse.oddity import Field as Field
from app.wire.parse.oddity import Oddity as Oddity


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

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((f.value for f in self.fields if f.name.lower() == name.lower()), "")

    def headers(self, name: str) -> tuple[Field, ...]:
        """Every line of a header, in wire order."""
        return tuple(f for f in self.fields if f.name.lower() == name.lower())

    @property
    def media_type(self) -> str:
        """The media type of Content-Type in lower case, without parameters."""
        return self.header("content-type").split(";")[0].strip().lower()


def read_response(received: bytes, method: str, *, body_limit: int = 1_000_000) -> Response | None:
    """The final answer in the recorded bytes; None where no HTTP/1.x (or `HTTP/2 ...`) status line begins them."""
    at, interim = 0, []
    while True:
        match = re.compile(rb"HTTP/(\d(?:\.\d)?) +(\d{3})(?: ([^\r\n]*))?\r?\n").match(received, at)
        if match is None:
            return None
        end = received.find(b"\r\n\r\n", match.end() - 2)
        status, complete = int(match[2]), end >= 0
        if 100 <= status < 200 and status != 101 and complete:
            interim.append(status)
            at = end + 4
            continue
        break
    block_end = end if complete else len(received)
    fields, start = [], match.end()
    for line in received[match.end() : block_end].split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            fields.append(Field(name.decode("latin-1"), value.strip().decode("latin-1"), start, start + len(line)))
        start += len(line) + 2
    body_start = min(block_end + 4, len(received))
    raw = received[body_start:]
    body = raw
    if any(f.name.lower() == "transfer-encoding" and "chunked" in f.value.lower() for f in fields):
        body, rest = b"", raw
        while True:
            size_line, _, rest = rest.partition(b"\r\n")
            try:
                size = int(size_line.split(b";")[0], 16)
            except ValueError:
                complete = False
                break
            if size == 0:
                break
            body, rest = body + rest[:size], rest[size + 2 :]
    return Response(
        match[1].decode(),
        status,
        (match[3] or b"").decode("latin-1"),
        tuple(fields),
        body[:body_limit],
        raw,
        body_start,
        complete,
        tuple(interim),
    )
