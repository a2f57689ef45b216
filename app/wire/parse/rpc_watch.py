"""Sees in the bytes of a stream that a JSON-RPC answer has come, piece by piece. Time grows with the bytes only."""

from __future__ import annotations

import re

from app.wire.parse.sse import EventReader, messages_in

_SIZE_SO_FAR = re.compile(rb"[0-9A-Fa-f]*[ \t]*(?:;[^\r\n]*)?\r?\Z")
_FIRST_SIZE = re.compile(rb"[0-9A-Fa-f]+[ \t]*(?:;[^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\n\r?\n")


class RpcWatch:
    """Tells the recorder when the JSON-RPC answer with this id has come, so that an open stream need not be waited for.

    Fed with the stream as it crosses the wire: with or without the head of the answer, with or without chunk framing.
    """

    def __init__(self, rpc_id: str) -> None:
        self._id = rpc_id
        self._events = EventReader()
        self._body = _Body()
        self.seen = False

    def feed(self, piece: bytes) -> bool:
        """Take in further bytes; True once the answer has come whole."""
        for event in self._events.feed(self._body.feed(piece)):
            if not self.seen and ('"result"' in event.text or '"error"' in event.text):
                self.seen = any(self._answers(message) for message in messages_in(event.text.encode()))
        return self.seen

    def _answers(self, message: object) -> bool:
        if not isinstance(message, dict) or not ("result" in message or "error" in message):
            return False
        # JSON-RPC 2.0 section 5: an error whose request could not be read has the id null; nothing else will come.
        return str(message.get("id")) == self._id or (message.get("id") is None and "error" in message)


class _Body:
    """Takes the head of an answer and the chunk framing off a stream that comes in pieces."""

    def __init__(self) -> None:
        self._pending = b""
        self._at = 0  # how much of `_pending` is done with
        self._searched = 0  # up to where `_pending` was searched in vain
        self._mode = "start"  # start, head, size, chunk, plain
        self._left = 0  # bytes of the chunk still to come, its line end included

    def feed(self, piece: bytes) -> bytes:
        """The bytes of the body that this piece adds."""
        self._pending += piece
        out: list[bytes] = []
        moves = {"start": self._choose, "head": self._skip_head, "size": self._take_size}
        while moves[self._mode]() if self._mode in moves else self._take_content(out):
            pass
        self._pending = self._pending[self._at :]
        self._searched = max(0, self._searched - self._at)
        self._at = 0
        return b"".join(out)

    def _choose(self) -> bool:
        """What follows: another head, chunks or plain bytes? False when more bytes are needed to tell."""
        start = self._pending[self._at : self._at + 1024]
        if start.startswith(b"HTTP/"):
            self._mode = "head"
        elif _FIRST_SIZE.match(start):
            self._mode = "size"
        elif len(start) < 1024 and (b"HTTP/".startswith(start) or _SIZE_SO_FAR.match(start)):
            return False
        else:
            self._mode = "plain"
        return True

    def _skip_head(self) -> bool:
        found = _HEAD_END.search(self._pending, max(self._at, self._searched - 2))
        if found is None:
            self._searched = len(self._pending)
            return False
        self._at, self._mode = found.end(), "start"
        return True

    def _take_size(self) -> bool:
        newline = self._pending.find(b"\n", max(self._at, self._searched))
        if newline < 0:
            self._searched = len(self._pending)
            return False
        line = self._pending[self._at : newline]
        try:
            self._left = int(line.partition(b";")[0], 16) + 2
        except ValueError:
            self._mode = "plain"
            return True
        self._at, self._mode = newline + 1, "chunk"
        return True

    def _take_content(self, out: list[bytes]) -> bool:
        whole = len(self._pending) - self._at if self._mode == "plain" else self._left
        taken = self._pending[self._at : self._at + whole]
        self._at += len(taken)
        if self._mode == "plain":
            out.append(taken)
            return False
        out.append(taken[: max(0, self._left - 2)])
        self._left -= len(taken)
        self._mode = "chunk" if self._left > 0 else "size"
        return self._mode == "size" and self._at < len(self._pending)
