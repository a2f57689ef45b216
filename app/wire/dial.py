"""A TCP connection to one of the judged addresses, within the connect budget."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack

from urllib3.util.wait import wait_for_write

from app.wire import failures
from app.wire.limits import OutOfTime, Patience
from app.wire.lookup import Address
from app.wire.recording import Ended, Recording

_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR)
_TELLING = ("reset", "refused", "connect_timeout")  # with several addresses, the most telling failure is shown


def dial(addresses: Sequence[Address], where: str, patience: Patience, recording: Recording) -> socket.socket:
    """A connected socket. Raises Ended (refused, connect_timeout, unreachable) when no address answers, or Cancelled."""
    ends: list[Ended] = []
    for at, address in enumerate(addresses):
        recording.tried.append(address.shown)
        share = patience.at_most(patience.ends_in() / (len(addresses) - at))  # a dead IPv6 must not use up all
        try:
            sock = _connect(address, share)
        except OSError as error:
            ends.append(failures.no_connection(error, where, share))
            continue
        recording.remote = address.shown
        recording.mark("tcp")
        return sock
    raise min(ends, key=lambda end: _TELLING.index(end.failure.kind) if end.failure.kind in _TELLING else len(_TELLING))


def _connect(address: Address, patience: Patience) -> socket.socket:
    with ExitStack() as on_failure:
        sock = socket.socket(address.family, socket.SOCK_STREAM)
        on_failure.callback(sock.close)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        code = sock.connect_ex(address.sockaddr)
        if code in _UNDER_WAY:
            _await_connection(sock, patience)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        on_failure.pop_all()
        return sock


def _await_connection(sock: socket.socket, patience: Patience) -> None:
    try:
        while not wait_for_write(sock, timeout=patience.slice()):
            pass
    except OutOfTime:
        raise TimeoutError from None
