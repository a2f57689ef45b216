"""A part that the person's own browser walked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from app.checks.model import WARN, Finding
from app.flow.choices import AUTHORIZE
from app.flow.log import Choice, Entry, Leg, Run
from app.views.mask import Mask
from app.views.parameters import label_of, meaning_of
from app.views.times import clock
from app.views.visible import host_of, shortened, visible
from app.views.wire_text import Row
from app.wire.parse.form import query_of, read_pairs, write_pairs

UNSHOWN = ("error", "error_description", "error_uri")
WITHHELD = "withheld"  # texts that may be another server's
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


def showable(run: Run, findings: Iterable[Finding]) -> Mapping[int, Leg]:
    """The legs by entry, without the error texts of answers whose state or issuer is not the one that was asked (2026-07-28)."""
    # an issuer that is only missing forbids nothing before 2026-07-28: there it is a WARN
    needs_iss = any(f.code == "callback.iss_missing" and f.level != WARN for f in findings)
    requests = (e.body.values for e in run.entries if isinstance(e.body, Choice) and e.body.name == AUTHORIZE)
    asked = {str(values.get("state")): values.get("issuer") for values in requests}
    legs = [(entry.seq, entry.body) for entry in run.entries if isinstance(entry.body, Leg)]
    return {seq: _trusted_part(leg, asked, needs_iss) if leg.kind == "callback" else leg for seq, leg in legs}


def _trusted_part(leg: Leg, asked: Mapping[str, Any], needs_iss: bool) -> Leg:
    given = dict(reversed((*read_pairs(query_of(leg.url)), *read_pairs(leg.body.decode("latin-1")))))
    issuer = given.get("iss")
    is_known = given.get("state", "") in asked
    if is_known and (not needs_iss if issuer is None else issuer == asked[given["state"]]):
        return leg
    head, mark, query = leg.url.partition("?")
    return replace(leg, url=head + mark + _without_errors(query), body=_without_errors(leg.body.decode("latin-1")).encode("latin-1"))


def _without_errors(query: str) -> str:
    pairs = read_pairs(query)
    if not any(name in UNSHOWN for name, _ in pairs):
        return query
    return write_pairs(tuple((name, WITHHELD if name in UNSHOWN else value) for name, value in pairs))


def rows_of(query: str, hide: Mask) -> tuple[Row, ...]:
    """The parameters of a query string with their meaning, masked."""
    pairs = read_pairs(query)[:SHOWN]
    return tuple(_row(name, value, hide) for name, value in pairs)


def _row(name: str, value: str, hide: Mask) -> Row:
    return Row(visible(name, one_line=True), label_of(name), visible(hide.pair(name, value), one_line=True), meaning_of(name))
