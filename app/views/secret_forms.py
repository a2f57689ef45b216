"""The spellings in which one value can stand in a text, and how to replace them fast.

Compiling one expression for all values of a run took 70 ms a page; a plain search for what all spellings
of a value have in common costs almost nothing, and only a hit needs the value's own expression.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cached_property, lru_cache

NAMED_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "+": "&plus;", "=": "&equals;", "/": "&sol;"}
JSON_SHORT = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
UNRESERVED = "-._~"  # never escaped but by writers that escape everything, or by careless ones in URLs
SHORTEST_CORE = 6  # fewer Base64 characters would meet by chance
ESCAPED_RUN = re.compile(r"(?:%[0-9A-Fa-f]{2}){6}|(?:\\u[0-9A-Fa-f]{4}){6}")
ALIKE = re.compile(r"[A-Za-z0-9]{4,}")  # spelled alike by every writer that does not escape everything
BARE = re.compile(rf"[A-Za-z0-9{re.escape(UNRESERVED)}]+")  # written otherwise by percent-encoding only
Written = str | Callable[[str], str]  # what stands in a value's place, or what makes it of the spelling that was found


class Spellings:
    """One value: as it is, percent-encoded (once or more), JSON- or HTML-escaped, in Base64 and base64url."""

    def __init__(self, value: str) -> None:
        self.value = value
        self._alike = max(ALIKE.findall(value), key=len, default="")
        self._is_bare = BARE.fullmatch(value) is not None
        self._cores = base64_cores(value.encode("utf-8", "surrogatepass"))

    def replace(self, text: str, label: Written, *, wholly_escaped: bool) -> str:
        """The text with every spelling replaced. `wholly_escaped`: does it hold a run of escapes at all?"""

        def written(found: re.Match[str]) -> str:
            return _for(found[0], label)

        if self._alike in text:
            as_it_is = self._alike == self.value or (self._is_bare and "%" not in text)  # most tokens in most texts: nothing to compile
            text = text.replace(self.value, _for(self.value, label)) if as_it_is else self._plain.sub(written, text)
        for core in self._cores:
            if core in text:
                text = text.replace(core, _for(core, label))
        return self._whole.sub(written, text) if wholly_escaped else text

    @cached_property
    def _plain(self) -> re.Pattern[str]:
        return re.compile("".join(_spellings(character) for character in self.value))

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        octets = self.value.encode("utf-8", "surrogatepass")
        return re.compile("".join(map(_percent, octets)) + "|" + "".join(map(_unicode_escape, self.value)))


@lru_cache(maxsize=1_024)  # of about 80 walks
def spellings(value: str) -> Spellings:
    """The spellings of a value, compiled at most once."""
    return Spellings(value)


def is_wholly_escaped(text: str) -> bool:
    """Does a run of escapes stand in the text, so that even letters may hide?"""
    return ("%" in text or "\\u" in text) and ESCAPED_RUN.search(text) is not None


def _for(found: str, label: Written) -> str:
    return label if isinstance(label, str) else label(found)


def _spellings(character: str) -> str:
    """Letters and digits stand for themselves; every other character has its escapes."""
    if character.isascii() and character.isalnum():
        return character
    octets = character.encode("utf-8", "surrogatepass")
    spelled = [re.escape(character), "".join(map(_percent, octets))]
    if character not in UNRESERVED:
        spelled += [*_json(character), _entity(character)]
    if character == " ":
        spelled.append(r"\+")
    if not character.isascii():
        spelled.append(re.escape(octets.decode("latin-1")))
    return f"(?:{'|'.join(spelled)})"


def _percent(octet: int) -> str:
    return "%(?:25){0,4}" + "".join(_any_case(digit) for digit in f"{octet:02x}")


def _json(character: str) -> list[str]:
    short = JSON_SHORT.get(character, character)
    escaped = [_unicode_escape(character)]
    return escaped if character.isalnum() else [*escaped, rf"\\\\{{0,7}}{re.escape(short)}"]


def _unicode_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(r"\\\\{0,7}u" + "".join(_any_case(d) for d in units[i : i + 2].hex()) for i in range(0, len(units), 2))


def _entity(character: str) -> str:
    code = ord(character)
    hexadecimal = "".join(_any_case(digit) for digit in f"{code:x}")
    numeric = rf"&\#0*{code};|&\#[xX]0*{hexadecimal};"
    return f"{numeric}|{NAMED_ENTITIES[character]}" if character in NAMED_ENTITIES else numeric


def _any_case(digit: str) -> str:
    return f"[{digit}{digit.upper()}]" if digit.isalpha() else digit


def base64_cores(octets: bytes) -> tuple[str, ...]:
    """What the octets look like inside a longer Base64 text, for each of the three alignments and both alphabets."""
    cores: dict[str, None] = {}
    for before in range(3):
        # characters that also depend on a neighbour are left out: at the front for the octets before, at the end for those after
        skipped, bits = (0, 2, 3)[before], (before + len(octets)) * 8
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(b"\0" * before + octets).decode()[skipped : bits // 6]
            if len(core) >= SHORTEST_CORE:
                cores[core] = None
    return tuple(cores)
