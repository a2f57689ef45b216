"""Two exchanges of one run side by side: line, headers, JSON by pointer, form fields, time. What is equal is folded away."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from app.flow.log import Entry, Run
from app.views.copy_commands import sent_headers
from app.views.exchange_view import ExchangeView, exchange_row
from app.views.keeping import Terms, keeping
from app.views.mask import Mask, mask_for, secrets_of
from app.views.steps import TITLES
from app.views.times import milliseconds
from app.views.timing import PHASES
from app.views.visible import shortened, visible
from app.wire.messages import Exchange
from app.wire.parse.form import read_pairs
from app.wire.parse.json import read_json
from app.wire.parse.sse import rpc_messages

LONGEST = 600  # characters of one value
MEMBERS = 400  # of one document
FORM = "application/x-www-form-urlencoded"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Difference:
    """One name with its value on both sides."""

    name: Annotated[str, "header, JSON pointer, field or phase"]
    first: Annotated[str, "its value here, masked; empty where it is missing"]
    second: Annotated[str, "its value there"]
    change: Annotated[str, "same, differs, only here, only there"]


@dataclass(frozen=True)
class Section:
    """One part that is compared."""

    slug: Annotated[str, "its id"]
    title: Annotated[str, "its heading"]
    differing: Annotated[tuple[Difference, ...], "what differs"]
    same: Annotated[tuple[Difference, ...], "what is equal"]


@dataclass(frozen=True)
class Choosable:
    """An exchange that can be compared with."""

    seq: Annotated[int, "its number"]
    words: Annotated[str, "step, method, status"]
    here: Annotated[bool, "is it the one that is compared now?"]


@dataclass(frozen=True)
class ComparePage:
    """All that templates/pages/compare.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    address: Annotated[str, "the first exchange's page"]
    first: Annotated[ExchangeView, "the exchange from which the person came"]
    second: Annotated[ExchangeView, "the other one"]
    sections: Annotated[tuple[Section, ...], "what was compared"]
    verdict: Annotated[str, "how many differences, one sentence"]
    others: Annotated[tuple[Choosable, ...], "what else it can be compared with"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


def compare_page(run: Run, first: Entry, second: Entry, *, settings: Terms) -> ComparePage:
    """The page of two entries that hold exchanges."""
    hide = mask_for(secrets_of(run))
    sections = tuple(_sections(first, second, hide))
    count = sum(len(section.differing) for section in sections if section.slug != "timing")
    return ComparePage(
        title=f"Exchanges {first.seq} and {second.seq} compared",
        run_id=run.id,
        address=f"/runs/{run.id}/exchanges/{first.seq}",
        first=exchange_row(run.id, first, (), hide),
        second=exchange_row(run.id, second, (), hide),
        sections=sections,
        verdict=f"{count} differences, times left aside." if count != 1 else "One difference, times left aside.",
        others=choosable(run, first, second.seq),
        keeping=keeping(settings),
    )


def choosable(run: Run, first: Entry, other: int = 0) -> tuple[Choosable, ...]:
    """The other exchanges of the run, in words."""
    return tuple(
        Choosable(e.seq, _words(e, e.body), e.seq == other) for e in run.entries if isinstance(e.body, Exchange) and e.seq != first.seq
    )


def _words(entry: Entry, exchange: Exchange) -> str:
    step = TITLES.get(entry.step, "exchange")
    return f"{entry.seq}: {step}, {visible(exchange.request.method[:10], one_line=True)} {exchange.status or 'no answer'}"


def _sections(first: Entry, second: Entry, hide: Mask) -> Iterator[Section]:
    a, b = first.body, second.body
    assert isinstance(a, Exchange)
    assert isinstance(b, Exchange)
    yield _section("request", "Request line", _line(a), _line(b), hide)
    yield _section("request-headers", "Request headers", sent_headers(a), sent_headers(b), hide, case=False)
    yield _section("request-body", "Request body", _request_body(a), _request_body(b), hide)
    yield _section("status", "Outcome", _outcome(a), _outcome(b), hide)
    yield _section("response-headers", "Response headers", _fields(a), _fields(b), hide, case=False)
    yield _section("response-body", "Response body", _response_body(a), _response_body(b), hide)
    yield _section("timing", "Timing", _times(a), _times(b), hide)


def _section(slug: str, title: str, first: Sequence[Pair], second: Sequence[Pair], hide: Mask, *, case: bool = True) -> Section:
    rows = tuple(_rows(first, second, hide, case))
    return Section(slug, title, tuple(r for r in rows if r.change != "same"), tuple(r for r in rows if r.change == "same"))


def _rows(first: Sequence[Pair], second: Sequence[Pair], hide: Mask, case: bool) -> Iterator[Difference]:
    """By name and, where a name occurs more than once, by its place among its equals."""
    here, there = _numbered(first, case), _numbered(second, case)
    for key in dict.fromkeys((*here, *there)):
        name = (here.get(key) or there[key])[0]
        one, other = (side[key][1] if key in side else None for side in (here, there))
        change = "only there" if one is None else "only here" if other is None else "same" if one == other else "differs"
        first_shown, second_shown = (_masked(name, text, hide, case) if text is not None else "" for text in (one, other))
        yield Difference(visible(shortened(hide(name), 200), one_line=True), first_shown, second_shown, change)


def _numbered(pairs: Sequence[Pair], case: bool) -> Mapping[tuple[str, int], Pair]:
    seen: Counter[str] = Counter()
    found = {}
    for name, value in pairs:
        key = name if case else name.lower()
        found[key, seen[key]] = (name, value)
        seen[key] += 1
    return found


def _masked(name: str, value: str, hide: Mask, case: bool) -> str:
    """By value, and by name: a header's, a field's, the last member of a pointer."""
    masked = hide.pair(name.rpartition("/")[2], value) if case else hide.header(name, value)
    return visible(shortened(masked, LONGEST)) or '""'


def _line(exchange: Exchange) -> list[Pair]:
    return [("Method", exchange.request.method), ("URL", exchange.request.url)]


def _fields(exchange: Exchange) -> list[Pair]:
    return [(field.name, field.value) for field in exchange.response.fields] if exchange.response else []


def _outcome(exchange: Exchange) -> list[Pair]:
    if exchange.failure:
        return [("Failure", f"{exchange.failure.kind}: {exchange.failure.says}")]
    response = exchange.response
    return [("Status", f"{response.status} {response.reason}".strip()), ("Bytes", f"{len(response.body):,}")] if response else []


def _request_body(exchange: Exchange) -> list[Pair]:
    body = exchange.request.body
    if FORM in exchange.request.header("content-type").lower():
        return list(read_pairs(body.decode("latin-1")))[:MEMBERS]
    return _by_pointer(body)


def _response_body(exchange: Exchange) -> list[Pair]:
    response = exchange.response
    if response is None:
        return []
    messages = rpc_messages(response) if response.media_type == "text/event-stream" else ()
    if messages:
        return [pair for n, message in enumerate(messages[:20]) for pair in _pointers(message, f"event {n + 1} ")][:MEMBERS]
    return _by_pointer(response.body)


def _by_pointer(body: bytes) -> list[Pair]:
    if not body:
        return []
    read = read_json(body)
    if read.error:
        return [("(the whole body)", body[:65_536].decode("utf-8", "replace"))]
    return [pair for _, pair in zip(range(MEMBERS), _pointers(read.value, ""), strict=False)]


def _pointers(value: Any, pointer: str) -> Iterator[Pair]:
    """Each scalar and each empty container with its JSON pointer."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _pointers(item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _pointers(item, f"{pointer}/{index}")
    else:
        yield pointer or "(the whole document)", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _times(exchange: Exchange) -> list[Pair]:
    reached = ((name, getattr(exchange.marks, mark)) for mark, name, _ in PHASES if mark != "end")
    return [
        *((f"{name}, until", milliseconds(at * 1_000)) for name, at in reached if at is not None),
        ("In all", milliseconds(exchange.ms)),
    ]
