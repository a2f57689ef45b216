"""Issuers, resources and their well-known URLs as plain strings (RFC 3986 appendix B).

Nothing here normalises: a trailing slash, a letter's case or `:443` is often the very fault that a person looks for,
and a library that takes a URL apart and writes it again would hide it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PARTS = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_PORT = re.compile(r":([0-9]*)\Z")
DEFAULT_PORTS = {"http": "80", "https": "443"}
# RFC 9728 section 3.1 drops a slash only right behind the host; RFC 8414 section 3.1 drops it behind any path.
_KEEPS_PATH_SLASH = ("oauth-protected-resource",)
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
class Parts:
    """A URL cut into pieces that give the same string when joined again. `query` and `fragment` keep their mark."""

    scheme: str
    authority: str | None
    path: str
    query: str
    fragment: str

    @property
    def userinfo(self) -> str:
        """What stands before the last `@` of the authority, or an empty string."""
        return (self.authority or "").rpartition("@")[0]

    @property
    def host(self) -> str:
        """The host as written, an IPv6 address with its brackets."""
        return _PORT.sub("", (self.authority or "").rpartition("@")[2])

    @property
    def port(self) -> str:
        """The port as written, or an empty string."""
        found = _PORT.search((self.authority or "").rpartition("@")[2])
        return found[1] if found else ""

    @property
    def base(self) -> str:
        """Scheme and authority as written, `https://host:1`; empty where either is missing."""
        return f"{self.scheme}://{self.authority}" if self.scheme and self.authority else ""


def split(url: str) -> Parts:
    """Cut a URL into its parts. Every string has some; nothing is decoded, lowered or checked."""
    found = _PARTS.fullmatch(url)
    if found is None:  # cannot happen: each part may be empty and the path takes what is left
        return Parts("", None, url, "", "")
    scheme, authority, path, query, fragment = found.groups()
    return Parts(scheme or "", authority, path, query or "", fragment or "")


def origin(url: str) -> str:
    """Scheme and authority as written, without user name and password; empty for a relative URL."""
    parts = split(url)
    if not parts.scheme or not parts.authority:
        return ""
    return f"{parts.scheme}://{parts.authority.rpartition('@')[2]}"


def insert_well_known(url: str, suffix: str) -> str:
    """`/.well-known/<suffix>` between host and path, query kept, fragment dropped (RFC 8414 3.1, RFC 9728 3.1).

    A slash right behind the host goes; one behind a longer path goes for authorization servers only.
    """
    parts = split(url)
    path = "" if parts.path == "/" else parts.path
    if suffix not in _KEEPS_PATH_SLASH:
        path = path.removesuffix("/")
    return f"{parts.base}/.well-known/{suffix}{path}{parts.query}"


def append_well_known(issuer: str, suffix: str) -> str:
    """`/.well-known/<suffix>` behind the path, where one terminating slash is dropped (OpenID Connect Discovery 4.1)."""
    parts = split(issuer)
    return f"{parts.base}{parts.path.removesuffix('/')}/.well-known/{suffix}{parts.query}"


def root_well_known(url: str, suffix: str) -> str:
    """`/.well-known/<suffix>` at the root of the host, without path and query."""
    return f"{split(url).base}/.well-known/{suffix}"


def same_but_slash(a: str, b: str) -> bool:
    """Do two different strings become equal when one terminating slash is dropped?"""
    return a != b and a.removesuffix("/") == b.removesuffix("/")


def is_openable(url: str) -> bool:
    """Can a browser be sent there? Only http and https (javascript: and data: are attacks), to a host and a port that can exist."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host.encode("idna")
        return parts.scheme in DEFAULT_PORTS and bool(host) and parts.port != 0 and url.isprintable()
    except ValueError:  # a UnicodeError is one: a label of the host that is empty or too long
        return False


def is_loopback_host(host: str) -> bool:
    """Is it `localhost`, a name under it, 127.0.0.0/8 or ::1 (with or without brackets)? Names are not resolved."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False


_INNER = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 fc00::/7 fe80::/10"
INNER_NETWORKS = tuple(ipaddress.ip_network(network) for network in _INNER.split())
INNER_ZONES = (".local", ".localdomain", ".internal", ".intranet", ".lan", ".svc", ".home.arpa")


def is_inner_host(host: str) -> bool:
    """Is it a name or an address that only one machine or one network knows? Names are not resolved."""
    name = host.lower().removesuffix(".")
    try:
        address = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return is_loopback_host(name) or "." not in name or name.endswith(INNER_ZONES)
    return address.is_loopback or any(address in network for network in INNER_NETWORKS if network.version == address.version)


def same_origin(a: str, b: str) -> bool:
    """Do two URLs share scheme, host and port? Letter case and a written default port do not count (RFC 6454 section 4)."""
    keys = _origin_key(a), _origin_key(b)
    return keys[0] == keys[1] and keys[0] is not None


def _origin_key(url: str) -> tuple[str, str, str] | None:
    parts = split(url)
    scheme = parts.scheme.lower()
    # Browsers end the host at a backslash, others do not: such a URL is never the same origin as anything.
    if not scheme or not parts.host or "\\" in (parts.authority or ""):
        return None
    port = parts.port.lstrip("0") or ("0" if parts.port else "")
    return scheme, parts.host.lower(), port or DEFAULT_PORTS.get(scheme, "")


def covers(resource: str, target: str) -> bool:
    """Is `target` the resource or below it: same origin, path a prefix that ends at a `/`? A trailing slash is forgiven.

    This is what the SDKs accept; RFC 9728 section 3.3 asks for identical strings.
    """
    if not same_origin(resource, target):
        return False
    above, below = split(resource), split(target)
    if _climbs(below.path) or _climbs(above.path) or (above.query and above.query != below.query):
        return False
    prefix = above.path.rstrip("/")
    return below.path.rstrip("/") == prefix or below.path.startswith(prefix + "/")


def _climbs(path: str) -> bool:
    return ".." in re.split(r"[/\\]", re.sub("%2e", ".", path, flags=re.IGNORECASE))


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
    if one.host.lower() != two.host.lower():
        return "host"  # before the scheme: at another host nobody looks for a missing s
    if one.scheme.lower() != two.scheme.lower():
        return "scheme"
    if one.port != two.port:
        return "default_port" if _port(one) == _port(two) else "port"
    if one.userinfo != two.userinfo:
        return "userinfo"
    if one.path != two.path:
        return "slash" if one.path.removesuffix("/") == two.path.removesuffix("/") else "path"
    return "query" if one.query != two.query else "fragment"


def _port(parts: Parts) -> str:
    return parts.port or DEFAULT_PORTS.get(parts.scheme.lower(), "")
