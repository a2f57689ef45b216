"""A request on its way in: is all of it there, is it too long, how long may it take?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from app.flow.har_file import MOST_BYTES
from app.pages.imported import AROUND_BYTES

LARGEST_BODY = MOST_BYTES + AROUND_BYTES  # of an import; longer ones are refused by their length, unread
LARGEST_HEAD = 131_072  # 4 x what nginx takes; the parser's own limits are lower for each line
HELD_BYTES = 64_000_000  # in all unfinished requests of a worker; six imports at once
SMALL_BYTES = 131_072  # a request of that size is collected however much is held
MOST_CHUNKS = 20_000  # 10 MB in pieces of 500 bytes; programs send thousands at a time, and reading one takes as long however short it is
SLOWEST_BYTES_PER_SECOND = 10_000  # a body that flows faster may go on, however long it is
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?=\r\n)", re.IGNORECASE)
_CODED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_SIZE = re.compile(rb"[0-9a-fA-F]{1,12}[ \t]*(?:;|$)")
_ANSWER = "HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_SLOW, TOO_LONG, HEAD_TOO_LONG, TOO_MUCH = (
    _ANSWER.format(status).encode()
    for status in ("408 Request Timeout", "413 Content Too Large", "431 Request Header Fields Too Large", "503 Service Unavailable")
)


@dataclass
class Coming:
    """A request that is being collected. `head` is the length of its head with the empty line, 0 until that has come."""

    since: float
    octets: bytearray = field(default_factory=bytearray)
    head: int = 0
    looked: int = 0  # before the head: what was searched for its end; behind it: where the next chunk begins
    taken: int = 0
    chunks: int = 0
    is_awaited: bool = False  # does the loop look out for more of it? Most requests are there at once

    def take(self, octets: bytes) -> None:
        """Some more of it."""
        self.octets += octets
        self.taken += len(octets)
        if not self.head:
            del self.octets[: len(self.octets) - len(self.octets.lstrip(b"\r\n"))]  # RFC 9112 section 2.2
            found = self.octets.find(b"\r\n\r\n", max(0, self.looked - 3))
            self.head = found + 4 if found >= 0 else 0
            self.looked = self.head or len(self.octets)

    @property
    def body(self) -> int:
        """How many bytes of the body are there."""
        return len(self.octets) - self.head if self.head else 0

    def is_ready(self) -> bool:
        """Is all there that the parser and a page will read? A framing that the parser refuses is ready too."""
        if not self.head:
            return False
        length = self.length()
        if self._is_chunked():
            return length is not None or self._has_last_chunk()
        return length is None or length > LARGEST_BODY or self.body >= length

    def length(self) -> int | None:
        """The body's length where exactly one was said."""
        said = _LENGTH.findall(self._lines())
        return int(said[0]) if len(said) == 1 else None

    def refusal(self, held: int) -> bytes:
        """What to answer where it has become too long; empty = it may go on."""
        if not self.head and len(self.octets) > LARGEST_HEAD:
            return HEAD_TOO_LONG
        if self.body > LARGEST_BODY or self.chunks > MOST_CHUNKS:
            return TOO_LONG
        return TOO_MUCH if held > HELD_BYTES and len(self.octets) > SMALL_BYTES else b""

    def must_be_there_by(self, patience: float) -> float:
        """The monotonic time at which patience ends."""
        return self.since + patience + len(self.octets) / SLOWEST_BYTES_PER_SECOND

    def stop_waiting_for_us(self) -> bool:
        """Did the client wait for 100 Continue? Then the expectation is taken out, or gunicorn would answer it once more."""
        expects = _EXPECTS.search(self._lines())
        if expects:
            del self.octets[expects.start() : expects.end()]
            self.head -= expects.end() - expects.start()
            self.looked = self.head
        return expects is not None

    def _lines(self) -> bytes:
        return bytes(self.octets[: max(0, self.head - 2)])

    def _is_chunked(self) -> bool:
        return _CODED.search(self._lines()) is not None

    def _has_last_chunk(self) -> bool:
        """Walk from chunk to chunk (RFC 9112 section 7.1); trailers end with an empty line."""
        while self.chunks <= MOST_CHUNKS and (end := self.octets.find(b"\r\n", self.looked)) >= 0:
            size = _SIZE.match(bytes(self.octets[self.looked : end]))
            if size is None:
                return True  # the parser refuses it
            octets = int(size[0].rstrip(b" \t;"), 16)
            if octets == 0:
                return self.octets.find(b"\r\n\r\n", end) >= 0
            if end + octets + 4 > len(self.octets):
                return False
            self.looked, self.chunks = end + octets + 4, self.chunks + 1
        return False


class Collected:
    """What the parser reads from in place of the socket: what was collected, in pieces as a socket gives them, then the socket itself.

    The parser copies what it was given and has not read yet, once for every chunk: of a whole body that is the square of its length.
    """

    def __init__(self, octets: bytes, sock: Any) -> None:
        self._octets, self._at, self._sock = octets, 0, sock

    def recv(self, size: int) -> bytes:
        """The next piece."""
        if self._at >= len(self._octets):
            received: bytes = self._sock.recv(size)
            return received
        piece = self._octets[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def rest(self) -> bytes:
        """What nobody has read: it belongs to the next request."""
        left, self._at = self._octets[self._at :], len(self._octets)
        return left
