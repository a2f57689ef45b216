"""Our own tolerant reader of an HTTP/1.x answer (RFC 9112). Placeholder signatures; see tests/wire/parse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One header line as it came. `start` and `end` are byte offsets of the whole line in the received bytes."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Oddity:
    """Something in the bytes that is legal but rare, or not legal; and what a common client would read instead."""

    slug: str  # e.g. "duplicate_header", "interim_103", "conflicting_length", "cut_in_headers", "bad_chunk", "leftover_bytes"
    says: str
    others_read: str = ""  # what `requests` (http.client) would make of it; empty where it agrees with us
    start: int = 0
    end: int = 0


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


def read_response(received: bytes, method: str) -> Response | None:
    raise NotImplementedError
