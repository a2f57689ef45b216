"""Can the store be written? Asked in earnest, but not as often as somebody asks."""

from __future__ import annotations

import threading
import time

from app.store.counters import Counters
from app.store.database import StoreUnavailable

KEPT_SECONDS = 2.0  # an answer stands for so long: whoever asks without end must not make the store write without end


class Readiness:
    """Whether the store could be written when somebody last asked. Safe between threads."""

    def __init__(self) -> None:
        self._turn, self._asked_at, self._says = threading.Lock(), -KEPT_SECONDS, ""

    def trouble(self, counters: Counters) -> str:
        """One sentence where nothing can be written down, else empty."""
        with self._turn:
            if time.monotonic() - self._asked_at >= KEPT_SECONDS:
                self._says, self._asked_at = _try_to_write(counters), time.monotonic()
            return self._says


def _try_to_write(counters: Counters) -> str:
    try:
        counters.take("readiness", "", 1_000_000_000, 60)
    except StoreUnavailable as error:
        return error.says
    return ""
