"""What stops an exchange: its deadline, a shorter one within it, and a person who cancels."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

POLL_SECONDS = 0.2  # how often a waiting exchange looks whether a person has cancelled
LINGER_SECONDS = 0.5  # how long to read on after nonsense, so that all of it can be shown
LOOKUPS = 16  # name lookups under way at once; getaddrinfo cannot be stopped, so a dead resolver must not pile up threads


class OutOfTime(Exception):
    """The deadline has passed."""


class Cancelled(Exception):
    """A person has cancelled."""


class Stop:
    """A person's wish to cancel, asked for a few times a second only: the answer may cost a database query."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._next = 0.0

    def is_wanted(self) -> bool:
        if monotonic() < self._next:
            return False
        wanted = self._ask()
        self._next = monotonic() + POLL_SECONDS
        return wanted


class Patience:
    """How much longer one exchange may take. All seconds are of the monotonic clock."""

    def __init__(self, seconds: float, stop: Stop | None = None) -> None:
        self.seconds = seconds
        self.ends_at = monotonic() + seconds
        self._stop = stop

    def at_most(self, seconds: float) -> Patience:
        """A patience that ends after `seconds`, or with this one, whichever comes first."""
        return Patience(min(seconds, max(self.ends_in(), 0.0)), self._stop)

    def ends_in(self) -> float:
        """Seconds left; negative when it is over."""
        return self.ends_at - monotonic()

    def slice(self) -> float:
        """Seconds that the next wait may take. Raises OutOfTime or Cancelled."""
        if self._stop is not None and self._stop.is_wanted():
            raise Cancelled
        left = self.ends_in()
        if left <= 0:
            raise OutOfTime
        return left if self._stop is None else min(left, POLL_SECONDS)
