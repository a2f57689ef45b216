"""One exchange under way: look up, judge, dial, shake hands, send, read until the answer is whole."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from app.settings import Settings
from app.wire import failures, outgoing
from app.wire.addresses import reason_of
from app.wire.dial import dial
from app.wire.framing import Framing
from app.wire.guard import Guard, literal_address
from app.wire.limits import LINGER_SECONDS, OutOfTime, Patience
from app.wire.lookup import Address, Lookups
from app.wire.messages import Request
from app.wire.proxy import Proxy, open_tunnel
from app.wire.recording import Ended, Recording
from app.wire.tap import Tap
from app.wire.target import Target, bracketed
from app.wire.tls import broken, shake_hands

T = TypeVar("T")


@dataclass(frozen=True)
class Means:
    """What all exchanges of one Wire share."""

    settings: Settings
    guard: Guard
    lookups: Lookups
    context: ssl.SSLContext
    proxy: Proxy | None


class Call:
    """The connection of urllib3 asks it to `connect`, `ask` and `listen`. Every way to fail leaves it as Ended or Cancelled."""

    def __init__(self, means: Means, request: Request, target: Target, recording: Recording, patience: Patience) -> None:
        self.target = target
        self.answered_in_stream = False
        self._means, self._request, self._recording, self._patience = means, request, recording, patience
        self._proxy = None if means.proxy is None or _is_local(target.host) else means.proxy
        self._octets = outgoing.octets(request, target, absolute=self._proxy is not None and target.scheme == "http")
        self._tap: Tap | None = None

    def connect(self) -> socket.socket:
        """A connected socket, under TLS for https."""
        return self._guarded(self._connect)

    def ask(self) -> None:
        """Send the request. A peer that closes meanwhile may have answered already, so that is not the end yet."""
        self._guarded(self._ask)

    def listen(self) -> None:
        """Read until the answer is whole."""
        self._guarded(self._listen)

    def _guarded(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OutOfTime:
            raise failures.too_late(self.target, self._recording, self._patience) from None
        except ssl.SSLError as error:
            raise broken(error, self.target, self._recording.tls) from error
        except OSError as error:
            raise failures.lost(error, self.target, self._recording) from error

    def _connect(self) -> socket.socket:
        sock = self._dial_proxy(self._proxy) if self._proxy else self._dial_target()
        if self.target.scheme == "https":
            with ExitStack() as on_failure:
                on_failure.callback(sock.close)
                if self._proxy:
                    open_tunnel(sock, self._proxy, self.target, self._patience)
                sock = shake_hands(sock, self._means.context, self.target, self._patience, self._recording)
                on_failure.pop_all()
        self._tap = Tap(sock, self._recording)
        return sock

    def _dial_target(self) -> socket.socket:
        addresses = self._resolve(self.target.host, self.target.port)
        self._means.guard.judge_addresses(self.target, [address.sockaddr for address in addresses])
        return self._dial(addresses, self.target.host, self.target.port)

    def _dial_proxy(self, proxy: Proxy) -> socket.socket:
        self._means.guard.judge_name(self.target)
        self._recording.proxy = proxy.shown
        return self._dial(self._resolve(proxy.host, proxy.port), proxy.host, proxy.port)

    def _resolve(self, host: str, port: int) -> tuple[Address, ...]:
        patience = self._patience.at_most(self._means.settings.connect_seconds)
        addresses = self._means.lookups.resolve(host, port, patience, literal=literal_address(host) is not None)
        self._recording.mark("dns")
        return addresses

    def _dial(self, addresses: tuple[Address, ...], host: str, port: int) -> socket.socket:
        patience = self._patience.at_most(self._means.settings.connect_seconds)
        return dial(addresses, f"{bracketed(host)}:{port}", patience, self._recording)

    def _ask(self) -> None:
        assert self._tap is not None  # urllib3 connects before it asks
        try:
            if self._proxy and self._proxy.authorization and self.target.scheme == "http":
                line, end, rest = self._octets.partition(b"\r\n")
                self._tap.send_all(line + end, self._patience)
                self._tap.send_unseen(self._proxy.authorization, self._patience)
                self._tap.send_all(rest, self._patience)
            else:
                self._tap.send_all(self._octets, self._patience)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return

    def _listen(self) -> None:
        assert self._tap is not None
        limits, recording = self._means.settings, self._recording
        framing = Framing(self._request.method, recording.received, rpc_id=self._request.rpc_id, decoded_bytes=limits.body_bytes)
        patience = self._patience
        while not self._is_whole(framing):
            if framing.fault and patience is self._patience:
                patience = self._patience.at_most(LINGER_SECONDS)
            if not self._receive(self._tap, framing, patience):
                return self._at_close(framing)
        self._left(limits.body_bytes, framing.at - (framing.body_start or 0), "body")
        self.answered_in_stream = framing.answered
        if not framing.answered:
            self._tap.drain()

    def _is_whole(self, framing: Framing) -> bool:
        whole = framing.is_whole()
        if framing.body_start is not None and "headers" not in self._recording.marks:
            self._recording.marks["headers"] = self._recording.marks["last_byte"]
        return whole

    def _receive(self, tap: Tap, framing: Framing, patience: Patience) -> bytes:
        try:
            return tap.receive(patience, self._room(framing))
        except (OutOfTime, ConnectionError):
            if framing.fault:
                raise Ended(framing.fault.kind, framing.fault.says) from None
            raise

    def _room(self, framing: Framing) -> int:
        """How many bytes more are kept: one above the limit, to know that there are more. Raises Ended (too_large)."""
        limits, came = self._means.settings, len(self._recording.received)
        if framing.body_start is None:
            return self._left(limits.header_bytes, came, "header block")
        return self._left(limits.body_bytes, came - framing.body_start, "body")

    def _left(self, limit: int, came: int, what: str) -> int:
        if came > limit:
            where = f"{self.target.host}:{self.target.port}"
            raise Ended("too_large", f"{where} sends a {what} of more than {limit:,} bytes; the rest was not read.")
        return limit + 1 - came

    def _at_close(self, framing: Framing) -> None:
        if framing.fault:
            raise Ended(framing.fault.kind, framing.fault.says)
        if not framing.ends_by_close:
            raise failures.closed(self.target, self._recording)


def _is_local(host: str) -> bool:
    """Is this the machine itself? A proxy elsewhere could not reach it."""
    literal = literal_address(host)
    if literal is not None:
        return reason_of(str(literal[0])) == "loopback"
    return host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
