"""A part that the person's own browser walked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.flow.log import Entry, Leg
from app.views.mask import Mask
from app.views.parameters import label_of, meaning_of
from app.views.times import clock
from app.views.visible import host_of, shortened, visible
from app.views.wire_text import Row
from app.wire.parse.form import query_of, read_pairs

SHOWN = 50  # parameters; what a stranger sends may be thousands


@dataclass(frozen=True)
class LegView:
    """Out to the authorization server, or back to /callback."""

    seq: Annotated[int, "the entry's number"]
    kind: Annotated[str, "authorize or callback"]
    says: Annotated[str, "what happened, one sentence"]
    url: Annotated[str, "the address, masked"]
    at: Annotated[str, "when, UTC"]
    rows: Annotated[tuple[Row, ...], "the parameters that travelled"]


def leg_view(entry: Entry, leg: Leg, hide: Mask) -> LegView:
    """One leg, masked."""
    says = f"Your browser left for {host_of(leg.url)}." if leg.kind == "authorize" else "Your browser came back to /callback."
    text = leg.body.decode("latin-1") if leg.method == "POST" else query_of(leg.url)
    return LegView(entry.seq, leg.kind, says, visible(hide(shortened(leg.url, 2_000)), one_line=True), clock(entry.at), rows_of(text, hide))


def rows_of(query: str, hide: Mask) -> tuple[Row, ...]:
    """The parameters of a query string with their meaning, masked."""
    pairs = read_pairs(query)[:SHOWN]
    return tuple(_row(name, value, hide) for name, value in pairs)


def _row(name: str, value: str, hide: Mask) -> Row:
    return Row(visible(name, one_line=True), label_of(name), visible(hide.pair(name, value), one_line=True), meaning_of(name))
