"""The loop in front of the threads: what it asks of the poller, whom it lets go. How it behaves is in tests/pages/test_slow_clients.py."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from functools import partial
from selectors import EVENT_READ, DefaultSelector
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from app.patient_worker import PatientWorker

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Counted:
    """In place of the poller and of the pool of threads: counts what it is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        def ask(*_: object) -> Any:
            self.asked[name] += 1
            return self

        return ask


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def pair(counted: Counted) -> Iterator[tuple[PatientWorker, TConn, socket.socket]]:
    worker = PatientWorker(1, 1, [], None, 30, Config(), None)
    worker.poller = worker.tpool = counted
    client, ours = socket.socketpair()
    with client, ours:
        yield worker, TConn(worker.cfg, ours, ("127.0.0.1", 1), ("127.0.0.1", 2)), client
    worker.tmp.close()


def test_the_poller_is_not_asked_about_a_request_that_is_there_at_once(pair: Any, counted: Counted) -> None:
    worker, conn, client = pair
    client.sendall(GET)
    worker.enqueue_req(conn)
    assert counted.asked == {"submit": 1, "add_done_callback": 1}


def test_a_request_that_comes_in_pieces_is_awaited_once_and_no_longer_than_needed(pair: Any, counted: Counted) -> None:
    worker, conn, client = pair
    worker.enqueue_req(conn)
    for octet in GET:
        assert counted.asked == {"register": 1}
        client.sendall(bytes([octet]))
        worker._read_on(conn, conn.sock)
    assert counted.asked == {"register": 1, "unregister": 1, "submit": 1, "add_done_callback": 1}


@pytest.mark.parametrize(("sent", "asked"), [(GET, {"submit": 1, "add_done_callback": 1}), (b"", {})], ids=["spoke", "silent"])
def test_a_kept_connection_whose_time_is_over_is_closed_unless_its_client_has_just_spoken(
    pair: Any, counted: Counted, sent: bytes, asked: dict[str, int]
) -> None:
    worker, conn, client = pair
    conn.timeout, worker.nr_conns = 0.0, 1
    with DefaultSelector() as worker.poller:
        worker.poller.register(conn.sock, EVENT_READ, partial(worker.on_client_socket_readable, conn))
        worker.keepalived_conns.append(conn)
        client.sendall(sent)  # while the loop was busy with others
        worker.murder_keepalived()
    assert counted.asked == asked and not worker.keepalived_conns and (conn.sock.fileno() >= 0) == bool(sent)
