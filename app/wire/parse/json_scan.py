"""Walks over the pieces of a JSON text without building anything: places of members, repeated names, depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.wire.parse.oddity import Oddity

# An unterminated text runs to the end: were it to fail instead, every quote in it would be tried again, in quadratic time.
_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_TOKEN = re.compile(_STRING + r'|[\[\]{}:,]|[^\s\[\]{}:,"]++', re.DOTALL)
_BRACKET = re.compile(_STRING + r"|[\[\]{}]", re.DOTALL)
REPEATS_NAMED = 20
MOST_LEVELS = 1_000  # a hostile text of a million brackets is not worth a path


@dataclass
class _Level:
    """An open object or array: the name or index of the member that comes next, and the names seen."""

    is_object: bool
    index: int = 0
    name: str | None = None  # of the member under way, None while a name is expected
    seen: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        return (self.name or "") if self.is_object else str(self.index)


@dataclass(frozen=True)
class _Step:
    """Something met on the way. kind: name (of a member), value (a whole scalar), open, close."""

    kind: str
    start: int
    end: int
    levels: Sequence[_Level]  # the open ones round it; for `open` and `close` without the one that opens or closes


def deeper_than(text: str, depth: int) -> int:
    """The character offset at which brackets nest deeper than `depth`, or -1."""
    if text.count("[") + text.count("{") <= depth:
        return -1
    level = 0
    for found in _BRACKET.finditer(text):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if level > depth:
            return found.start()
    return -1


def repeated_members(text: str) -> list[Oddity]:
    """One oddity for each member whose name its object already holds, with its pointer; the first few only."""
    found: list[Oddity] = []
    for step in _walk(text):
        if step.kind != "name":
            continue
        level = step.levels[-1]
        name = level.name or ""
        if name in level.seen:
            pointer = "".join(f"/{_escaped(each.key)}" for each in step.levels)
            says = f"The member {name[:60]!r} occurs more than once; most clients take the last."
            found.append(Oddity("duplicate_member", says, "", step.start, step.end, pointer))
        level.seen.add(name)
        if len(found) == REPEATS_NAMED:
            break
    return found


def pointer_range(body: bytes, pointer: str) -> tuple[int, int] | None:
    """The byte range of the value at a JSON pointer (RFC 6901) in a UTF-8 body; None where it is not there.

    Of repeated members the last one counts, as for the parsers. Works on broken JSON too, up to the break.
    """
    keys = _keys(pointer)
    if keys is None:
        return None
    text = body.decode("utf-8", "surrogateescape")
    span = _span(text, keys)
    if span is None or body.isascii():
        return span
    first = len(text[: span[0]].encode("utf-8", "surrogateescape"))
    return first, first + len(text[span[0] : span[1]].encode("utf-8", "surrogateescape"))


def _span(text: str, keys: Sequence[str]) -> tuple[int, int] | None:
    found: tuple[int, int] | None = None
    opened = -1
    for step in _walk(text):
        if step.kind == "name" or len(step.levels) != len(keys):
            continue
        if any(level.key != key for level, key in zip(step.levels, keys, strict=True)):
            continue
        if step.kind == "open":
            opened = step.start
        else:
            found = (opened if step.kind == "close" else step.start, step.end)
    return found


def find_word(text: str, word: str) -> int:
    """The character offset of the first bare word (a number, a literal) that is this one; -1 where there is none."""
    return next((step.start for step in _walk(text) if step.kind == "value" and text[step.start : step.end] == word), -1)


def _walk(text: str) -> Iterator[_Step]:
    """Every name, scalar and bracket with the levels round it. Stops at the first thing that cannot be JSON."""
    levels: list[_Level] = []
    for found in _TOKEN.finditer(text):
        piece, start, end = found[0], found.start(), found.end()
        if piece in "[{":
            if len(levels) == MOST_LEVELS:
                return
            yield _Step("open", start, end, levels)
            levels.append(_Level(piece == "{"))
        elif piece in "]}":
            if not levels:
                return
            levels.pop()
            yield _Step("close", start, end, levels)
        elif piece == ",":
            _next_member(levels)
        elif piece != ":":
            yield _Step(_name_or_value(levels, piece), start, end, levels)


def _name_or_value(levels: Sequence[_Level], piece: str) -> str:
    if not levels or not levels[-1].is_object or levels[-1].name is not None:
        return "value"
    levels[-1].name = _unquoted(piece)
    return "name"


def _next_member(levels: Sequence[_Level]) -> None:
    if levels:
        levels[-1].index += 1
        levels[-1].name = None


def _unquoted(piece: str) -> str:
    try:
        text = json.loads(piece, strict=False)
    except ValueError:
        return piece
    return text if isinstance(text, str) else piece


def _keys(pointer: str) -> list[str] | None:
    if pointer and not pointer.startswith("/"):
        return None
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
