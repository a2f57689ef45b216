"""The two smallest words of the readers: a header line, and something odd about the bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)  # a worker holds tens of thousands of them
class Field:
    """One header line as it came. `start` and `end` are byte offsets of the whole line in the received bytes."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in the bytes that is legal but rare, or not legal; and what a common client would read instead."""

    slug: str  # e.g. "duplicate_header", "interim_103", "conflicting_length", "cut_in_headers", "bad_chunk", "leftover_bytes"
    says: str
    others_read: str = ""  # what `requests` (http.client) would make of it; empty where it agrees with us
    start: int = 0
    end: int = 0
    pointer: str = ""  # a JSON pointer, where the oddity sits in JSON


def few(oddities: Iterable[Oddity], each: int = 5) -> tuple[Oddity, ...]:
    """At most `each` of every slug; the last one kept says how many more there are. A hostile body may hold thousands."""
    kept: list[Oddity] = []
    counts: dict[str, int] = {}
    last: dict[str, int] = {}
    for oddity in oddities:
        counts[oddity.slug] = counts.get(oddity.slug, 0) + 1
        if counts[oddity.slug] <= each:
            last[oddity.slug] = len(kept)
            kept.append(oddity)
    for slug, count in counts.items():
        if count > each:
            at = last[slug]
            kept[at] = replace(kept[at], says=f"{kept[at].says} And {count - each} more like it.")
    return tuple(kept)
