"""How far an exchange came, point by point: the ladder that tells a failed connection from a failed answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.views.times import milliseconds
from app.wire.messages import Exchange

# (mark, what it is, what it means when an exchange ends there by itself)
POINTS = (
    ("dns", "The name has an address", "No address: a typing mistake, a private name, or a name server that does not answer."),
    ("tcp", "The connection stands", "No connection: nothing listens there, the server is down, or a firewall stands between."),
    ("tls", "TLS is agreed", "The two sides did not agree on TLS: look at the certificate, its chain, and the protocol version."),
    ("sent", "The request is sent", "The connection broke while the request was under way: a limit, or a firewall on the path."),
    ("first_byte", "The first byte came", "The server took the request and said nothing: it hangs, or waits for something behind it."),
    ("headers", "The headers are whole", "The answer broke off within its headers: a proxy or the program behind it ended badly."),
    ("last_byte", "The body is whole", "The answer broke off within its body: its length is wrong, or the connection was cut."),
)
OURS = "It was ended from here, for the reason above."
BY_ITSELF = ("refused", "connect_timeout", "timeout", "reset", "closed_early", "dns_failed", "unreachable", "tls_")


@dataclass(frozen=True)
class Point:
    """One rung."""

    name: Annotated[str, "what was reached"]
    slug: Annotated[str, "its class: reached, ended, far"]
    glyph: Annotated[str, "✓ reached, ✗ where it ended, – not reached"]
    said: Annotated[str, "the same in a word, for screen readers"]
    after: Annotated[str, "after how long, or empty"]
    means: Annotated[str, "at the point where it ended: what that means"] = ""


def points(exchange: Exchange) -> tuple[Point, ...]:
    """The rungs of an exchange that failed; those that cannot occur (TLS of http) are left out. Empty for one that came through."""
    if exchange.failure is None:
        return ()
    found, ended = [], False
    for mark, name, means in POINTS:
        at = getattr(exchange.marks, mark)
        if at is not None:
            found.append(Point(name, "reached", "✓", "reached", milliseconds(at * 1_000)))
        elif _cannot_occur(mark, exchange):
            continue
        elif not ended:
            why = means if exchange.failure.kind.startswith(BY_ITSELF) else OURS
            found.append(Point(name, "ended", "✗", "ended here", milliseconds(exchange.ms), why))
            ended = True
        else:
            found.append(Point(name, "far", "–", "not reached", ""))
    return tuple(found)


def _cannot_occur(mark: str, exchange: Exchange) -> bool:
    if mark == "tls":
        return not exchange.request.url.lower().startswith("https:")
    return mark == "dns" and exchange.marks.tcp is not None
