"""One writer at a time, in threads and in processes; who holds a turn and dies gives it back."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from app.store.turns import NoTurn, Turns

FORK = multiprocessing.get_context("fork")
PATIENCE = 20


def _hold(turns: Turns, held: Event, over: Event) -> None:
    with turns.turn(PATIENCE):
        held.set()
        over.wait(PATIENCE)


def test_a_thread_that_waits_too_long_is_told(tmp_path: Path) -> None:
    turns, told = Turns(tmp_path / "db"), []

    def wait() -> None:
        try:
            with turns.turn(0.01):
                told.append("got it")
        except NoTurn:
            told.append("no turn")

    with turns.turn(PATIENCE):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(PATIENCE)
    assert told == ["no turn"]
    with turns.turn(PATIENCE):
        pass


@pytest.mark.parametrize("dies", [False, True])
def test_another_process_waits_until_the_turn_is_given_back_or_its_holder_dies(tmp_path: Path, dies: bool) -> None:
    turns, order = Turns(tmp_path / "db"), []
    held, over = FORK.Event(), FORK.Event()
    holder = FORK.Process(target=_hold, args=(turns, held, over))
    holder.start()
    assert held.wait(PATIENCE)

    def write() -> None:
        with turns.turn(PATIENCE):
            order.append("written")

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.05)
    order.append("ended")
    os.kill(holder.pid or 0, signal.SIGKILL) if dies else over.set()
    writer.join(PATIENCE)
    holder.join(PATIENCE)
    turns.close()
    assert order == ["ended", "written"]


def test_a_folder_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "gone" / "db")
    with turns.turn(PATIENCE):
        pass
    turns.close()
