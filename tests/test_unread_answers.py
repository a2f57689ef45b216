"""What a worker keeps of the answers that clients have not read yet."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from selectors import DefaultSelector
from typing import Any

import pytest

from app import patient_worker
from app.patient_worker import PatientWorker

HELD = 1_000


@dataclass(eq=False)
class Client:
    """A connection as gunicorn knows it."""

    sock: socket.socket
    other: socket.socket

    def close(self) -> None:
        self.sock.close()
        self.other.close()

    @property
    def is_there(self) -> bool:
        return self.sock.fileno() >= 0


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(patient_worker, "HELD_BYTES", HELD)
    made: Any = object.__new__(PatientWorker)
    made._patience, made.nr_conns, made.poller = 60.0, 9, DefaultSelector()
    made._coming, made._leaving, made._sending, made._unread = {}, {}, {}, set()
    yield made
    for client in list(made._sending):
        made._drop(client)
    made.poller.close()


def sends(worker: Any, size: int) -> Client:
    client = Client(*socket.socketpair())
    worker._send_rest(client, bytearray(size), Future())
    return client


def test_one_answer_may_be_longer_than_what_is_held_for_all(worker: Any) -> None:
    assert sends(worker, 5 * HELD).is_there


def test_no_further_answer_is_held_where_others_have_taken_the_room(worker: Any) -> None:
    first, second = sends(worker, HELD + 1), sends(worker, 10)
    assert first.is_there and not second.is_there


def test_answers_that_fit_together_are_held_together(worker: Any) -> None:
    assert all(client.is_there for client in [sends(worker, HELD // 2), sends(worker, HELD // 2), sends(worker, 10 * HELD)])
