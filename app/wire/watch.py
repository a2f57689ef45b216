"""Looks into an event stream that may never end for the one JSON-RPC message that we wait for."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

_LINE_END = re.compile(rb"\r\n|\n|\r")
_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class AnswerWatch:
    """Reads an event stream (HTML standard, 9.2.6) piece by piece, as far as finding one message needs it."""

    def __init__(self, rpc_id: str, encoding: str, decoded_bytes: int) -> None:
        self._rpc_id = rpc_id
        self._left = decoded_bytes
        self._inflate = zlib.decompressobj(_WINDOW[encoding]) if encoding in _WINDOW else None
        self._line = bytearray()
        self._event: list[bytes] = []
        self._after_cr = False
        self._is_first = True  # one byte order mark before the first line is no part of it

    def has_answer(self, piece: bytes) -> bool:
        """Has the answer come, with this piece of the stream?"""
        plain = self._plain(piece)
        halved = self._after_cr and plain[:1] == b"\n"  # the second half of a line end that was cut in two
        if plain:
            self._after_cr = plain.endswith(b"\r")
        *whole, rest = _LINE_END.split(plain[1:] if halved else plain)
        found = [self._take(line) for line in whole]
        self._line += rest
        return any(found)

    def _take(self, rest_of_line: bytes) -> bool:
        line = bytes(self._line) + rest_of_line
        self._line.clear()
        if self._is_first:
            line, self._is_first = line.removeprefix(b"\xef\xbb\xbf"), False
        if line:
            if line.startswith(b"data:"):
                self._event.append(line[5:].removeprefix(b" "))
            return False
        event, self._event = b"\n".join(self._event), []
        return bool(event) and self._is_answer(event)

    def _is_answer(self, event: bytes) -> bool:
        try:
            message = json.loads(event)
        except (ValueError, RecursionError):
            return False
        return any(self._answers(one) for one in (message if isinstance(message, list) else [message]))

    def _answers(self, message: Any) -> bool:
        if not isinstance(message, dict):
            return False
        if message.get("id") is None:
            return "error" in message  # a server that could not read the id says null (JSON-RPC 2.0, section 5)
        return str(message["id"]) == self._rpc_id and ("result" in message or "error" in message)

    def _plain(self, piece: bytes) -> bytes:
        if self._inflate is None or self._left <= 0:
            return piece if self._inflate is None else b""
        try:
            plain = self._inflate.decompress(piece, self._left)
        except zlib.error:
            self._left = 0
            return b""
        self._left -= len(plain)
        return plain
