"""Where the time of an exchange went, in the words of the browsers' own tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.views.times import milliseconds
from app.wire.messages import Marks

# (mark that ends the phase, name, class of the bar)
PHASES = (
    ("dns", "DNS lookup", "dns"),
    ("tcp", "Initial connection", "tcp"),
    ("tls", "TLS", "tls"),
    ("sent", "Request sent", "send"),
    ("first_byte", "Waiting for server response", "wait"),
    ("end", "Content download", "download"),
)
WIDTH = 1_000.0  # units of the bar's view box


@dataclass(frozen=True)
class Phase:
    """One part of the bar."""

    name: Annotated[str, "what went on"]
    slug: Annotated[str, "its class in the stylesheet"]
    took: Annotated[str, "how long, in words"]
    x: Annotated[float, "left edge in units of the view box"]
    width: Annotated[float, "width in units of the view box, at least one"]


def phases(marks: Marks) -> tuple[Phase, ...]:
    """The phases that were reached, one after the other; what had no phase of its own falls to the next."""
    whole = marks.end or 0.0
    found, before = [], 0.0
    for mark, name, slug in PHASES:
        at = getattr(marks, mark)
        if at is None or whole <= 0:
            continue
        at = min(max(at, before), whole)
        if mark == "end" and marks.first_byte is None:
            name, slug = "Until it failed", "failed"
        x = round(before / whole * WIDTH, 1)
        found.append(Phase(name, slug, milliseconds((at - before) * 1_000), x, max(1.0, round((at - before) / whole * WIDTH, 1))))
        before = at
    return tuple(found)
