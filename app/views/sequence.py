"""The run as a sequence diagram: one arrow for every exchange and every browser leg, made of numbers that a template prints as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from app.flow.log import Entry, Leg, Run
from app.views.exchange_view import ExchangeView
from app.views.finding_view import GLYPHS, WORDS
from app.views.lanes import BROWSER, EXPLORER, Lane, lane_of, lanes
from app.views.leg_view import LegView
from app.views.mask import Mask
from app.views.story import Group, Item, Stretch
from app.wire.messages import Exchange

LEFT, RIGHT, WIDE = 190, 150, 1_100  # space before the first lane and after the last one, width of the whole; units of the view box
NEAREST, FARTHEST = 210, 330  # between two lanes
HEAD, FOLD, ROW, GAP, FOOT = 54, 34, 32, 12, 16  # heights: lane names, a fold, an arrow, between two takes, after the last
STEP_SHOWN = 20  # letters of a step's title beside its first arrow
LETTER = 6.7  # width of a letter of an arrow's label


@dataclass(frozen=True)
class Column:
    """One lane: a line from top to bottom."""

    lane: Annotated[Lane, "who it is"]
    x: Annotated[int, "where its line stands"]


@dataclass(frozen=True)
class Band:
    """The beginning of a take: the step's title before its first arrow."""

    y: Annotated[int, "the line above it"]
    title: Annotated[str, "the step's title"]
    attempt: Annotated[str, "which attempt, or empty"]
    is_fold: Annotated[bool, "does it stand for takes that are not drawn?"] = False


@dataclass(frozen=True)
class Arrow:
    """One exchange or one browser leg."""

    seq: Annotated[int, "the entry's number"]
    href: Annotated[str, "where it stands on the run page"]
    y: Annotated[int, "height of the line"]
    start: Annotated[int, "x of its tail"]
    end: Annotated[int, "x of its point"]
    to: Annotated[str, "who it goes to"]
    words: Annotated[str, "method and path"]
    label: Annotated[str, "the same, as much as there is room for"]
    label_x: Annotated[int, "where the label begins"]
    result: Annotated[str, "status or failure, beside the point"]
    result_x: Annotated[int, "where the result begins"]
    verdict: Annotated[str, "ok, note, warn, stop or none: the class"]
    glyph: Annotated[str, "the verdict's glyph"]
    kind: Annotated[str, "exchange, failure (nothing came back) or leg: the class of the line"]
    says: Annotated[str, "the whole of it as a sentence: its name for a screen reader, and the phone's line"]
    point: Annotated[str, "the arrow's head as an SVG path"]


@dataclass(frozen=True)
class SequencePicture:
    """All that templates/parts/_sequence.html prints."""

    width: Annotated[int, "of the view box"]
    height: Annotated[int, "of the view box"]
    columns: Annotated[tuple[Column, ...], "the lanes"]
    bands: Annotated[tuple[Band, ...], "where takes begin"]
    arrows: Annotated[tuple[Arrow, ...], "what happened, in order of time"]
    lines: Annotated[tuple[Band | Arrow, ...], "both, top to bottom: the compact form"]
    bottom: Annotated[int, "where the lanes end"]


