"""JSON as it came: the value, or why there is none, and what is odd about it (RFC 8259). Never raises."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from app.settings import DEEPEST_JSON
from app.wire.parse.bounds import BOUNDS
from app.wire.parse.json_scan import deeper_than, find_word, repeated_members
from app.wire.parse.json_scan import pointer_range as pointer_range
from app.wire.parse.json_text import Text, read_text
from app.wire.parse.oddity import Oddity, few

SHORT = 64_000  # bytes of a body of which many are kept
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|script|style|meta|center|h1|div)(?:[\s>]|\Z)|<!--", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class Json:
    """`value` is what the text says, None where `error` is not empty. `error` is a sentence; `at` its byte offset, else -1.

    A value holds no lone surrogates (they became U+FFFD), no infinite and no gigantic number, so it can be written anywhere.
    """

    value: Any
    error: str = ""
    oddities: tuple[Oddity, ...] = ()
    at: int = -1

    @property
    def document(self) -> Mapping[str, Any]:
        """The value where it is an object, else an empty mapping."""
        return self.value if isinstance(self.value, dict) else MappingProxyType({})

    @property
    def is_object(self) -> bool:
        return not self.error and isinstance(self.value, dict)

    def odd(self, *slugs: str) -> tuple[Oddity, ...]:
        """The oddities with one of these slugs."""
        return tuple(o for o in self.oddities if o.slug in slugs)


@dataclass
class _Found:
    """What the parser's hooks notice on their way."""

    oddities: list[Oddity] = field(default_factory=list)
    repeats: bool = False
    constant: str = ""

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        self.repeats = self.repeats or len(members) < len(pairs)
        return members

    def note_constant(self, word: str) -> None:
        self.constant = self.constant or word

    def integer(self, text: str) -> int | float:
        if len(text) <= BOUNDS.json_digits:
            return int(text)
        return self._largest(text, f"An integer has {len(text.lstrip('-'))} digits; most clients cannot hold it.")

    def fraction(self, text: str) -> float:
        number = float(text)
        if abs(number) <= sys.float_info.max:
            return number
        return self._largest(text, f"The number {text[:40]} is too large for a client to hold.")

    def _largest(self, text: str, says: str) -> float:
        self.oddities.append(Oddity("big_number", says))
        return -sys.float_info.max if text.startswith("-") else sys.float_info.max


def read_json(body: bytes, *, depth: int = 0) -> Json:
    """Read one JSON text. Nested deeper than `depth` (0 = what the settings say), cut, not JSON or not text: `error` says so.

    Slugs of oddities: bom not_utf8 utf16 duplicate_member nan big_number lone_surrogate trailing_bytes; with byte offsets.
    """
    read = _read_short if len(body) <= SHORT else _read_long
    return read(body, min(depth or BOUNDS.json_depth, DEEPEST_JSON))


def _read(body: bytes, deepest: int) -> Json:
    source = read_text(body)
    if not source.text.strip(" \t\r\n"):
        return _refused("The body is empty." if not body else "The body holds nothing but white space.", 0, source)
    return _parsed(source, deepest)


# A dozen questions are asked about one exchange in a row. What was read is shared, so nobody may change a value; a few are kept,
# for a parsed text takes ten times its room.
_read_short, _read_long = lru_cache(maxsize=32)(_read), lru_cache(maxsize=1)(_read)


def _too_deep(source: Text, deepest: int) -> Json | None:
    at = deeper_than(source.text, deepest)
    return _refused(f"The JSON is nested deeper than {deepest} levels, from character {at} on.", at, source) if at >= 0 else None


def _nests_deeper(value: Any, deepest: int) -> bool:
    """Level by level over what was read, which is several times faster than over the text."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(deepest):
        if not level:
            return False
        members = (one.values() if isinstance(one, dict) else one for one in level)
        level = [member for each in members for member in each if isinstance(member, dict | list)]
    return bool(level)


def _parsed(source: Text, deepest: int) -> Json:
    found = _Found()
    try:
        value = json.loads(
            source.text,
            object_pairs_hook=found.members,
            parse_constant=found.note_constant,
            parse_int=found.integer,
            parse_float=found.fraction,
        )
    except json.JSONDecodeError as error:
        return _too_deep(source, deepest) or _broken(error, source)
    except (ValueError, RecursionError) as error:  # thousands of levels; a page must not fail over anything else either
        return _too_deep(source, deepest) or _refused(f"The JSON cannot be read: {type(error).__name__}.", 0, source)
    if _nests_deeper(value, deepest) and (refused := _too_deep(source, deepest)):
        return refused
    if found.constant:
        return _not_a_number(found.constant, source)
    if found.repeats:
        found.oddities += repeated_members(source.text)
    if _SURROGATE_ESCAPE.search(source.text):
        value = _without_surrogates(value, found.oddities)
    return Json(value, "", _placed(found.oddities, source))


def _placed(oddities: list[Oddity], source: Text) -> tuple[Oddity, ...]:
    """The oddities with byte offsets, behind those of the encoding."""
    kept = few(oddities)
    spans = [source.bytes_at(o.start, o.end) if o.end else (0, 0) for o in kept]
    return (*source.oddities, *(replace(o, start=start, end=end) for o, (start, end) in zip(kept, spans, strict=True)))


def _refused(says: str, at: int, source: Text, *oddities: Oddity) -> Json:
    return Json(None, says, _placed(list(oddities), source), source.bytes_at(at, at)[0])


def _broken(error: json.JSONDecodeError, source: Text) -> Json:
    at, text = error.pos, source.text
    if looks_like_html(text[:2048].encode("utf-8", "replace")):
        return _refused("The body is an HTML page, not JSON.", at, source)
    if error.msg == "Extra data":
        odd = Oddity("trailing_bytes", f"The JSON ends at character {at}, {len(text) - at} more follow.", "", at, len(text))
        return _refused(f"Something follows the JSON at character {at}.", at, source, odd)
    if not text[at:].strip() or error.msg.startswith("Unterminated"):
        return _refused(f"The JSON breaks off: its end is missing at character {len(text)}.", len(text), source)
    what = (error.msg[0].lower() + error.msg[1:]).removesuffix(" at")
    return _refused(f"The body is not JSON: {what} at character {at} (line {error.lineno}, column {error.colno}).", at, source)


def _not_a_number(word: str, source: Text) -> Json:
    at = find_word(source.text, word)
    odd = Oddity("nan", f"{word} is not JSON.", "Python's json module accepts it, other parsers refuse the whole text.", at, at + len(word))
    return _refused(f"{word} at character {at} is not JSON.", at, source, odd)


def _without_surrogates(value: Any, oddities: list[Oddity]) -> Any:
    """The same value with U+FFFD for every lone surrogate. The depth is bounded, so recursion is safe."""
    if isinstance(value, str):
        clean = _SURROGATE.sub("\ufffd", value)
        if clean != value:
            oddities.append(Oddity("lone_surrogate", "A text holds half of a surrogate pair, which no encoding can write."))
        return clean
    if isinstance(value, list):
        return [_without_surrogates(item, oddities) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(name, oddities): _without_surrogates(item, oddities) for name, item in value.items()}
    return value


def looks_like_html(body: bytes) -> bool:
    """Does the body begin like an HTML page, behind white space, a byte order mark and an XML declaration?"""
    start = body[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<?xml"):
        start = start.partition(b"?>")[2].lstrip()
    return _HTML.match(start) is not None
