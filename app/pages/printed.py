"""What was printed of old groups of a run page, so that a long run opens about as fast as a short one.

A log only grows, so what was said of its beginning stays; where it does not (a new finding, a new secret), it is told anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Protocol

from flask import Flask
from markupsafe import Markup, escape

MOST_CHARACTERS = 4_000_000  # in one worker: about 3,000 rows
LONGEST = 40_000  # a group with more is printed anew each time


_NOTHING = escape("")


class Group(Protocol):
    """What can be kept: of one key, those that tell the same print alike."""

    @property
    def key(self) -> Hashable | None: ...
    @property
    def told(self) -> object: ...


class Printed:
    """HTML by key, bounded by its characters; what was printed first gives way. Safe between threads."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most, self._held = most, 0
        self._kept: dict[Hashable, tuple[object, Markup]] = {}
        self._lock = threading.Lock()

    def __call__(self, groups: Iterable[Group], print_group: Callable[[Group], Markup]) -> Markup:
        """The groups as `print_group` prints them, from memory where one was printed before."""
        return _NOTHING.join([self._printed(group, print_group) for group in groups])

    def _printed(self, group: Group, print_group: Callable[[Group], Markup]) -> Markup:
        key = group.key
        found = self._kept.get(key) if key is not None else None
        if found is not None and found[0] == group.told:
            return found[1]
        html = print_group(group)
        if key is not None and len(html) <= LONGEST:
            self._keep(key, group.told, html)
        return html

    def _keep(self, key: Hashable, told: object, html: Markup) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = (told, html)
            self._held += len(html) - (len(before[1]) if before else 0)
            while self._held > self._most:
                self._held -= len(self._kept.pop(next(iter(self._kept)))[1])


def keep_printed(app: Flask) -> None:
    """Templates say `printed(group, macro)`."""
    app.jinja_env.globals["printed"] = Printed()
