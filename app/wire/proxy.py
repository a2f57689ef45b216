"""OUTBOUND_PROXY: an http proxy for all outgoing exchanges.

The proxy resolves names itself, so the guard then judges URLs and literal addresses only; the proxy's own rules
must keep names of inside hosts away. What passes between us and the proxy alone is not part of the exchange.
"""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from app.settings import BadSetting
from app.wire.limits import Patience
from app.wire.messages import Request
from app.wire.recording import Ended, Recording
from app.wire.tap import Tap
from app.wire.target import Target, bracketed

_ANSWER_BYTES = 16_384  # a proxy's answer to CONNECT is a few lines
_ACCEPTED = re.compile(rb"HTTP/1\.[01] 2[0-9][0-9]")


@dataclass(frozen=True)
class Proxy:
    """Where the proxy listens; `authorization` is the whole header line, or empty."""

    host: str
    port: int
    authorization: bytes = b""

    @property
    def shown(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"


def read_proxy(text: str) -> Proxy | None:
    """OUTBOUND_PROXY taken apart. Raises BadSetting."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme != "http" or parts.path.strip("/"):
        raise BadSetting("OUTBOUND_PROXY must look like http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128.")
    if parts.username is None:
        return Proxy(host, port)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port, b"Proxy-Authorization: Basic " + b64encode(pair.encode()) + b"\r\n")


def open_tunnel(sock: socket.socket, proxy: Proxy, target: Target, patience: Patience) -> None:
    """Ask the proxy for a tunnel to the target (RFC 9110 section 9.3.6). Raises Ended (proxy_failed), OSError, OutOfTime, Cancelled."""
    where = f"{bracketed(target.host)}:{target.port}".encode("ascii")
    between = Recording(Request("CONNECT", target.origin))
    tap = Tap(sock, between)
    tap.send_all(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (where, where, proxy.authorization), patience)
    while b"\r\n\r\n" not in between.received:
        if len(between.received) > _ANSWER_BYTES or not tap.receive(patience, _ANSWER_BYTES):
            raise Ended("proxy_failed", f"The proxy {proxy.shown} did not answer the request for a tunnel to {where.decode()}.")
    if not _ACCEPTED.match(between.received):
        line = bytes(between.received).partition(b"\r\n")[0].decode("latin-1")[:80]
        raise Ended("proxy_failed", f"The proxy {proxy.shown} refused a tunnel to {where.decode()}: {line}.")
