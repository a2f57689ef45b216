"""Where the time of a run went: every exchange on one axis of time on the wire, the person's own time and every pause folded out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from app.flow.log import Entry, Leg, Run
from app.views.exchange_view import ExchangeView
from app.views.sequence import fit
from app.views.steps import TITLES
from app.views.story import Stretch
from app.views.times import duration, milliseconds
from app.views.timing import PHASES, WIDTH, Phase, phases
from app.wire.messages import Exchange

PAUSE_S = 0.25  # a shorter time without an exchange belongs to the app and stays on the axis
TOLD_S = 1.0  # a shorter pause is folded without a word
NARROWEST = 1.5  # units; a bar that nobody sees tells nothing
LABEL = 46  # letters of a request's line


@dataclass(frozen=True)
class Bar:
    """One exchange."""

    seq: Annotated[int, "the entry's number"]
    href: Annotated[str, "where it stands on the run page"]
    step: Annotated[str, "the step's title"]
    label: Annotated[str, "method and URL, shortened"]
    status: Annotated[str, "status or failure"]
    verdict: Annotated[str, "ok, note, warn, stop or none"]
    glyph: Annotated[str, "the verdict's glyph"]
    verdict_words: Annotated[str, "the verdict in words"]
    took: Annotated[str, "how long it took"]
    parts: Annotated[tuple[Phase, ...], "its phases, placed on the axis of the run"]
    says: Annotated[str, "its phases in words"]


@dataclass(frozen=True)
class Pause:
    """Time in which nothing was on the wire. It has no length on the axis."""

    says: Annotated[str, "whose time it was, and how long"]
    is_person: Annotated[bool, "was the browser out, at the authorization server?"]


@dataclass(frozen=True)
class Share:
    """What one phase took of the whole."""

    name: Annotated[str, "the phase"]
    slug: Annotated[str, "its class in the stylesheet"]
    took: Annotated[str, "how long, in words"]
    percent: Annotated[int, "of all time on the wire"]
    x: Annotated[float, "left edge in the summary bar"]
    width: Annotated[float, "width in the summary bar"]


@dataclass(frozen=True)
class Waterfall:
    """All that templates/parts/_waterfall.html prints."""

    lines: Annotated[tuple[Bar | Pause, ...], "bars and pauses, in order of time"]
    shares: Annotated[tuple[Share, ...], "the whole by phase"]
    on_wire: Annotated[str, "all time on the wire"]
    person: Annotated[str, "the person's own time at the authorization server, or empty"]
    paused: Annotated[str, "all other time between exchanges, or empty"]
    slowest: Annotated[Bar | None, "the exchange that took longest, where there are several"]
    has_times: Annotated[bool, "were any times recorded?"]


@dataclass(frozen=True)
class _Moment:
    """An exchange on the axis: seconds from its left end."""

    view: ExchangeView
    exchange: Exchange
    start: float


def waterfall(run: Run, stretches: Sequence[Stretch], *, base: str) -> Waterfall:
    """The picture of these takes, folded ones too: their bars are thin, their numbers are the same."""
    views = {i.exchange.seq: i.exchange for s in stretches for g in s.groups for i in g.items if i.exchange}
    shown = frozenset(views)
    placed = list(_placed(run, shown))
    moments = [_Moment(views[one.seq], one.body, at) for one, at in placed if isinstance(one, Entry) and isinstance(one.body, Exchange)]
    whole = max((moment.start + _took(moment.exchange) for moment in moments), default=0.0) or 1.0
    bars = {moment.view.seq: _bar(moment, whole, base) for moment in moments}
    lines = tuple(bars[one.seq] if isinstance(one, Entry) else one for one, _ in placed)
    times = _waits(run, shown)
    return Waterfall(
        lines=lines,
        shares=tuple(_shares([moment.exchange for moment in moments])),
        on_wire=milliseconds(sum(moment.exchange.ms for moment in moments)),
        person=duration(times[0]) if times[0] >= 1 else "",
        paused=duration(times[1]) if times[1] >= 1 else "",
        slowest=bars[max(moments, key=lambda moment: moment.exchange.ms).view.seq] if len(moments) > 1 else None,
        has_times=any(moment.exchange.ms for moment in moments),
    )


def _took(exchange: Exchange) -> float:
    return max(0.0, exchange.marks.end or 0.0)


def _began(entry: Entry) -> float:
    """When it began; an exchange is written down at its end."""
    assert isinstance(entry.body, Exchange)
    return entry.body.started_at or entry.at - _took(entry.body)


def _placed(run: Run, shown: frozenset[int]) -> Iterator[tuple[Entry | Pause, float]]:
    """Every exchange with its place on the axis, and the pauses between them."""
    axis = 0.0
    for entry, gap, out in _gaps(run, shown):
        if out >= TOLD_S:
            yield Pause(f"{duration(out)} at the authorization server, in your browser", True), axis
        if gap - out >= TOLD_S:
            yield Pause(f"{duration(gap - out)} without a request", False), axis
        axis += gap if gap <= PAUSE_S else 0.0
        yield entry, axis
        assert isinstance(entry.body, Exchange)
        axis += _took(entry.body)


def _gaps(run: Run, shown: frozenset[int]) -> Iterator[tuple[Entry, float, float]]:
    """(exchange, seconds without an exchange before it, how many of them the browser was out)"""
    ended, left, out = 0.0, 0.0, 0.0
    for entry in run.entries:
        if isinstance(entry.body, Leg):
            is_back = entry.body.kind == "callback" and left
            out += max(0.0, entry.at - left) if is_back else 0.0
            left = entry.at if entry.body.kind == "authorize" else 0.0
        if not isinstance(entry.body, Exchange) or entry.seq not in shown:
            continue
        began = _began(entry)
        gap = max(0.0, began - ended) if ended else 0.0
        yield entry, gap, min(out, gap)
        ended, left, out = began + _took(entry.body), 0.0, 0.0


def _waits(run: Run, shown: frozenset[int]) -> tuple[float, float]:
    """Seconds of (the person's own time, every other pause)."""
    gaps = [(gap, out) for _, gap, out in _gaps(run, shown)]
    return sum(out for _, out in gaps), sum(gap - out for gap, out in gaps if gap > PAUSE_S)


def _bar(moment: _Moment, whole: float, base: str) -> Bar:
    view, parts = moment.view, phases(moment.exchange.marks)
    scale, left = _took(moment.exchange) / whole, moment.start / whole * WIDTH
    placed = tuple(
        Phase(part.name, part.slug, part.took, round(left + part.x * scale, 2), round(max(part.width * scale, NARROWEST / 6), 2))
        for part in parts
    )
    return Bar(
        seq=view.seq,
        href=f"{base}#e{view.seq}",
        step=TITLES.get(view.step, view.step),
        label=fit(f"{view.method} {view.url.partition('?')[0]}", LABEL),
        status=view.status or view.outcome,
        verdict=view.verdict or "none",
        glyph=view.glyph,
        verdict_words=view.verdict_words,
        took=view.took,
        parts=placed,
        says=", ".join(f"{part.name} {part.took}" for part in parts),
    )


def _shares(exchanges: Sequence[Exchange]) -> Iterator[Share]:
    """The phases over all exchanges."""
    spent: dict[tuple[str, str], float] = {}
    for exchange in exchanges:
        before = 0.0
        for mark, name, slug in PHASES:
            at = getattr(exchange.marks, mark)
            if at is None:
                continue
            failed = mark == "end" and exchange.marks.first_byte is None
            key = ("Until it failed", "failed") if failed else (name, slug)
            spent[key] = spent.get(key, 0.0) + max(0.0, at - before)
            before = max(before, at)
    whole, x = sum(spent.values()), 0.0
    for (name, slug), seconds in spent.items():
        width = seconds / whole * WIDTH if whole else 0.0
        yield Share(name, slug, milliseconds(seconds * 1_000), round(width / WIDTH * 100), round(x, 1), round(width, 1))
        x += width
