"""Knows when the recorded bytes hold a whole answer (RFC 9112 section 6). It judges nothing that parse/response judges better."""

from __future__ import annotations

import re
from collections.abc import Generator

from app.wire.messages import Failure
from app.wire.watch import AnswerWatch

Steps = Generator[None, None, None]
_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])?[ \t]+([0-9]{3})(?![0-9])")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r?", re.S)
_ENDLESS = 1 << 62


class Framing:
    """Follows one answer through the growing `received`. Ask `is_whole` after every read; nonsense sets `fault` and reads on."""

    def __init__(self, method: str, received: bytearray, *, rpc_id: str = "", decoded_bytes: int = 1_000_000) -> None:
        self.fault: Failure | None = None
        self.body_start: int | None = None  # None until the final header block has come
        self.ends_by_close = False
        self.answered = False  # the awaited JSON-RPC message has come in a stream
        self._method, self._received, self._rpc_id, self._decoded_bytes = method, received, rpc_id, decoded_bytes
        self._at = 0
        self._watch: AnswerWatch | None = None
        self._steps = self._read()
        next(self._steps)

    @property
    def at(self) -> int:
        """How many bytes the answer has taken so far; its length, once it is whole."""
        return self._at

    def is_whole(self) -> bool:
        """Is the answer whole with the bytes that have come by now?"""
        try:
            next(self._steps)
        except StopIteration:
            return self.fault is None
        return False

    def _read(self) -> Steps:
        yield
        while True:
            lines = yield from self._head()
            if lines is None:
                return (yield from self._endless())
            status = int(_STATUS_LINE.match(lines[0])[1])  # type: ignore[index]  # _head has matched it
            if not 100 <= status < 200 or status == 101:
                break
        if status == 101:  # RFC 9110 section 15.2.2: only for who asked to switch, and we never do
            self._blame("not_http", "101 Switching Protocols: the server left HTTP, though nobody had asked it to.")
            return (yield from self._endless())
        self.body_start = self._at
        if self._method != "HEAD" and status not in (204, 304):
            yield from self._body(lines[1:])

    def _head(self) -> Generator[None, None, list[bytes] | None]:
        """The lines of the next header block; None where it is no HTTP."""
        lines: list[bytes] = []
        while True:
            if not lines and not self._may_be_http():
                self._blame("not_http", "What came back is not HTTP/1.x: " + _first_words(bytes(self._received[self._at :])))
                return None
            line = yield from self._line(first=not lines)
            if line is None:
                continue
            if not line and lines:
                return lines
            lines.append(line)
            if len(lines) == 1 and not _STATUS_LINE.match(line):
                self._blame("not_http", "The answer does not begin with an HTTP/1.x status line: " + _first_words(line))
                return None

    def _may_be_http(self) -> bool:
        return b"HTTP/".startswith(bytes(self._received[self._at : self._at + 5]))

    def _line(self, *, first: bool = False) -> Generator[None, None, bytes | None]:
        """The next line without its end, which may be a bare LF. With `first`, None as often as bytes came without one."""
        scanned = self._at
        while (end := self._received.find(b"\n", scanned)) < 0:
            scanned = len(self._received)
            yield
            if first:
                return None
        line = bytes(self._received[self._at : end])
        self._at = end + 1
        return line.removesuffix(b"\r")

    def _body(self, lines: list[bytes]) -> Steps:
        fields = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        codings = b",".join(value.lower() for name, value in fields if name == b"transfer-encoding")
        self._watch = self._watch_for(fields)
        if codings:
            chunked = codings.rpartition(b",")[2].strip() == b"chunked"
            return (yield from self._chunks() if chunked else self._until_close())
        lengths = {part.strip() for name, value in fields if name == b"content-length" for part in value.split(b",")}
        if not lengths:
            return (yield from self._until_close())
        length = next(iter(lengths))
        if len(lengths) > 1 or not re.fullmatch(rb"[0-9]{1,18}", length):
            shown = " and ".join(sorted(part.decode("latin-1")[:40] for part in lengths))
            self._blame("bad_framing", f"Content-Length says {shown or 'nothing'}, so nobody can tell where the answer ends.")
            return (yield from self._endless())
        yield from self._span(int(length))

    def _watch_for(self, fields: list[tuple[bytes, bytes]]) -> AnswerWatch | None:
        named = dict(reversed(fields))
        if not self._rpc_id or named.get(b"content-type", b"").lower().partition(b";")[0].strip() != b"text/event-stream":
            return None
        return AnswerWatch(self._rpc_id, named.get(b"content-encoding", b"").decode("latin-1").lower(), self._decoded_bytes)

    def _until_close(self) -> Steps:
        self.ends_by_close = True
        yield from self._span(_ENDLESS)

    def _endless(self) -> Steps:
        while True:
            yield

    def _span(self, length: int) -> Steps:
        """Pass over body bytes as they come, by way of the watch; ends early when the awaited message is among them."""
        end = self._at + length
        while True:
            have = min(len(self._received), end)
            if self._watch is not None and self._watch.has_answer(bytes(self._received[self._at : have])):
                self.answered = True
            self._at = have
            if have == end or self.answered:
                return
            yield

    def _chunks(self) -> Steps:
        while True:
            line = yield from self._line()
            size = _CHUNK_SIZE.fullmatch(line or b"")
            if size is None:
                self._blame("bad_framing", "A chunk begins with something that is no size: " + _first_words(line or b""))
                return (yield from self._endless())
            if int(size[1], 16) == 0:
                return (yield from self._trailers())
            yield from self._span(int(size[1], 16))
            if self.answered:
                return
            if (yield from self._line()):
                self._blame("bad_framing", "A chunk is longer than its size says.")
                return (yield from self._endless())

    def _trailers(self) -> Steps:
        while (yield from self._line()):
            pass

    def _blame(self, kind: str, says: str) -> None:
        self.fault = Failure(kind, says)


def _first_words(octets: bytes) -> str:
    """The beginning of nonsense, fit for a sentence; known protocols by name."""
    if octets[:2] == b"\x15\x03":
        return "a TLS alert. This port wants https."
    if octets[3:5] == b"\x04\x00" and octets[:1] == b"\x00":
        return "HTTP/2 frames. This port wants HTTP/2 without asking."
    shown = octets[:40].decode("latin-1").encode("unicode_escape").decode("ascii")
    return f"'{shown}'." if shown else "an empty line."