@dataclass
class _Drawing:
    """The pen while the picture is drawn from top to bottom."""

    run: Run
    columns: tuple[Column, ...]
    known: Mapping[str, int]
    base: str
    y: int = HEAD
    lines: list[Band | Arrow] = field(default_factory=list)

    def band(self, title: str, attempt: str) -> None:
        self.y += GAP
        self.lines.append(Band(self.y, fit(title, STEP_SHOWN), attempt))

    def fold(self, says: str) -> None:
        self.y += GAP
        self.lines.append(Band(self.y, says, "", True))
        self.y += FOLD - GAP

    def arrow(self, item: Item) -> None:
        view = item.exchange or item.leg
        entry = self.run.entry(view.seq) if view else None
        if view is None or entry is None:
            return
        self.y += ROW
        draw = self._exchange if isinstance(view, ExchangeView) else self._leg
        self.lines.append(draw(view, entry))  # type: ignore[arg-type]

    def _exchange(self, view: ExchangeView, entry: Entry) -> Arrow:
        to = lane_of(entry, self.known)
        words = f"{view.method} {_path(view.url)}"
        result = view.status or view.outcome
        lane = self.columns[to].lane
        ends = f"{view.status} {view.outcome}".strip()
        judged = f", {WORDS[view.verdict]}" if view.verdict else ""
        says = f"Explorer to {lane.title} {lane.host}: {words}. {ends}{judged}, {view.took}."
        failed = isinstance(entry.body, Exchange) and entry.body.failure is not None
        kind = "failure" if failed else "exchange"
        return self._line(view.seq, self.known[EXPLORER], to, words, result, view.verdict, kind, says)

    def _leg(self, view: LegView, entry: Entry) -> Arrow:
        to, came_back = lane_of(entry, self.known), view.kind == "callback"
        names = ", ".join(dict.fromkeys(row.name for row in view.rows))
        words = f"{'POST' if isinstance(entry.body, Leg) and entry.body.method == 'POST' else 'GET'} {_path(view.url)}"
        label = f"{words}  {names}" if came_back else words
        says = f"{view.says} {words} with {names}." if names else view.says
        return self._line(view.seq, self.known[BROWSER], to, label, "", "", "leg", says)

    def _line(self, seq: int, start: int, to: int, label: str, result: str, verdict: str, kind: str, says: str) -> Arrow:
        x1, x2 = self.columns[start].x, self.columns[to].x
        room = int((x2 - x1 - 46) / LETTER) if x2 > x1 else 24
        point = f"M{x2 - 9} {self.y - 5} L{x2 - 1} {self.y} L{x2 - 9} {self.y + 5}"
        if kind == "failure":  # it never arrived as an answer: a cross in place of the head
            point = f"M{x2 - 12} {self.y - 5} l10 10 m0 -10 l-10 10"
        return Arrow(
            seq=seq,
            href=f"{self.base}#e{seq}",
            y=self.y,
            start=x1,
            end=x2,
            to=self.columns[to].lane.title,
            words=label,
            label=fit(label, max(room, 12)),
            label_x=x1 + 34,
            result=fit(result, 16),
            result_x=x2 + 30,
            verdict=verdict or "none",
            glyph=GLYPHS[verdict],
            kind=kind,
            says=says,
            point=point,
        )


def sequence(run: Run, stretches: Sequence[Stretch], hide: Mask, *, base: str) -> SequencePicture:
    """The picture of these takes; a folded stretch is one line that says what it holds."""
    found = lanes(run, hide)
    step = max(NEAREST, min(FARTHEST, (WIDE - LEFT - RIGHT) // (len(found) - 1)))
    columns = tuple(Column(lane, LEFT + number * step) for number, lane in enumerate(found))
    drawing = _Drawing(run, columns, {column.lane.key: number for number, column in enumerate(columns)}, base)
    for stretch in stretches:
        if stretch.says:
            drawing.fold(stretch.says)
        else:
            _draw(drawing, stretch.groups)
    bottom = drawing.y + FOOT
    bands = tuple(line for line in drawing.lines if isinstance(line, Band))
    arrows = tuple(line for line in drawing.lines if isinstance(line, Arrow))
    return SequencePicture(columns[-1].x + RIGHT, bottom + 4, columns, bands, arrows, tuple(drawing.lines), bottom)


def _draw(drawing: _Drawing, groups: Sequence[Group]) -> None:
    for group in groups:
        drawn = [item for item in group.items if item.exchange or item.leg]
        if drawn:
            drawing.band(group.title or "Beside the walk", group.attempt)
        for item in drawn:
            drawing.arrow(item)


def _path(url: str) -> str:
    """The path of a URL, without its query; the whole text where it has none."""
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return url


def fit(text: str, letters: int) -> str:
    """The text, or its beginning and its end around a gap: both tell more than the middle."""
    if len(text) <= letters:
        return text
    head = (letters - 1) // 2
    return f"{text[:head]}…{text[len(text) - (letters - 1 - head) :]}"
