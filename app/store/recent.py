"""Entries that were read or written lately. The log only grows, so what is in here can never be wrong."""

from __future__ import annotations

import threading
from collections import OrderedDict

from app.flow.log import Entry
from app.wire.messages import Exchange

RECENT_BYTES = 6_000_000  # per worker: about 80 ordinary walks; what else is derived from an entry takes some times its room
LARGEST_BYTES = 500_000  # a larger entry is read from the store each time


class Recent:
    """The newest-used entries by (run, seq), bounded by the bytes that they take. Safe between threads."""

    def __init__(self, most_bytes: int = RECENT_BYTES) -> None:
        self._most = most_bytes
        self._held = 0
        self._entries: OrderedDict[tuple[str, int], tuple[Entry, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, run_id: str, first: int, last: int) -> dict[int, Entry]:
        """Those of the entries first..last that are held."""
        found = {}
        with self._lock:
            for seq in range(first, last + 1):
                if held := self._entries.get((run_id, seq)):
                    self._entries.move_to_end((run_id, seq))
                    found[seq] = held[0]
        return found

    def put(self, run_id: str, entry: Entry, packed: int) -> None:
        """Hold an entry that was packed in so many bytes, unless it is very large; the ones unused for longest give way."""
        size = packed + (entry.body.room if isinstance(entry.body, Exchange) else 0)
        if size > LARGEST_BYTES:
            return
        with self._lock:
            _, before = self._entries.pop((run_id, entry.seq), (entry, 0))
            self._entries[run_id, entry.seq] = (entry, size)
            self._held += size - before
            while self._held > self._most:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._held -= dropped

    def runs(self) -> frozenset[str]:
        """The runs of which something is held."""
        with self._lock:
            return frozenset(run_id for run_id, _ in self._entries)

    def forget(self, run_id: str) -> None:
        """Drop what is held of a run."""
        with self._lock:
            for key in [key for key in self._entries if key[0] == run_id]:
                self._held -= self._entries.pop(key)[1]
