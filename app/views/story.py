"""What has happened, in order of time: attempts and laps one after the other, nothing overwritten."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Annotated

from app.checks.model import Finding
from app.flow.log import Choice, Entry, Leg, Run
from app.views.exchange_view import URL_SHOWN, ExchangeView, exchange_row, exchange_view
from app.views.finding_view import LONGEST, WORDS, FindingView, finding_view, worst
from app.views.leg_view import LegView, leg_view, showable
from app.views.mask import Mask
from app.views.takes import Take, choice_words, outcome_of, takes_of, title_of, tool_of
from app.views.visible import shortened, visible
from app.views.wire_text import SHOWN
from app.wire.messages import Exchange

FULL, FULL_BYTES = 12, 60_000  # exchanges of the newest take that are shown with their bytes, and the bytes of those before the newest
MOST = 200  # exchanges on one page; a run holds no more unless EXCHANGES_PER_RUN was raised
MOST_TEXT = 100_000  # characters of strangers on one page: less than 1 MB however they are spelled
NOTE = 500  # characters of a choice
ALIKE = 5  # takes of one step in a row; from there on the ones in the middle are folded


@dataclass(frozen=True)
class Item:
    """One thing that happened: exactly one of exchange, leg and note is there."""

    exchange: Annotated[ExchangeView | None, "an exchange"] = None
    leg: Annotated[LegView | None, "a browser leg"] = None
    note: Annotated[str, "a choice of the person or the app, as a sentence"] = ""
    findings: Annotated[tuple[FindingView, ...], "what is said about it; the page's main finding stands at its top instead"] = ()
    is_main: Annotated[bool, "is the page's main finding about it?"] = False


@dataclass(frozen=True)
class Group:
    """One take of a step. Its items are made when somebody asks for them: a long page keeps what was printed of old ones."""

    run_id: Annotated[str, "the run's id"]
    step: Annotated[str, "the step's name"]
    anchor: Annotated[str, "its id on the page: the step's name for the newest take"]
    title: Annotated[str, "the step's title"]
    attempt: Annotated[str, "`second attempt` and the like, or empty"]
    outcome: Annotated[str, "how it ended, one sentence, or empty"]
    verdict: Annotated[str, "the worst of its findings, ok, or empty"]
    is_full: Annotated[bool, "are the bytes shown?"]
    is_main: Annotated[bool, "does the page's main finding stand in it?"]
    shows_secrets: Annotated[bool, "did the person ask to see secrets in clear?"]
    exchanges: Annotated[int, "how many exchanges it holds"]
    text: Annotated[int, "about how many characters of strangers it shows"]
    first: Annotated[int, "the number of its first entry"]
    last: Annotated[int, "the number of its last entry"]
    told: Annotated[object, "everything that its items are made of: groups of one key that tell the same print alike"] = field(repr=False)
    tell: Callable[[], tuple[Item, ...]] = field(repr=False, compare=False)

    @property
    def items(self) -> tuple[Item, ...]:
        """What happened, in order."""
        return self.tell()

    @property
    def key(self) -> Hashable | None:
        """Where what is printed of it may be kept; None for what must not be: a group in full is too large, a secret is shown once."""
        return (
            None if self.is_full or self.shows_secrets else (self.run_id, self.first, self.last, self.exchanges, self.anchor, self.attempt)
        )


@dataclass(frozen=True)
class Stretch:
    """Groups one after the other; folded where the same step was tried again and again."""

    says: Annotated[str, "what the fold holds, or empty where nothing is folded"]
    groups: Annotated[tuple[Group, ...], "the groups, oldest first"]


@dataclass(frozen=True)
class Window:
    """The part of a long story that one page shows."""

    groups: Annotated[tuple[Group, ...], "the groups, oldest first"]
    older: Annotated[str, "the query of the page before, or empty"]
    newer: Annotated[str, "the query of the page after, or empty"]
    left_out: Annotated[int, "how many older exchanges are not on this page"]


@dataclass(frozen=True)
class _Telling:
    """What every group of one page needs."""

    run: Run
    hide: Mask
    main: Finding | None
    about: Mapping[int, Sequence[Finding]]
    repeats: frozenset[int]
    legs: Mapping[int, Leg]


def story(
    run: Run, findings: Sequence[Finding], main: Finding | None, hide: Mask, *, keep: Callable[[Entry], bool] | None = None
) -> tuple[Group, ...]:
    """All groups, oldest first; the newest one that has exchanges is in full. With `keep` only those entries, none in full."""
    telling = _Telling(run, hide, main, _by_entry(findings), _repeats(findings), showable(run, findings))
    told = list(_told(telling, keep))
    newest = max((n for n, (take, _, _) in enumerate(told) if take.exchanges), default=-1) if keep is None else -1
    newest_of = {take.step: number for number, (take, _, _) in enumerate(told)}
    return tuple(
        _group(take, shown, telling, attempt, take.step if newest_of[take.step] == n else f"{take.step}-{n}", is_full=n == newest)
        for n, (take, shown, attempt) in enumerate(told)
    )


def _told(telling: _Telling, keep: Callable[[Entry], bool] | None) -> Iterator[tuple[Take, Sequence[Entry], str]]:
    """The takes that have something to be printed: the take, its entries that are shown, and which attempt it was."""
    attempts: dict[str, int] = {}
    for take in takes_of(telling.run):
        shown = take.entries if keep is None else [entry for entry in take.entries if keep(entry)]
        attempts[take.step] = attempts.get(take.step, 0) + take.is_taken
        if _shows(shown, telling) or (keep is None and outcome_of(take, telling.hide)):
            yield take, shown, tool_of(take, telling.hide) or _attempt(attempts[take.step])


def window(groups: Sequence[Group], until: int = 0) -> Window:
    """One page of the story: the newest, or the one that holds the entry with the number `until`."""
    pages = list(_pages(groups))
    at = next((n for n, page in enumerate(pages) if until and page[0].first <= until), 0)
    older = f"?until={pages[at + 1][-1].last}" if at + 1 < len(pages) else ""
    newer = f"?until={pages[at - 1][-1].last}" if at > 1 else "?" if at else ""
    left_out = sum(group.exchanges for page in pages[at + 1 :] for group in page)
    return Window(tuple(pages[at]) if pages else (), older, newer, left_out)


def _pages(groups: Sequence[Group]) -> Iterator[Sequence[Group]]:
    """Newest first: as many whole groups as hold at most `MOST` exchanges and `MOST_TEXT` characters, and never less than one."""
    end = len(groups)
    while end:
        start, held, text = end - 1, groups[end - 1].exchanges, 0
        while start and held + groups[start - 1].exchanges <= MOST and text + groups[start - 1].text <= MOST_TEXT:
            start -= 1
            held, text = held + groups[start].exchanges, text + groups[start].text
        yield groups[start:end]
        end = start


def folded(groups: Sequence[Group]) -> tuple[Stretch, ...]:
    """The same groups with long rows of takes of one step folded: the first and the last two stay open."""
    return tuple(stretch for _, row in groupby(groups, key=lambda group: group.step) for stretch in _stretches(tuple(row)))


def _stretches(row: tuple[Group, ...]) -> Iterator[Stretch]:
    middle = row[1:-2]
    if len(row) < ALIKE or any(group.is_main for group in middle):
        yield Stretch("", row)
        return
    verdicts = {group.verdict for group in middle}
    each = f", each {WORDS[verdicts.pop()]}" if len(verdicts) == 1 and "" not in verdicts else ""
    exchanges = sum(group.exchanges for group in middle)
    yield Stretch("", row[:1])
    yield Stretch(f"{len(middle)} more takes of {row[0].title}{each} ({exchanges} exchange{'' if exchanges == 1 else 's'})", middle)
    yield Stretch("", row[-2:])


def _by_entry(findings: Sequence[Finding]) -> Mapping[int, Sequence[Finding]]:
    about: dict[int, list[Finding]] = {}
    for finding in findings:
        about.setdefault(finding.entry, []).append(finding)
    return about


def _repeats(findings: Sequence[Finding]) -> frozenset[int]:
    """Findings whose code a later one has as well: the newest is told in full."""
    newest = {finding.code: id(finding) for finding in findings}
    return frozenset(id(finding) for finding in findings if newest[finding.code] != id(finding))


def _attempt(count: int) -> str:
    return {0: "", 1: "", 2: "second attempt", 3: "third attempt"}.get(count, f"attempt {count}")


def _shows(shown: Sequence[Entry], telling: _Telling) -> bool:
    """Is there anything to be printed?"""
    return any(isinstance(e.body, Exchange | Leg) or e.seq in telling.about or choice_words(e.body) for e in shown)


def _group(take: Take, shown: Sequence[Entry], telling: _Telling, attempt: str, anchor: str, *, is_full: bool) -> Group:
    told = [finding for entry in take.entries for finding in telling.about.get(entry.seq, ())]
    is_done = take.ended is not None and take.ended.values.get("outcome") == "done"
    outcome = outcome_of(take, telling.hide)
    legs = tuple(telling.legs.get(entry.seq) for entry in shown if isinstance(entry.body, Leg))
    seqs = () if shown is take.entries else tuple(entry.seq for entry in shown)  # all of them go without saying
    kept = tuple((finding, id(finding) in telling.repeats, finding is telling.main) for finding in told)
    return Group(
        run_id=telling.run.id,
        step=take.step,
        anchor=anchor,
        title=title_of(take, telling.hide),
        attempt=attempt,
        outcome=outcome,
        verdict=(worst(told) if told else "") or ("ok" if is_done else ""),
        is_full=is_full,
        is_main=any(finding is telling.main for finding in told),
        shows_secrets=bool(telling.hide.shown),
        exchanges=len(take.exchanges) if shown is take.entries else sum(isinstance(e.body, Exchange) for e in shown),
        text=_text(shown, told, telling) + len(outcome),
        first=take.entries[0].seq,
        last=take.entries[-1].seq,
        told=(telling.hide, seqs, kept, legs),
        tell=lambda: tuple(_items(shown, telling, is_full=is_full)),
    )


def _text(shown: Sequence[Entry], told: Sequence[Finding], telling: _Telling) -> int:
    """Characters of what strangers say in findings, URLs and edits; a repeated finding has its first sentence only."""
    count = 0
    for finding in told:
        count += min(len(finding.says), LONGEST) + (0 if id(finding) in telling.repeats else min(len(finding.actual), LONGEST))
    for entry in shown:
        if isinstance(entry.body, Exchange):
            count += min(len(entry.body.request.url), URL_SHOWN)
        elif isinstance(entry.body, Choice):
            count += min(len(choice_words(entry.body)), NOTE)
    return count


def _items(shown: Sequence[Entry], telling: _Telling, *, is_full: bool) -> Iterator[Item]:
    exchanges = [(entry.seq, entry.body) for entry in shown if isinstance(entry.body, Exchange)]
    full, last = _with_bytes(exchanges) if is_full else frozenset(), exchanges[-1][0] if exchanges else 0
    for entry in shown:
        told = telling.about.get(entry.seq, ())
        views = tuple(
            finding_view(f, telling.hide, telling.run.id, is_repeat=id(f) in telling.repeats) for f in told if f is not telling.main
        )
        item = Item(findings=views, is_main=any(finding is telling.main for finding in told))
        item = _fill(item, entry, told, telling, is_full=entry.seq in full, is_open=entry.seq == last)
        if item.exchange or item.leg or item.note or item.findings:
            yield item


def _with_bytes(exchanges: Sequence[tuple[int, Exchange]]) -> frozenset[int]:
    """The newest one, and as many before it as `FULL` and `FULL_BYTES` allow."""
    chosen, room = [seq for seq, _ in exchanges[-1:]], FULL_BYTES
    for seq, exchange in reversed(exchanges[-FULL:-1]):
        room -= sum(min(len(side), SHOWN) for side in (exchange.sent, exchange.received))
        if room < 0:
            break
        chosen.append(seq)
    return frozenset(chosen)


def _fill(item: Item, entry: Entry, told: Sequence[Finding], telling: _Telling, *, is_full: bool, is_open: bool) -> Item:
    body, hide, run_id = entry.body, telling.hide, telling.run.id
    if isinstance(body, Exchange):
        view = exchange_view(run_id, entry, told, hide, is_open=is_open) if is_full else exchange_row(run_id, entry, told, hide)
        return replace(item, exchange=view)
    if isinstance(body, Leg):
        return replace(item, leg=leg_view(entry, telling.legs.get(entry.seq, body), hide))
    return replace(item, note=shortened(visible(hide(choice_words(body))), NOTE))
