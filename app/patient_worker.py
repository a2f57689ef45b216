"""gunicorn's threaded worker with patience: its event loop waits for clients, its threads get whole requests and leave whole answers.

gunicorn 27 gives a connection to a thread at the first byte and lets that thread read without a limit of time, so as many half requests
as there are threads stop a server, and so do clients that do not read; and it lingers over closed connections in its event loop, one
after another. Here the loop collects head and body from all connections at once, sends on what a client did not take at once, and closes
at leisure: a slow client holds some memory, never a thread.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from types import SimpleNamespace
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from app.coming import HELD_BYTES, SLOWEST_BYTES_PER_SECOND, TOO_SLOW, Collected, Coming
from app.settings import from_environment

LINGER_SECONDS = 2.0  # for the client to read the last answer; closing over unread bytes would take it away again
LINGER_BYTES = 65_536
ONE_READ = 65_536  # below M_MMAP_THRESHOLD of serving.py: a larger one is mapped and given back for each request
SHUT_WR = 1
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class Outgoing:
    """What gunicorn writes an answer to. What the client does not take at once is kept, for the loop to send."""

    def __init__(self, sock: Any) -> None:
        self._sock, self.rest = sock, bytearray()

    def sendall(self, octets: bytes) -> None:
        """Never waits. Raises OSError where the client has gone."""
        left = memoryview(octets)
        if not self.rest:
            with suppress(BlockingIOError):
                while left:
                    left = left[self._sock.send(left) :]
        self.rest += left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@dataclass
class Sending:
    """The rest of an answer, until when the client may take to read it, and what its thread said of the connection."""

    rest: bytearray
    until: float
    done: Future[Any]


@dataclass
class Leaving:
    """A connection whose last answer has been sent."""

    until: float
    drained: int = 0


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """One process: a loop that waits, threads that answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience = from_environment().client_seconds
        self._coming: dict[TConn, Coming] = {}
        self._leaving: dict[TConn, Leaving] = {}
        self._unread: set[TConn] = set()  # threads have them with a body that was not collected
        self._held = 0
        self._unsent: dict[TConn, bytearray] = {}  # left by threads
        self._sending: dict[TConn, Sending] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Collect the request before a thread gets it. Called in the loop, for new connections and for kept ones."""
        if self.cfg.is_ssl:  # gunicorn's own TLS shakes hands in a thread; we are served behind a proxy that ends it
            super().enqueue_req(conn)
            return
        try:
            conn.init()
            conn.sock.setblocking(False)
            coming = self._coming[conn] = Coming(time.monotonic())
            self._take(conn, coming, conn.parser.unreader.take_buffered(), at_end=False)
            self._read_on(conn, conn.sock)  # most requests are there at once
            if conn in self._coming:
                self.poller.register(conn.sock, EVENT_READ, partial(self._read_on, conn))
                coming.is_awaited = True
        except (OSError, ValueError):
            self._drop(conn)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer in a thread, which waits for nothing: the request is there, and what the client does not read is left to the loop."""
        if self.cfg.is_ssl:
            return super().handle_request(req, conn)
        conn.sock.setblocking(False)
        outgoing = Outgoing(conn.sock)
        try:
            return super().handle_request(req, SimpleNamespace(sock=outgoing, client=conn.client, server=conn.server))
        finally:
            if outgoing.rest:
                self._unsent[conn] = outgoing.rest

    def murder_keepalived(self, force: bool = False) -> None:
        """As gunicorn does, after one more look: what a client sent while the loop was busy with others is answered, not cut off."""
        if not force and self.keepalived_conns and self.keepalived_conns[0].timeout <= time.monotonic():
            self.wait_for_and_dispatch_events(0)
        super().murder_keepalived(force)

    def murder_pending(self) -> None:
        """Called by gunicorn's loop about once a second: end what took too long."""
        super().murder_pending()
        now = time.monotonic()
        for conn, coming in list(self._coming.items()):
            if coming.must_be_there_by(self._patience) < now or not (self.alive or coming.octets):
                self._refuse(conn, TOO_SLOW)
        for conn, sending in list(self._sending.items()):
            if sending.until < now:
                self._drop(conn)
        for conn, leaving in list(self._leaving.items()):
            if leaving.until < now:
                self._drop(conn)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """A thread is done with it: send the rest, then keep the connection as gunicorn does, or close it without holding up the loop."""
        if rest := self._unsent.pop(conn, None):
            self._send_rest(conn, rest, fs)
            return
        keeps = not fs.cancelled() and fs.exception() is None and fs.result()
        if keeps and conn not in self._unread:
            _put_back(conn)
            super().finish_request(conn, fs)
        else:
            self._close(conn)

    def _keepalive_after(self, conn: TConn, keepalive: Any) -> bool:
        """gunicorn would read what is left of the body first, in the thread."""
        return conn not in self._unread and bool(super()._keepalive_after(conn, keepalive))

    def _send_rest(self, conn: TConn, rest: bytearray, fs: Future[Any]) -> None:
        patience = self._patience + len(rest) / SLOWEST_BYTES_PER_SECOND
        held = sum(len(one.rest) for one in self._sending.values())  # for others: one file may be longer than all that is held
        self._sending[conn] = Sending(rest, time.monotonic() + patience, fs)
        try:
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, EVENT_WRITE, partial(self._send_on, conn))
        except (OSError, ValueError, KeyError):
            self._drop(conn)
        else:
            if held > HELD_BYTES:
                self._drop(conn)

    def _send_on(self, conn: TConn, sock: Any) -> None:
        sending = self._sending[conn]
        try:
            del sending.rest[: sock.send(sending.rest[:ONE_READ])]
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        if not sending.rest:
            del self._sending[conn]
            self.poller.unregister(sock)
            self.finish_request(conn, sending.done)

    def _read_on(self, conn: TConn, sock: Any) -> None:
        if conn not in self._coming:
            return
        octets = _read(sock)
        if octets is None:
            return
        if octets or self._coming[conn].octets:
            self._take(conn, self._coming[conn], octets, at_end=not octets)
        else:
            self._drop(conn)  # it left without a word

    def _take(self, conn: TConn, coming: Coming, octets: bytes, *, at_end: bool) -> None:
        self._held += len(octets)
        coming.take(octets)
        if (ready := coming.is_ready()) or at_end:
            self._hand_over(conn, is_whole=ready)
        elif refusal := coming.refusal(self._held):
            self._refuse(conn, refusal)
        elif coming.stop_waiting_for_us():
            with suppress(OSError):
                conn.sock.send(GO_ON)

    def _hand_over(self, conn: TConn, *, is_whole: bool) -> None:
        coming = self._forget(conn)
        if not is_whole or coming.body < (coming.length() or 0):
            self._unread.add(conn)
        conn.parser.unreader.sock = Collected(bytes(coming.octets), conn.sock)
        conn.data_ready = True
        super().enqueue_req(conn)

    def _refuse(self, conn: TConn, answer: bytes) -> None:
        """Say why, where the client had begun to speak, and close."""
        if self._forget(conn).octets:
            with suppress(OSError):
                conn.sock.send(answer)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        """Close as RFC 9112 section 9.6 wants it: no more from us, and what the client still sends is read and dropped for a while."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError, KeyError):
            self._drop(conn)
        else:
            self._leaving[conn] = Leaving(time.monotonic() + LINGER_SECONDS)

    def _drain(self, conn: TConn, sock: Any) -> None:
        leaving = self._leaving[conn]
        octets = _read(sock)
        if octets is None:
            return
        leaving.drained += len(octets)
        if not octets or leaving.drained > LINGER_BYTES:
            self._drop(conn)

    def _forget(self, conn: TConn) -> Coming:
        coming = self._coming.pop(conn)
        self._held -= coming.taken
        if coming.is_awaited:
            with suppress(OSError, ValueError, KeyError):
                self.poller.unregister(conn.sock)
        return coming

    def _drop(self, conn: TConn) -> None:
        if conn in self._coming:
            self._forget(conn)
        if self._leaving.pop(conn, None) or self._sending.pop(conn, None):
            with suppress(OSError, ValueError, KeyError):
                self.poller.unregister(conn.sock)
        self._unread.discard(conn)
        self.nr_conns -= 1
        conn.close()


def _put_back(conn: TConn) -> None:
    """What came behind the request belongs to the next one, and gunicorn looks for that in its own buffer."""
    unreader = getattr(conn.parser, "unreader", None)
    if unreader and isinstance(unreader.sock, Collected):
        unreader.unread(unreader.take_buffered() + unreader.sock.rest())


def _read(sock: Any) -> bytes | None:
    """What has come; nothing where the client has gone, None where there is nothing to read yet."""
    try:
        octets: bytes = sock.recv(ONE_READ)
    except BlockingIOError:
        return None
    except OSError:
        return b""
    return octets
