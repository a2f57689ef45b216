"""What was derived from runs lately, so that opening a long run again does not fold and examine its whole log anew.

A log only grows, so what was derived from its first entries stays true; nothing here is ever written back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from app.checks.engine import adopt
from app.flow.log import Run

MOST_ENTRIES = 6_000  # in all kept runs of one worker: about 100 ordinary walks


class Memory:
    """The runs that were looked at last, bounded by the entries that they hold. Safe between threads."""

    def __init__(self, most_entries: int = MOST_ENTRIES) -> None:
        self._most, self._held = most_entries, 0
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, run: Run) -> Run:
        """The same run, with what is known already of its beginning."""
        with self._lock:
            older = self._runs.get(run.id)
        if older is not None and older is not run:
            adopt(run, older)
        return run

    def remember(self, run: Run) -> None:
        """Keep what was derived from this run; the ones unused for longest give way."""
        with self._lock:
            before = self._runs.pop(run.id, None)
            self._runs[run.id] = run
            self._held += len(run.entries) - (len(before.entries) if before else 0)
            while self._held > self._most and len(self._runs) > 1:
                _, dropped = self._runs.popitem(last=False)
                self._held -= len(dropped.entries)

    def forget(self, run_id: str) -> None:
        """Drop what is known of a run."""
        with self._lock:
            if dropped := self._runs.pop(run_id, None):
                self._held -= len(dropped.entries)
