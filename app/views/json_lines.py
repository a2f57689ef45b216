"""The lines of indented JSON, each with the JSON pointer of the member that it shows (RFC 6901)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from app.views.json_text import indented

MEMBER = re.compile(r'\s*(?P<name>"(?:[^"\\]|\\.)*"): ?(?P<rest>.*)', re.DOTALL)


@dataclass(frozen=True)
class JsonLine:
    """One line. `pointer` is that of the member, or of the container that ends here."""

    text: str
    pointer: str


@dataclass
class _Open:
    """A container whose end has not been read."""

    pointer: str
    is_object: bool
    index: int = 0


@dataclass
class _Reader:
    stack: list[_Open] = field(default_factory=list)

    def line(self, text: str) -> JsonLine:
        bare = text.strip()
        if bare[:1] in ("}", "]") and self.stack:
            return JsonLine(text, self.stack.pop().pointer)
        pointer, rest = self._place(text)
        if rest.strip()[-1:] in ("{", "["):
            self.stack.append(_Open(pointer, rest.strip()[-1:] == "{"))
        return JsonLine(text, pointer)

    def _place(self, text: str) -> tuple[str, str]:
        """(the pointer of what begins on this line, the line behind its name)"""
        if not self.stack:
            return "", text
        around = self.stack[-1]
        found = MEMBER.fullmatch(text) if around.is_object else None
        if found:
            return f"{around.pointer}/{_escaped(_name(found['name']))}", found["rest"]
        pointer = f"{around.pointer}/{around.index}"
        around.index += 1
        return pointer, text


def json_lines(text: str) -> tuple[JsonLine, ...]:
    """The indented lines of a JSON text in its own order and spelling, doubled names too."""
    reader = _Reader()
    return tuple(reader.line(line) for line in indented(text).split("\n"))


def _name(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
