"""The bytes of a request: what is shown is what is sent."""

from __future__ import annotations

import re

from app.wire.messages import Header, Request
from app.wire.target import Refused, Target

USER_AGENT = "MCP-Flow-Explorer/0.1"
ACCEPT_ENCODING = "gzip, deflate"  # as common clients ask; a gateway that compresses badly must show it here too
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def complete(request: Request, target: Target) -> tuple[Header, ...]:
    """Every header line in wire order: Host first, the request's own untouched, then what we add where it is missing."""
    own = {name.lower() for name, _ in request.headers}
    added = [("User-Agent", USER_AGENT), ("Accept-Encoding", ACCEPT_ENCODING)]
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        added.append(("Content-Length", str(len(request.body))))
    if "transfer-encoding" in own:  # an edit of the person; both together would be a lie of ours
        own.add("content-length")
    front = () if "host" in own else (("Host", target.shown_host),)
    return (*front, *request.headers, *((name, value) for name, value in added if name.lower() not in own))


def octets(request: Request, target: Target, *, absolute: bool = False) -> bytes:
    """The whole request as bytes. Raises Refused (bad_header) for what would break out of its line.

    `absolute` = the form that a proxy needs for http URLs (RFC 9112 section 3.2.2).
    """
    if not _TOKEN.fullmatch(request.method):
        raise Refused("bad_header", f"{request.method!r} is not a method that can be sent.")
    where = f"{target.scheme}://{target.shown_host}{target.path}" if absolute else target.path
    lines = [f"{request.method} {where} HTTP/1.1".encode("ascii")]
    lines += [_line(name, value) for name, value in complete(request, target)]
    return b"\r\n".join([*lines, b"", b""]) + request.body


def _line(name: str, value: str) -> bytes:
    if not _TOKEN.fullmatch(name):
        raise Refused("bad_header", f"{name!r} is not a header name that can be sent.")
    if any(character in value for character in "\r\n\0"):
        raise Refused("bad_header", f"The value of the header {name} holds a line break or a NUL, so the request was not sent.")
    try:
        return f"{name}: {value}".encode("latin-1")
    except UnicodeEncodeError:
        return name.encode("ascii") + b": " + value.encode("utf-8", "surrogatepass")
