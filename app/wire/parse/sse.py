"""Server-sent events (WHATWG HTML section 9.2) and the JSON-RPC messages in an answer. Time grows with the bytes only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.wire.parse.json import read_json
from app.wire.parse.response import Response

_FIRST_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:data|event|id|retry)?:")
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Event:
    """One event. `start` and `end` are byte offsets into the body, the empty line that ends the event not counted.

    Not `complete` where the body ends before that empty line: clients drop such an event. `text` is empty where no data
    line came; clients drop such an event too.
    """

    event: str = "message"
    text: str = ""  # the data lines, joined with LF
    id: str = ""
    retry: int | None = None  # milliseconds
    start: int = 0
    end: int = 0
    complete: bool = True


class EventReader:
    """Reads events from pieces of a stream, cut anywhere."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._searched = 0  # how much of `_pending` holds no line end
        self._offset = 0  # byte offset of `_pending` in the stream
        self._lines: list[bytes] = []  # lines of the event under way
        self._start = 0
        self._end = 0

    def feed(self, piece: bytes) -> tuple[Event, ...]:
        """The events that this piece has completed."""
        self._pending += piece
        return self._read(final=False)

    def close(self) -> tuple[Event, ...]:
        """What is left at the end of the stream: events completed by it, then the one that never ended, if any."""
        events = list(self._read(final=True))
        if self._pending:
            self._add(bytes(self._pending), self._offset + len(self._pending))
        if self._lines:
            events.append(self._event(complete=False))
        return tuple(events)

    def _read(self, *, final: bool) -> tuple[Event, ...]:
        events, at = [], 0
        while found := _LINE_END.search(self._pending, max(at, self._searched)):
            if found[0] == b"\r" and found.end() == len(self._pending) and not final:
                break  # an LF may follow in the next piece
            line, end, at = bytes(self._pending[at : found.start()]), self._offset + found.start(), found.end()
            if line:
                self._add(line, end)
            elif self._lines:
                events.append(self._event(complete=True))
        self._searched = max(0, len(self._pending) - at - 1)
        self._offset += at
        del self._pending[:at]
        return tuple(events)

    def _add(self, line: bytes, end: int) -> None:
        if not self._lines:
            self._start = end - len(line)
        self._lines.append(line)
        self._end = end

    def _event(self, *, complete: bool) -> Event:
        if self._start == 0:
            self._lines[0] = self._lines[0].removeprefix(b"\xef\xbb\xbf")
        event = _event(self._lines, self._start, self._end, complete)
        self._lines = []
        return event


def _event(lines: list[bytes], start: int, end: int, complete: bool) -> Event:
    texts: list[str] = []
    named: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            texts.append(value)
        elif name and not (name == "id" and "\0" in value):
            named[name] = value
    retry = named.get("retry", "")
    milliseconds = int(retry) if retry.isascii() and retry.isdigit() and len(retry) < 12 else None
    return Event(named.get("event") or "message", "\n".join(texts), named.get("id", ""), milliseconds, start, end, complete)


def read_events(body: bytes) -> tuple[Event, ...]:
    """Every block of the stream as an event, comments-only blocks too. Never raises."""
    reader = EventReader()
    return reader.feed(body) + reader.close()


def is_event_stream(response: Response) -> bool:
    """Is the body an event stream, by its type or, where the type is something else than JSON, by its look?"""
    if response.media_type == "text/event-stream":
        return True
    return "json" not in response.media_type and _FIRST_FIELD.match(response.body) is not None


def rpc_messages(response: Response) -> tuple[object, ...]:
    """Every JSON-RPC message of an answer, from a JSON or an event stream body, batches taken apart; none where none can be read.

    An event without its closing empty line does not count: clients never see it.
    """
    bodies = [response.body]
    if is_event_stream(response):
        bodies = [event.text.encode() for event in read_events(response.body) if event.text and event.complete]
    return tuple(message for body in bodies for message in messages_in(body))


def messages_in(body: bytes) -> list[object]:
    """The messages of one JSON text, a batch taken apart; none where it is not JSON."""
    read = read_json(body)
    if read.error:
        return []
    return list(read.value) if isinstance(read.value, list) else [read.value]
