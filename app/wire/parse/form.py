"""Names and values of `application/x-www-form-urlencoded` bodies and of query strings, in order and with duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote_plus, unquote_to_bytes

from app.wire.parse.oddity import Oddity

Pair = tuple[str, str]
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NOT_ALLOWED = re.compile(r"[^\x21-\x7e]")
ODDITIES_SHOWN = 20  # a hostile text of 64 kB must not make a page of complaints


def read_pairs(text: str) -> tuple[Pair, ...]:
    """Names and values in order. `+` is a space, a broken %XX stays as it is, bytes that are not UTF-8 become U+FFFD."""
    pieces = (piece.partition("=") for piece in text.split("&") if piece)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in pieces)


def write_pairs(pairs: Iterable[Pair]) -> str:
    """The pairs as one string of ASCII; `read_pairs` gives them back. Lone surrogates, which UTF-8 cannot hold, become `?`."""
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)


def with_query(url: str, pairs: Iterable[Pair]) -> str:
    """The URL with further query parameters behind its own, byte for byte otherwise, without its fragment (RFC 6749 3.1)."""
    bare, added = url.partition("#")[0], write_pairs(pairs)
    if not added:
        return bare
    joint = "?" if "?" not in bare else "" if bare.endswith(("?", "&")) else "&"
    return f"{bare}{joint}{added}"


def query_of(url: str) -> str:
    """The query string of a URL as written, without `?` and fragment."""
    return url.partition("#")[0].partition("?")[2]


def repeated_names(pairs: Iterable[Pair]) -> tuple[str, ...]:
    """The names that occur more than once, each once, in the order of their second occurrence."""
    seen: dict[str, int] = {}
    repeats: dict[str, None] = {}
    for name, _ in pairs:
        seen[name] = seen.get(name, 0) + 1
        if seen[name] == 2:
            repeats[name] = None
    return tuple(repeats)


def form_oddities(text: str) -> tuple[Oddity, ...]:
    """What the encoding does not allow, with character offsets: bad_percent, bad_character, not_utf8, empty_name, repeated_name."""
    found = [
        Oddity("bad_percent", "A % is not followed by two hexadecimal digits.", start=m.start(), end=m.end())
        for m in _some(_BAD_PERCENT, text)
    ]
    found += [
        Oddity("bad_character", f"The character {m[0]!a} must be written as %XX.", start=m.start(), end=m.end())
        for m in _some(_NOT_ALLOWED, text)
    ]
    found += _of_pieces(text)
    found += [
        Oddity("repeated_name", f"The name {name!r} occurs more than once.") for name in repeated_names(read_pairs(text))[:ODDITIES_SHOWN]
    ]
    return tuple(sorted(found, key=lambda oddity: oddity.start)[:ODDITIES_SHOWN])


def _of_pieces(text: str) -> list[Oddity]:
    found, start = [], 0
    for piece in text.split("&"):
        end = start + len(piece)
        if piece and piece.startswith("="):
            found.append(Oddity("empty_name", "A value has no name.", start=start, end=end))
        try:
            _octets(piece).decode()
        except UnicodeDecodeError:
            found.append(Oddity("not_utf8", "The bytes behind the %XX are not UTF-8.", start=start, end=end))
        if len(found) >= ODDITIES_SHOWN:
            break
        start = end + 1
    return found


def _some(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return [match for match, _ in zip(pattern.finditer(text), range(ODDITIES_SHOWN), strict=False)]


def _octets(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "replace"))


def _decoded(text: str) -> str:
    return _octets(text).decode("utf-8", "replace")


def _encoded(text: str) -> str:
    return quote_plus(text.encode("utf-8", "replace"))
