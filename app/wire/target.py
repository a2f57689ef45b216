"""The one reading of a URL: what the guard judges here is what the wire dials, so the two cannot differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote

import idna

from app.wire.messages import Failure

DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_AUTHORITY = re.compile(r"//([^/?#]*)")
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_\-]{0,62})*\.?")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_ASCII_VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F))


class Refused(Exception):
    """This exchange must not be sent; `failure` says why."""

    def __init__(self, kind: str, says: str) -> None:
        super().__init__(says)
        self.failure = Failure(kind, says)


@dataclass(frozen=True)
class Target:
    """A URL taken apart. `path` is the request target as bytes for the wire, query included, as the person wrote it."""

    scheme: str
    host: str  # ASCII, lower case, IPv6 without brackets
    port: int
    path: str
    shown_host: str  # as it stands in the Host header, with the port unless it is the scheme's own

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{bracketed(self.host)}:{self.port}"


def bracketed(host: str) -> str:
    """The host as URLs write it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def take_apart(url: str) -> Target:
    """Read a URL for sending. Raises Refused: bad_url, blocked_scheme or blocked_userinfo."""
    if _FORBIDDEN.search(url):
        raise Refused("bad_url", "The URL holds a backslash or a control character; programs disagree about such URLs, so it was not sent.")
    scheme, rest = _scheme(url)
    authority = _AUTHORITY.match(rest)
    if authority is None or not authority[1]:
        raise Refused("bad_url", f"The URL needs a host name after {scheme}://.")
    written, port = _host_and_port(authority[1], scheme)
    host = _dialled_host(written)
    shown = bracketed(host) if ":" in host or not written.isascii() else written
    if port != DEFAULT_PORTS[scheme]:
        shown = f"{shown}:{port}"
    return Target(scheme, host, port, _request_target(rest[authority.end() :]), shown)


def _scheme(url: str) -> tuple[str, str]:
    match = _SCHEME.match(url)
    if match is None or re.match(r"[0-9]", url[match.end() :]):  # "localhost:8000/mcp" is a host and a port
        raise Refused("bad_url", "The URL must begin with https:// or http://.")
    scheme = match[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise Refused("blocked_scheme", f"Only https and http URLs are sent, not {scheme}: URLs.")
    return scheme, url[match.end() :]


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise Refused("blocked_userinfo", "The URL carries a user name or password before the host; take it out and use a header instead.")
    match = _HOST_AND_PORT.fullmatch(authority)
    if match is None or not match[1]:
        raise Refused("bad_url", f"{authority!r} is not a host with an optional port.")
    port = int(match[2]) if match[2] else DEFAULT_PORTS[scheme]
    if not 1 <= port <= 65_535:
        raise Refused("bad_url", f"Port {port} does not exist; ports run from 1 to 65535.")
    return match[1], port


def _dialled_host(written: str) -> str:
    if written.startswith("["):
        return _ipv6(written[1:-1])
    host = written if written.isascii() else _to_ascii(written)
    if len(host) > 254 or not _NAME.fullmatch(host):
        raise Refused("bad_url", f"{written!r} is not a host name.")
    return host.lower()


def _ipv6(literal: str) -> str:
    try:
        address = IPv6Address(literal)
    except ValueError:
        raise Refused("bad_url", f"[{literal}] is not an IPv6 address.") from None
    if address.scope_id is not None or "%" in literal:
        raise Refused("bad_url", f"[{literal}] names a network interface; such addresses are never dialled.")
    return str(address)


def _to_ascii(written: str) -> str:
    try:
        return idna.encode(written, uts46=True).decode("ascii")
    except UnicodeError:  # idna.IDNAError is one
        raise Refused("bad_url", f"{written!r} is not a valid international host name.") from None


def _request_target(rest: str) -> str:
    """What follows the host, byte for byte; only what HTTP cannot carry (blanks, non-ASCII) is percent-encoded, the fragment dropped."""
    rest = rest.split("#", 1)[0]
    if not rest.startswith("/"):
        rest = "/" + rest
    if rest.isascii() and " " not in rest:
        return rest
    try:
        return quote(rest, safe=_ASCII_VISIBLE)
    except UnicodeError:
        raise Refused("bad_url", "The URL holds half a character (a lone surrogate), which cannot be sent.") from None
