"""The words of this ring: a healthy answer, a fault that takes its place, and the pair of a step and a fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

STEPS = ("probe", "resource_metadata", "server_metadata", "register", "token", "call", "refresh", "revoke")
JSON_STEPS = ("resource_metadata", "server_metadata", "register", "token", "call", "refresh")
BODY_LIMIT_BYTES = 60_000  # what the app of this ring keeps of a body: bombs and floods stay small
HEADER_LIMIT_BYTES = 16_384


@dataclass(frozen=True)
class Healthy:
    """The answer that would be right."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def head(self, *, length: bool = True, status: str = "") -> bytes:
        """Status line and headers, without the blank line behind them."""
        lines = [f"HTTP/1.1 {status or f'{self.status} Fine'}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, *([f"Content-Length: {len(self.body)}"] if length else [])]).encode("latin-1") + b"\r\n"

    def whole(self) -> bytes:
        return self.head() + b"\r\n" + self.body

    def with_body(self, body: bytes, content_type: str = "") -> Healthy:
        headers = tuple((n, content_type if content_type and n == "Content-Type" else v) for n, v in self.headers)
        return replace(self, body=body, headers=headers)

    def plus(self, *headers: tuple[str, str]) -> Healthy:
        return replace(self, headers=(*self.headers, *headers))

    def value(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body) if self.body else {}
        return value


class Act(Enum):
    """What a script does beside sending bytes. At its end it closes in an orderly way."""

    HOLD = "say nothing more until the client goes"
    RESET = "break the connection"
    FLOOD = "send the bytes before again and again until the client goes"
    DRIP = "send the bytes behind one by one, slower than anybody waits"


Script = tuple[bytes | Act, ...]
Breaks = Callable[[Healthy], Script]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong on the wire or in what it carries.

    `classes` are the classes that a finding may have there (security.md section 5); `ok` means that it is a legal oddity, so the
    walk goes on. `breaks` makes the bytes out of the right answer; a fault of the connection names a `place` instead.
    """

    slug: str
    family: str
    classes: frozenset[str]
    breaks: Breaks | None = None
    place: str = ""  # a key of playing.py's addresses
    steps: tuple[str, ...] = STEPS
    at: Mapping[str, frozenset[str]] = field(default_factory=dict)  # other classes at one step

    @property
    def is_legal(self) -> bool:
        return "ok" in self.classes

    def classes_at(self, step: str) -> frozenset[str]:
        return self.at.get(step, self.classes)


@dataclass(frozen=True)
class Pair:
    """One fault at one step."""

    step: str
    fault: Fault

    @property
    def id(self) -> str:
        return f"{self.step}/{self.fault.slug}"


def pairs_of(faults: tuple[Fault, ...]) -> list[Pair]:
    return [Pair(step, fault) for fault in faults for step in fault.steps]
