"""Which redirect URIs may be registered, and which one of a request equals a registered one."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from app.practice.gateway import LOOPBACK_HOSTS
from app.practice.reading import is_plain

URI_CHARACTERS = 2_000
ALL_CHARACTERS = 2_000  # of one client's URIs together: what a stranger registers is kept for days


def is_loopback(uri: str) -> bool:
    return (split(uri) or SplitResult("", "", "", "", "")).hostname in LOOPBACK_HOSTS


def split(uri: str) -> SplitResult | None:
    """The URI's parts, or None where it cannot be read."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def too_long(uris: Sequence[object]) -> str:
    """What is wrong with them together, or an empty string."""
    characters = sum(len(uri) for uri in uris if isinstance(uri, str))
    return f"redirect_uris must hold {ALL_CHARACTERS:,} characters or fewer in all." if characters > ALL_CHARACTERS else ""


def objection(uri: object, application_type: str, explorer_url: str = "") -> str:
    """Why this redirect URI cannot be registered, or an empty string.

    MCP: loopback or https only. OpenID registration and SEP-837: `native` means loopback, `web` means https elsewhere.
    `explorer_url` is the app's own address: a workshop on one laptop may have a plain http one, and its callback is taken.
    """
    if not isinstance(uri, str) or not is_plain(uri, URI_CHARACTERS) or not uri.isascii() or " " in uri:
        return "A redirect URI must be an absolute URI of plain ASCII."
    parts = split(uri)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{uri} is neither an https nor a loopback http URI."
    if parts.fragment or "#" in uri or parts.username is not None or set(parts.netloc) & set("\\;, '\""):
        return f"{uri} must not hold a fragment, a user name or odd letters in its host."
    own = bool(explorer_url) and uri.startswith(f"{explorer_url}/")
    return "" if own and not is_loopback(uri) else _objection_to_type(uri, parts, application_type)


def _objection_to_type(uri: str, parts: SplitResult, application_type: str) -> str:
    loopback = parts.hostname in LOOPBACK_HOSTS
    if parts.scheme == "http" and not loopback:
        return f"{uri} uses http, which is for loopback only."
    if application_type == "web" and loopback:
        return f"{uri} is a loopback URI; an application_type of web needs https on a public host. Register as native."
    if application_type == "native" and not loopback:
        return f"{uri} is no loopback URI; an application_type of native needs one. Register as web."
    return ""


def matches(registered: str, sent: str) -> bool:
    """Equal letter by letter, but any port on loopback (RFC 8252 section 7.3, OAuth 2.1 section 8.4.2)."""
    if registered == sent:
        return True
    theirs, ours = split(sent), split(registered)
    if theirs is None or ours is None or ours.hostname not in LOOPBACK_HOSTS:
        return False
    return _without_port(sent, theirs) == _without_port(registered, ours)


def _without_port(uri: str, parts: SplitResult) -> str:
    """The text itself without its port: putting the parts together again would lose a bare `?` or `#`."""
    host = parts.netloc.removesuffix(f":{parts.port}") if parts.port is not None else parts.netloc
    return uri.replace(f"//{parts.netloc}", f"//{host}", 1)
