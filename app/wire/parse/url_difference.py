"""Where two URLs that should be one string part ways, and in which piece."""

from __future__ import annotations

from dataclasses import dataclass

from app.wire.parse.url import DEFAULT_PORTS, Parts, same_but_slash, split

_SAYS = {
    "": "The two are the same string.",
    "not_a_url": "One of them is not an absolute URL.",
    "slash": "They differ in a slash at the end.",
    "scheme": "The schemes differ.",
    "userinfo": "A user name or password stands in one of them.",
    "host": "The hosts differ.",
    "port": "The ports differ.",
    "default_port": "One of them writes the default port, the other does not.",
    "path": "The paths differ.",
    "query": "The query strings differ.",
    "fragment": "The fragments differ.",
    "case": "They differ only in upper and lower case.",
}


@dataclass(frozen=True)
class UrlDifference:
    """The first difference. `kind` is empty where there is none, else one of: not_a_url slash scheme userinfo host port
    default_port path query fragment case. `at` is the index of the first differing character, -1 where none differs."""

    kind: str
    at: int
    says: str
    a: str
    b: str

    @property
    def same(self) -> bool:
        return not self.kind


def compare(a: str, b: str) -> UrlDifference:
    """Compare two URLs code point by code point (RFC 3986 section 6.2.1) and name the piece in which they differ."""
    kind = _kind(a, b)
    return UrlDifference(kind, first_difference(a, b), _SAYS[kind], a, b)


def first_difference(a: str, b: str) -> int:
    """The index of the first character that differs, -1 for equal strings; the shorter length where one begins the other."""
    if a == b:
        return -1
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _kind(a: str, b: str) -> str:
    if a == b:
        return ""
    one, two = split(a), split(b)
    if not one.base or not two.base:
        return "not_a_url"
    if same_but_slash(a, b):
        return "slash"
    if a.lower() == b.lower():
        return "case"
    return _piece(one, two)


def _piece(one: Parts, two: Parts) -> str:
    if one.scheme.lower() != two.scheme.lower():
        return "scheme"
    if one.host.lower() != two.host.lower():
        return "host"
    if one.port != two.port:
        return "default_port" if _port(one) == _port(two) else "port"
    if one.userinfo != two.userinfo:
        return "userinfo"
    if one.path != two.path:
        return "slash" if one.path.removesuffix("/") == two.path.removesuffix("/") else "path"
    return "query" if one.query != two.query else "fragment"


def _port(parts: Parts) -> str:
    return parts.port or DEFAULT_PORTS.get(parts.scheme.lower(), "")
