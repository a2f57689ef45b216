"""What was derived from runs lately, so that opening a long run again does not fold and examine its whole log anew.

A log only grows, so what was derived from its first entries stays true; nothing here is ever written back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from app.checks.engine import adopt
from app.flow.log import Run

MOST_ENTRIES = 2_500  # in all kept runs of one worker: about 45 ordinary walks, a room
MOST_BYTES = 3_000_000  # that crossed the wire in them, and what was read of it


class Memory:
    """The runs that were looked at last, bounded by the entries and the bytes that they hold. Safe between threads."""

    def __init__(self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._held = most_entries, 0
        self._most_bytes, self._held_bytes = most_bytes, 0
        self._runs: OrderedDict[str, tuple[Run, int, int]] = OrderedDict()  # with its entries and bytes when it came: it may grow
        self._lock = threading.Lock()

    def recall(self, run: Run) -> Run:
        """The same run, with what is known already of its beginning."""
        with self._lock:
            older = self._runs.get(run.id)
        if older is not None and older[0] is not run:
            adopt(run, older[0])
        return run

    def remember(self, run: Run) -> None:
        """Keep what was derived from this run; the ones unused for longest give way."""
        with self._lock:
            entries, before = len(run.entries), self._runs.get(run.id)
            octets = before[2] if before and before[1] == entries else run.room  # of a long log, looked at again, it need not be counted
            self._drop(run.id)
            self._runs[run.id] = run, entries, octets
            self._held += entries
            self._held_bytes += octets
            while (self._held > self._most and len(self._runs) > 1) or self._held_bytes > self._most_bytes:
                self._drop(next(iter(self._runs)))

    def held(self) -> frozenset[str]:
        """The runs of which something is kept."""
        with self._lock:
            return frozenset(self._runs)

    def forget(self, run_id: str) -> None:
        """Drop what is known of a run."""
        with self._lock:
            self._drop(run_id)

    def _drop(self, run_id: str) -> None:
        if dropped := self._runs.pop(run_id, None):
            self._held -= dropped[1]
            self._held_bytes -= dropped[2]
