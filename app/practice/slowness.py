"""Answers that come late on purpose. A worker keeps few of them waiting at once: its threads are for people."""

from __future__ import annotations

import threading

from app.practice.desk import Desk
from app.practice.spots import at_spot

LONGEST_SECONDS = 15.0  # longer than any client of this app waits, shorter than a balancer does
AT_ONCE = 4  # of a worker's 32 threads; a fifth slow request is answered without the delay
_places = threading.BoundedSemaphore(AT_ONCE)


def delay_at(desk: Desk, endpoint: str) -> None:
    """Wait as long as this gateway lets this request wait."""
    seconds = at_spot(desk.gateway.delays, endpoint)
    if not seconds or not _places.acquire(blocking=False):
        return
    try:
        desk.wait(min(seconds, LONGEST_SECONDS))
    finally:
        _places.release()
