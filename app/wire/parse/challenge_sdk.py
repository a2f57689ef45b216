"""What clients without a grammar take out of WWW-Authenticate. They search the joined header for `name=`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.wire.parse.challenge_scan import Param

PYTHON_SDK, TYPESCRIPT_SDK, TOLERANT = "Python SDK", "TypeScript SDK", "tolerant reader"
READERS = (PYTHON_SDK, TYPESCRIPT_SDK, TOLERANT)
NAMES = ("resource_metadata", "scope", "error")
_BARE = re.compile(r"[^\s,]+")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.")


@dataclass(frozen=True)
class Reading:
    """What one reader takes as the value of one parameter; an empty value = it finds none."""

    reader: str
    name: str
    value: str


def read_as_others(values: Sequence[str], params: Iterable[Param]) -> tuple[Reading, ...]:
    """What each reader finds, without those that find nothing. `params` are ours, those that break the grammar too."""
    joined = ", ".join(values)
    ours: dict[str, str] = {}
    for param in params:
        if param.value:
            ours.setdefault(param.name.lower(), param.value)
    readings = [Reading(PYTHON_SDK, name, search(joined, name)) for name in NAMES]
    readings += [Reading(TYPESCRIPT_SDK, name, _as_typescript(joined, name)) for name in NAMES]
    readings += [Reading(TOLERANT, name, ours.get(name, "")) for name in NAMES]
    return tuple(reading for reading in readings if reading.value)


def search(header: str, name: str) -> str:
    """The rule of the reference Python SDK (mcp 2.3.0): the first `name=` anywhere, even inside a quoted text or a longer
    name, in this very spelling; then a quoted text without escapes, or everything up to a blank or comma."""
    at = header.find(f"{name}=")
    while at >= 0:
        start = at + len(name) + 1
        close = header.find('"', start + 1) if header.startswith('"', start) else -1
        if close > start + 1:
            return header[start + 1 : close]
        bare = _BARE.match(header, start)
        if bare:
            return bare[0]
        at = header.find(f"{name}=", start)
    return ""


def _as_typescript(header: str, name: str) -> str:
    """The TypeScript SDK searches alike, but only where Bearer is the very first word and something follows it."""
    first, _, rest = header.partition(" ")
    if first.lower() != "bearer" or not rest or rest.startswith(" "):
        return ""
    found = search(header, name)
    return found if name != "resource_metadata" or _ABSOLUTE.match(found) else ""
