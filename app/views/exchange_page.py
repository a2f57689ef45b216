"""The page of one exchange: request, response, timing, connection, what it says, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from app.checks.model import Finding
from app.flow.log import ASIDE, Entry, Run
from app.views.certificates import Certificate, certificates
from app.views.compare_page import Choosable, choosable
from app.views.copy_commands import CopyForm, copy_forms
from app.views.evidence_spots import spots_of
from app.views.exchange_bytes import VIEWS, bytes_side
from app.views.exchange_explain import Explained, explained, tables_of
from app.views.exchange_sides import ShownSide, shown_side
from app.views.exchange_view import ExchangeView, connection_facts, exchange_row
from app.views.finding_view import FindingView, finding_view
from app.views.keeping import Terms, keeping
from app.views.mask import Mask, labels_in, mask_for, secrets_of
from app.views.reached import Point, points
from app.views.steps import TITLES
from app.views.timing import Phase, phases
from app.views.visible import host_of, visible
from app.wire.messages import Exchange

NONE: frozenset[str] = frozenset()
RESENT = f"{ASIDE}resend:"
SIDES = ("request", "response")


@dataclass(frozen=True)
class Placed:
    """A finding with its number on this page and the way to its evidence."""

    number: Annotated[int, "from 1; the marks in the bytes carry it too"]
    finding: Annotated[FindingView, "the finding"]
    jump: Annotated[str, "the mark that is its evidence, or empty where the bytes have none"]
    missing: Annotated[str, "why there is no mark, one sentence, or empty"]


@dataclass(frozen=True)
class Panel:
    """One side: its bytes, and the findings whose evidence stands in them."""

    name: Annotated[str, "request or response"]
    title: Annotated[str, "its heading"]
    side: Annotated[ShownSide, "the bytes"]
    empty: Annotated[str, "what to say where nothing crossed the wire"]
    beside: Annotated[tuple[Placed, ...], "the findings to be read beside it"]
    file: Annotated[str, "the masked download"]


@dataclass(frozen=True)
class ExchangePage:
    """All that templates/pages/exchange.html prints."""

    title: Annotated[str, "the page's title: number, step and host, never a secret"]
    run_id: Annotated[str, "the run's id"]
    step_title: Annotated[str, "the step's title"]
    exchange: Annotated[ExchangeView, "its line: verdict, method, URL, status, time"]
    panels: Annotated[tuple[Panel, ...], "request and response"]
    findings: Annotated[tuple[Placed, ...], "what is said of the exchange as a whole"]
    views: Annotated[tuple[tuple[str, str, bool], ...], "ways to see the bytes: name, address, is it this one?"]
    copies: Annotated[tuple[CopyForm, ...], "the request as commands"]
    explained: Annotated[Explained, "what it says, in words"]
    oddities: Annotated[tuple[tuple[str, str], ...], "odd bytes: what, and what common clients read instead"]
    phases: Annotated[tuple[Phase, ...], "where the time went"]
    points: Annotated[tuple[Point, ...], "how far it came"]
    connection: Annotated[tuple[tuple[str, str], ...], "facts of the connection: name, text"]
    certificates: Annotated[tuple[Certificate, ...], "the server's certificates, leaf first"]
    hidden: Annotated[tuple[str, ...], "labels that can be revealed here"]
    shown: Annotated[tuple[str, ...], "labels that are revealed on this page"]
    address: Annotated[str, "this page"]
    original: Annotated[int, "the exchange of which this is a changed copy, or 0"]
    others: Annotated[tuple[Choosable, ...], "exchanges to compare it with"]
    before: Annotated[str, "the previous exchange's page, or empty"]
    after: Annotated[str, "the next exchange's page, or empty"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


def exchange_page(
    run: Run,
    entry: Entry,
    findings: Sequence[Finding],
    *,
    settings: Terms,
    reveal: frozenset[str] = NONE,
    view: str = "parsed",
    judged: bool = True,
) -> ExchangePage:
    """The page of an entry that holds an exchange. `reveal`: labels of secrets to show in clear; not `judged` in a lesson."""
    hide = mask_for(secrets_of(run), reveal)
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    about = [f for f in findings if entry.seq in (f.entry, f.evidence.entry)]
    sides = {side: _side(exchange, entry, side, hide, about, view) for side in SIDES}
    placed = [_placed(number, finding, run.id, entry, sides, hide) for number, finding in enumerate(about, 1)]
    address = f"/runs/{run.id}/exchanges/{entry.seq}"
    hidden = labels_in(_masked_text(exchange, hide), hide.secrets)
    return ExchangePage(
        title=f"Exchange {entry.seq} · {TITLES.get(entry.step, 'Exchange')} · {host_of(exchange.request.url)}",
        run_id=run.id,
        step_title=TITLES.get(entry.step, ""),
        exchange=exchange_row(run.id, entry, findings, hide),
        panels=tuple(_panel(side, shown, about, placed, address) for side, shown in sides.items()),
        findings=tuple(one for finding, one in zip(about, placed, strict=True) if not _stands_beside(finding, entry.seq)),
        views=tuple((name, address if name == "parsed" else f"{address}?view={name}", name == view) for name in VIEWS),
        copies=copy_forms(exchange, hide),
        explained=explained(exchange, hide, judged=judged),
        oddities=_oddities(exchange, hide),
        phases=phases(exchange.marks),
        points=points(exchange),
        connection=connection_facts(exchange),
        certificates=_certificates(exchange),
        hidden=tuple(label for label in hidden if label not in reveal),
        shown=tuple(sorted(reveal & {secret.label for secret in hide.secrets})),
        **_ways_on(run, entry, address),
        keeping=keeping(settings),
    )


def _side(exchange: Exchange, entry: Entry, side: str, hide: Mask, about: Sequence[Finding], view: str) -> ShownSide:
    spots = spots_of(about, entry.seq, side)
    if view != "parsed":
        return bytes_side(exchange, side, hide, spots, view)
    return shown_side(exchange, side, hide, spots, tables_of(exchange, side))


def _stands_beside(finding: Finding, seq: int) -> bool:
    """Is its evidence a place in the bytes of this exchange?"""
    e = finding.evidence
    return (e.entry or finding.entry) == seq and e.side in SIDES and bool(e.header or e.pointer or e.end > e.start)


def _placed(number: int, finding: Finding, run_id: str, entry: Entry, sides: dict[str, ShownSide], hide: Mask) -> Placed:
    view = finding_view(finding, hide, run_id)
    if not _stands_beside(finding, entry.seq):
        return Placed(number, view, "", "")
    if number in sides[finding.evidence.side].anchored:
        return Placed(number, view, f"#m{number}", "")
    why = "It is told by bytes: see them in raw or hex." if finding.evidence.end else "It is not in the bytes: that is the point."
    return Placed(number, view, "", why)


def _panel(side: str, shown: ShownSide, about: Sequence[Finding], placed: Sequence[Placed], address: str) -> Panel:
    seq = int(address.rpartition("/")[2])
    beside = tuple(one for f, one in zip(about, placed, strict=True) if _stands_beside(f, seq) and f.evidence.side == side)
    empty = "Nothing was sent." if side == "request" else "Nothing came back."
    return Panel(side, side.capitalize(), shown, empty, beside, f"{address}/{side}.txt")


def _oddities(exchange: Exchange, hide: Mask) -> tuple[tuple[str, str], ...]:
    found = exchange.response.oddities if exchange.response else ()
    return tuple((visible(hide(o.says)), visible(hide(o.others_read))) for o in found)


def _ways_on(run: Run, entry: Entry, address: str) -> dict[str, Any]:
    """Where one can go from here, as fields of the page."""
    seqs = [e.seq for e in run.entries if isinstance(e.body, Exchange)]
    at, base, original = seqs.index(entry.seq), f"/runs/{run.id}/exchanges/", _original(entry)
    return {
        "address": address,
        "original": original,
        "others": choosable(run, entry, original),
        "before": f"{base}{seqs[at - 1]}" if at else "",
        "after": f"{base}{seqs[at + 1]}" if at + 1 < len(seqs) else "",
    }


def _original(entry: Entry) -> int:
    number = entry.role.removeprefix(RESENT)
    return int(number) if number != entry.role and number.isascii() and number.isdecimal() and len(number) < 10 else 0


def _certificates(exchange: Exchange) -> tuple[Certificate, ...]:
    tls = exchange.connection.tls
    return certificates(tls.chain, exchange.started_at) if tls else ()


def _masked_text(exchange: Exchange, hide: Mask) -> str:
    response = exchange.response
    came = exchange.received[: response.body_start] + response.body if response else exchange.received
    return hide(exchange.sent.decode("latin-1")) + "\n" + hide(came.decode("utf-8", "replace"))
