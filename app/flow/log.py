"""A run and its entries: the log from which everything else is derived."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.wire.messages import Exchange, Header


@dataclass(frozen=True)
class Choice:
    """What the person decided or the app drew. Names and their values are listed in `flow/choices.py`."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Leg:
    """A part that the person's own browser walked: `authorize` out, `callback` in (url with its query, as it came)."""

    kind: str
    url: str
    method: str = "GET"
    headers: tuple[Header, ...] = ()
    body: bytes = b""


Body = Choice | Exchange | Leg
ASIDE = "probe:"  # how the role of a separating probe's exchange begins: probe:<slug>:<what>
AUDIT_ROLE = f"{ASIDE}audit:"  # of an audit's exchanges, browser legs and choices: probe:audit:<attempt>:<what>


@dataclass(frozen=True)
class Entry:
    """One line of the log. `role` names the request within its step, `why` says why it was made."""

    seq: int
    at: float  # seconds since the epoch, UTC
    step: str
    role: str
    why: str
    body: Body

    @property
    def is_aside(self) -> bool:
        """Was it sent beside the walk, by a separating probe or an audit? Nothing is learned from it."""
        return self.role.startswith(ASIDE)


Keep = Callable[[Entry], list[Entry]]


def keep_in_memory(entry: Entry) -> list[Entry]:
    """The journal of a run that lives nowhere else: tests, imported files, snapshots."""
    return [entry]


@dataclass
class Run:
    """One walk of one person through one gateway. `keep` writes an entry down and returns all entries that are new."""

    id: str
    owner: str
    target: str
    created_at: float
    entries: list[Entry] = field(default_factory=list)
    keep: Keep = keep_in_memory
    folded: list[tuple[Any, Entry, Any]] = field(default_factory=list, compare=False, repr=False)  # kept by flow/fold.py
    secrets: list[Any] = field(default_factory=list, compare=False, repr=False)  # kept by views/secrets_of.py

    def append(self, body: Body, *, step: str = "", role: str = "", why: str = "", at: float | None = None) -> Entry:
        """Write one entry down, at once, and take in what others wrote meanwhile. Returns the entry as it was kept."""
        draft = Entry(len(self.entries) + 1, time.time() if at is None else at, step, role, why, body)
        self.entries.extend(self.keep(draft))
        return self.entries[-1]

    @property
    def room(self) -> int:
        """Bytes that crossed the wire in it, and what was read of them."""
        return sum(len(entry.body.sent) + entry.body.room for entry in self.entries if isinstance(entry.body, Exchange))

    def entry(self, seq: int) -> Entry | None:
        """The entry with this number, or None."""
        return self.entries[seq - 1] if 0 < seq <= len(self.entries) else None
