"""What the tests of the store hold in their hands."""

from __future__ import annotations

from collections.abc import Callable

from app.store.opening import Store

Open = Callable[..., Store]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at
