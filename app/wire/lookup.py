"""Names to addresses, with a time limit that getaddrinfo itself does not have."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Thread
from typing import Any

from app.wire import failures
from app.wire.limits import LOOKUPS, OutOfTime, Patience
from app.wire.recording import Ended


@dataclass(frozen=True)
class Address:
    """One answer of getaddrinfo: what to open and what to dial."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def shown(self) -> str:
        host, port = self.sockaddr[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass
class _Answer:
    addresses: tuple[Address, ...] = ()
    error: Exception | None = None
    done: Event = field(default_factory=Event)


class Lookups:
    """A bounded number of lookups at once. The threads are daemons: a dead name server must not hold up the end of the program."""

    def __init__(self, limit: int = LOOKUPS) -> None:
        self._free = BoundedSemaphore(limit)

    def resolve(self, host: str, port: int, patience: Patience, *, literal: bool) -> tuple[Address, ...]:
        """Every address of the host, in the system's order, each once. Raises Ended (dns_failed, bad_url), Cancelled."""
        answer = _Answer()
        if literal:  # no name server is asked, so no thread is needed
            _ask(host, port, answer)
        else:
            self._ask_in_thread(host, port, patience, answer)
        if isinstance(answer.error, socket.gaierror):
            raise failures.no_address(answer.error, host)
        if answer.error is not None:  # UnicodeError of the idna codec, or an OSError of the resolver
            raise Ended("dns_failed", f"The name {host} cannot be looked up ({answer.error}).")
        return answer.addresses

    def _ask_in_thread(self, host: str, port: int, patience: Patience, answer: _Answer) -> None:
        try:
            while not self._free.acquire(timeout=patience.slice()):
                pass
            Thread(target=self._ask_and_free, args=(host, port, answer), name="lookup", daemon=True).start()
            while not answer.done.wait(patience.slice()):
                pass
        except OutOfTime:
            raise Ended("dns_failed", f"The name server gave no answer about {host} within {patience.seconds:.2g} s.") from None

    def _ask_and_free(self, host: str, port: int, answer: _Answer) -> None:
        try:
            _ask(host, port, answer)
        finally:
            self._free.release()
            answer.done.set()


def _ask(host: str, port: int, answer: _Answer) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        answer.error = error
        return
    answer.addresses = tuple(dict.fromkeys(Address(family, sockaddr) for family, _, _, _, sockaddr in found))
    if not answer.addresses:
        answer.error = socket.gaierror(socket.EAI_NONAME, "no address")
