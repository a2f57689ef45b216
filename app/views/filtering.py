"""Finding exchanges in a run: what a person types (`status-code:401 method:POST step:token -step:probe word`), and chips that type it.

Terms of one key widen each other, terms of different keys narrow each other, a minus takes away. What is no known key is searched as text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from app.checks.model import Finding
from app.flow.log import Entry
from app.flow.steps import NAMES
from app.views.exchange_view import verdict_of
from app.views.finding_view import GLYPHS, WORDS
from app.views.lanes import origin_of
from app.views.secrets_of import Secret
from app.views.steps import TITLES
from app.views.visible import visible
from app.wire.messages import Exchange

LONGEST, MOST_TERMS = 300, 20  # characters and terms of one filter
SEARCHED = 65_536  # bytes of one side that a word is looked for in
WORTH_IT = 7  # exchanges; fewer are seen at one glance
KEYS = {
    "status-code": "401, 4xx, or none",
    "method": "POST",
    "step": "token",
    "verdict": "ok, note, warn, stop, none",
    "url": "a part of the URL",
    "domain": "a part of the host",
    "code": "a part of a finding's code",
    "failure": "a kind of failure, such as timeout",
    "secret": "a label, such as access#3f9a",
}
TERM = re.compile(r"""(?P<no>-?)(?:(?P<key>[A-Za-z][A-Za-z-]*):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))""")
SCHEMES = ("http", "https")  # `https://…` is no key


@dataclass(frozen=True)
class Term:
    """One word of a filter. `key` is empty for plain text; `value` is in lower case."""

    key: str
    value: str
    is_not: bool = False

    @property
    def written(self) -> str:
        value = f'"{self.value}"' if re.search(r"\s", self.value) else self.value
        return ("-" if self.is_not else "") + (f"{self.key}:" if self.key else "") + value


@dataclass(frozen=True)
class Chip:
    """One click that adds a term, or takes it away."""

    kind: Annotated[str, "status, verdict or step"]
    label: Annotated[str, "what is on it"]
    glyph: Annotated[str, "the verdict's glyph, or empty"]
    count: Annotated[int, "exchanges of the whole run that it fits"]
    href: Annotated[str, "the address with the term added, or without it"]
    is_on: Annotated[bool, "is the term part of the filter?"]
    style: Annotated[str, "the class of its colour: s4xx, warn, or empty"]


@dataclass(frozen=True)
class FilterBar:
    """The field, its chips, and how much fits."""

    action: Annotated[str, "where the form goes"]
    text: Annotated[str, "what was typed"]
    chips: Annotated[tuple[Chip, ...], "status families, verdicts, steps"]
    matching: Annotated[int, "how many exchanges fit"]
    exchanges: Annotated[int, "how many there are"]
    notes: Annotated[tuple[str, ...], "words that were not understood as filters"]
    keys: Annotated[tuple[tuple[str, str], ...], "every key with what it takes"] = tuple(KEYS.items())


@dataclass(frozen=True)
class Candidate:
    """What a filter looks at: an exchange and what is said about it."""

    entry: Entry
    exchange: Exchange
    verdict: str  # ok, note, warn, stop, none
    codes: tuple[str, ...]


def read_filter(text: str) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """(terms, words that look like a key but are none)"""
    terms, unknown = [], []
    for match in list(TERM.finditer(text[:LONGEST]))[:MOST_TERMS]:
        key, value = (match["key"] or "").lower(), match["plain"] if match["quoted"] is None else match["quoted"]
        if key and key not in KEYS:
            unknown += [] if key in SCHEMES else [key]
            key, value = "", f"{match['key']}:{value}"
        if value:
            terms.append(Term(key, value.lower(), bool(match["no"])))
    return tuple(terms), tuple(unknown)


def candidates(entries: Iterable[Entry], findings: Iterable[Finding], *, judged: bool = True) -> tuple[Candidate, ...]:
    """Every exchange; without `judged` nothing is said of any (in a lesson a count of ticks would tell the answer)."""
    about: dict[int, list[Finding]] = {}
    for finding in findings:
        about.setdefault(finding.entry, []).append(finding)
    exchanges = [(entry, entry.body, about.get(entry.seq, [])) for entry in entries if isinstance(entry.body, Exchange)]
    return tuple(
        Candidate(entry, exchange, (verdict_of(entry, exchange, told) if judged else "") or "none", tuple(finding.code for finding in told))
        for entry, exchange, told in exchanges
    )


def matching(found: Iterable[Candidate], terms: Sequence[Term], secrets: Sequence[Secret] = ()) -> frozenset[int]:
    """The numbers of the exchanges that fit."""
    wanted: dict[str, list[Term]] = {}
    for number, term in enumerate(terms):
        if not term.is_not:  # every word of text must fit, of a key one value
            wanted.setdefault(term.key or f"text {number}", []).append(term)
    labels = {secret.label: secret.value for secret in secrets}
    return frozenset(
        one.entry.seq
        for one in found
        if all(any(fits(one, term, labels) for term in alike) for alike in wanted.values())
        and not any(fits(one, term, labels) for term in terms if term.is_not)
    )


def fits(one: Candidate, term: Term, labels: Mapping[str, str]) -> bool:
    """Does one term fit one exchange?"""
    exchange, value = one.exchange, term.value
    match term.key:
        case "status-code":
            return _has_status(exchange, value)
        case "method":
            return exchange.request.method.lower() == value
        case "step":
            return value in (one.entry.step, TITLES.get(one.entry.step, "").lower())
        case "verdict":
            return one.verdict == value
        case "url":
            return value in exchange.request.url.lower()
        case "domain":
            return value in origin_of(exchange.request.url).partition("://")[2]
        case "code":
            return any(value in code for code in one.codes)
        case "failure":
            return exchange.failure is not None and value in exchange.failure.kind
        case "secret":
            return value in labels and _holds(exchange, labels[value])
    return _says(one, value)


def _has_status(exchange: Exchange, value: str) -> bool:
    status = exchange.status
    if value == "none":
        return status is None
    return status is not None and value in (str(status), f"{status // 100}xx")


def _holds(exchange: Exchange, value: str) -> bool:
    spelled = {value.encode("utf-8", "surrogatepass"), quote(value, safe="").encode()}
    return any(one in side for one in spelled for side in (exchange.sent, exchange.request.body, exchange.received, _body(exchange)))


def _body(exchange: Exchange) -> bytes:
    return exchange.response.body if exchange.response else b""


def _says(one: Candidate, value: str) -> bool:
    """A word is looked for in what crossed the wire, in why it was sent, and in the codes of findings."""
    exchange = one.exchange
    texts = (exchange.request.url, one.entry.why, one.entry.step, TITLES.get(one.entry.step, ""), *one.codes)
    if any(value in text.lower() for text in texts):
        return True
    sides = (exchange.sent, exchange.received, _body(exchange))
    return any(value in side[:SEARCHED].decode("utf-8", "replace").lower() for side in sides)


def filter_bar(action: str, text: str, found: Sequence[Candidate], fitting: frozenset[int]) -> FilterBar | None:
    """The bar; None where there is so little that nobody needs it."""
    if len(found) < WORTH_IT and not text.strip():
        return None
    terms, unknown = read_filter(text)
    notes = tuple(
        f"“{visible(key, one_line=True)}:” is no key of this filter, so it was searched as text." for key in dict.fromkeys(unknown)
    )
    shown = visible(text[:LONGEST], one_line=True)
    return FilterBar(action, shown, tuple(_chips(action, found, terms)), len(fitting), len(found), notes)


def in_address(text: str) -> str:
    """A filter as a part of an address; half a character, which UTF-8 cannot hold, becomes a question mark."""
    return quote(text.encode("utf-8", "replace"))


def _chips(action: str, found: Sequence[Candidate], terms: Sequence[Term]) -> Iterable[Chip]:
    families = Counter(f"{one.exchange.status // 100}xx" if one.exchange.status else "none" for one in found)
    verdicts = Counter(one.verdict for one in found)
    steps = Counter(one.entry.step for one in found)
    for name in sorted(families):
        label, style = ("no answer", "none") if name == "none" else (name, f"s{name}")
        yield _chip(action, terms, Term("status-code", name), "status", label, families[name], style=style)
    for name in ("stop", "warn", "note", "ok"):
        if verdicts[name]:
            yield _chip(action, terms, Term("verdict", name), "verdict", WORDS[name], verdicts[name], style=name, glyph=GLYPHS[name])
    for name in NAMES:
        if steps[name]:
            yield _chip(action, terms, Term("step", name), "step", TITLES[name], steps[name])


def _chip(action: str, terms: Sequence[Term], term: Term, kind: str, label: str, count: int, *, style: str = "", glyph: str = "") -> Chip:
    is_on = term in terms
    rest = [one.written for one in terms if one != term] if is_on else [one.written for one in (*terms, term)]
    query = f"?filter={in_address(' '.join(rest))}" if rest else ""
    return Chip(kind, label, glyph, count, f"{action}{query}#happened", is_on, style)
