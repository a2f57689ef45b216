"""A socket that keeps every byte it passes on."""

from __future__ import annotations

import errno
import os
import socket
import ssl

from app.wire.limits import Patience
from app.wire.recording import Recording

_RECEIVE = 65_536


class Tap:
    """Sends and receives over one connected socket, TLS or not, within a patience; what passes is recorded first."""

    def __init__(self, sock: socket.socket, recording: Recording) -> None:
        self._sock = sock
        self._recording = recording

    def send_all(self, octets: bytes, patience: Patience) -> None:
        """Send. What the kernel (or TLS) took is recorded, also when the rest fails. Raises OSError, OutOfTime, Cancelled."""
        if "send" not in self._recording.marks:
            self._recording.mark("send")
        rest = memoryview(octets)
        while rest:
            taken = self._send(rest, patience)
            self._recording.sent += rest[:taken]
            rest = rest[taken:]
        self._recording.mark("sent")

    def send_unseen(self, octets: bytes, patience: Patience) -> None:
        """Send what is between us and the operator's proxy, which a person at the page must not see."""
        rest = memoryview(octets)
        while rest:
            rest = rest[self._send(rest, patience) :]

    def _send(self, octets: memoryview, patience: Patience) -> int:
        while True:
            self._sock.settimeout(patience.slice())
            try:
                return self._sock.send(octets)
            except TimeoutError:
                continue

    def receive(self, patience: Patience, limit: int) -> bytes:
        """The next bytes, at most `limit`; empty at the end. Raises OSError, OutOfTime, Cancelled."""
        while True:
            self._sock.settimeout(patience.slice())
            try:
                return self._keep(self._sock.recv(min(_RECEIVE, limit)))
            except TimeoutError:
                continue
            except ssl.SSLEOFError:
                return self._end()

    def _end(self) -> bytes:
        """The end of a TLS stream without a farewell. Python reports a reset in the same way; the socket still knows which it was."""
        try:
            self._sock.getpeername()
        except OSError as error:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)) from error
        return b""

    def drain(self) -> None:
        """Keep what has already come behind the end of the answer; wait for nothing."""
        try:
            self._sock.setblocking(False)
            for _ in range(4):  # a peer that never stops must not hold us here
                if not self._keep(self._sock.recv(_RECEIVE)):
                    return
        except OSError:  # nothing there, or the end in whatever form: the answer is whole already
            return

    def _keep(self, octets: bytes) -> bytes:
        if octets:
            recording = self._recording
            recording.mark("last_byte")
            if not recording.received:
                recording.marks["first_byte"] = recording.marks["last_byte"]
            recording.received += octets
        return octets
