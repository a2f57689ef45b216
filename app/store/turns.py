"""Whose turn it is to write to SQLite, between threads and between processes. Its own waiting is a sleep of up to 100 ms, in no order."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: SQLite's own waiting must do
    fcntl = None  # type: ignore[assignment]

_threads = threading.Lock()


class NoTurn(Exception):
    """Other threads of this process wrote for so long that this one gave up."""


class Turns:
    """The queue of one database file. Whoever has the turn still takes SQLite's lock, so a file system without locks loses speed only."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-turn")
        self._files: dict[int, int] = {}  # by process: a lock belongs to an open file, and a fork would share it

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Nobody else's. Raises NoTurn after so many seconds in the queue of this process.

        Between processes the kernel wakes the next one at once, and takes the turn from one that dies.
        """
        if not _threads.acquire(timeout=seconds):
            raise NoTurn
        try:
            self._lock()
            yield
        finally:
            self._unlock()
            _threads.release()

    def _lock(self) -> None:
        if fcntl:
            with suppress(OSError):  # no such folder, or no locks on this file system
                fcntl.flock(self._file(), fcntl.LOCK_EX)

    def _unlock(self) -> None:
        if fcntl and (file := self._files.get(os.getpid())) is not None:
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)

    def _file(self) -> int:
        pid = os.getpid()
        if pid not in self._files:
            self._files[pid] = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        return self._files[pid]

    def close(self) -> None:
        """Let the file go."""
        if (file := self._files.pop(os.getpid(), None)) is not None:
            os.close(file)
