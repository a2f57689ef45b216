"""Is this a URL that a walk can start from? Every answer is one sentence that says what to type instead."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

LONGEST = 2_000  # browsers and gateways agree on URLs up to about here
WELL_KNOWN = "/.well-known/"
SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):(//)?")
NOT_ADDRESSES = {"javascript", "data", "file", "vbscript", "about", "blob", "mailto", "ftp", "gopher", "ws", "wss", "view-source", "chrome"}


def mistake_in_url(text: str, *, only_https: bool = False) -> str:
    """What is wrong with an http(s) URL that a person typed; empty where nothing is."""
    if len(text) > LONGEST:
        return f"This is {len(text):,} characters long; a URL here may have {LONGEST:,}."
    if any(character.isspace() or not character.isprintable() for character in text):
        return "The URL holds a blank, a line break or an invisible character. Remove it, or type the URL by hand."
    if "\\" in text:
        return "The URL holds a backslash, which programs read in different ways. Use / instead."
    return _mistake_in_scheme(text, only_https) or _mistake_in_parts(text)


def _mistake_in_scheme(text: str, only_https: bool) -> str:
    found = SCHEME.match(text)
    scheme = found.group(1).lower() if found else ""
    if not found or (not found.group(2) and scheme not in NOT_ADDRESSES | {"http", "https"}):
        return f"The URL must start with https:// (or http://). Did you mean https://{text.lstrip('/')}?"
    if scheme not in ("http", "https"):
        return f"A {scheme}: URL is not an MCP server. The URL must start with https:// (or http://)."
    if not found.group(2):
        return f"Two slashes must follow {scheme}:, as in {scheme}://gateway.example.com/mcp."
    return "This URL must start with https://." if only_https and scheme != "https" else ""


def _mistake_in_parts(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "The host or the port of this URL cannot be read. A port is a number from 1 to 65535."
    if "@" in parts.netloc:
        return "Leave the user name and password out of the URL. Extra credentials go into the headers field."
    if not parts.hostname:
        return "The URL names no host. It should look like https://gateway.example.com/mcp."
    if port == 0:
        return "Port 0 cannot be reached. A port is a number from 1 to 65535."
    if "%" in parts.hostname:
        return "The host name holds a % sign, which programs read in different ways. Write the name plainly."
    if "#" in text:
        return "Leave out the part from # on: it is never sent to a server, and a resource identifier must not have it (RFC 8707)."
    return ""


def mistake_in_target(text: str, own_places: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    """What is wrong with the MCP URL; `own_places` are the host:port under which this app itself answers."""
    if not text:
        return "Paste the URL of the MCP server, for example https://gateway.example.com/mcp."
    said = mistake_in_url(text)
    if said:
        return said
    parts = urlsplit(text)
    if WELL_KNOWN in parts.path or parts.path.endswith("/.well-known"):
        return _say_mcp_url(parts)
    if parts.netloc.lower() in own_places and not parts.path.startswith("/practice/"):
        return "This is the address of this app itself. Paste the URL of the MCP server, or press Try the practice gateway."
    return ""


def mcp_url_of(url: str) -> tuple[str, bool]:
    """(the MCP URL that a metadata document's URL belongs to, is that certain?); empty where it is no such URL (RFC 9728 section 3.1)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", False
    before, mark, after = (
        f"{parts.path}/".partition(WELL_KNOWN) if parts.path.endswith("/.well-known") else parts.path.partition(WELL_KNOWN)
    )
    if not mark or not parts.netloc:
        return "", False
    name, _, inserted = after.partition("/")
    path = f"/{inserted}" if inserted else before
    is_certain = name == "oauth-protected-resource" and bool(path)
    return f"{parts.scheme}://{parts.netloc}{path or '/mcp'}", is_certain


def _say_mcp_url(parts: SplitResult) -> str:
    """A metadata document's URL was pasted: name the MCP URL it belongs to."""
    found, is_certain = mcp_url_of(parts.geturl())
    said = "This is the URL of a metadata document. Type the MCP URL"
    if is_certain:
        return f"{said} itself: {found}"
    return f"{said} that your client is given, perhaps {found}"
