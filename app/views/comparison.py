"""Two runs side by side: findings by code, documents by pointer, verdicts by attempt, time by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from markupsafe import Markup

from app.checks.model import Finding
from app.flow.facts import Facts
from app.flow.log import Run
from app.flow.steps import NAMES
from app.views.audit_rows import LOOKS, AttemptLike, VerdictLike
from app.views.json_diff import differences
from app.views.mask import Mask, mask_for, secrets_of
from app.views.steps import TITLES
from app.views.times import milliseconds
from app.views.url_marks import marked_pair
from app.views.visible import shortened, visible
from app.wire.messages import Exchange

TOLD = ("token_type", "expires_in", "scope", "resource", "refresh_token_expires_in", "issued_token_type")  # members of a token answer
DOCUMENTS = (
    ("Resource metadata", "resource_metadata", lambda facts: facts.resource_metadata),
    ("Server metadata", "server_metadata", lambda facts: facts.server),
    ("Registration answer", "register", lambda facts: facts.client.answer if facts.client else {}),
    ("Shape of the token answer", "token", lambda facts: token_shape(facts)),
)
LONGEST = 400  # characters of one value


class Begun(Protocol):
    """One audit of a run, by the entry with which it began."""

    @property
    def began(self) -> int: ...
    @property
    def at(self) -> float: ...


@dataclass(frozen=True)
class Side:
    """One of the two runs, with everything that was derived from it."""

    run: Run
    facts: Facts
    findings: Sequence[Finding]
    verdicts: Sequence[VerdictLike]
    state: str = ""
    audits: Sequence[Begun] = ()

    @property
    def hide(self) -> Mask:
        return mask_for(secrets_of(self.run))


@dataclass(frozen=True)
class FindingDiff:
    """One code. A side's level is empty where it has no such finding."""

    code: Annotated[str, "the catalogue code"]
    title: Annotated[str, "the check's title"]
    kind: Annotated[str, "only_left, only_right, changed or same"]
    left_level: Annotated[str, "STOP, WARN, NOTE or empty"]
    right_level: Annotated[str, "the same of the other run"]
    left: Annotated[str, "what was seen, masked"]
    right: Annotated[str, "the same of the other run"]


@dataclass(frozen=True)
class Member:
    """One member of a document."""

    pointer: Annotated[str, "where it stands (RFC 6901)"]
    kind: Annotated[str, "only_left, only_right or changed"]
    left: Annotated[Markup, "its value, masked, the characters that differ marked"]
    right: Annotated[Markup, "the same of the other run"]


@dataclass(frozen=True)
class Document:
    """One kind of document."""

    title: Annotated[str, "which document"]
    members: Annotated[tuple[Member, ...], "the members that differ"]
    lacks: Annotated[str, "which run has none, or empty"]
    size: Annotated[int, "members of the larger one"]


@dataclass(frozen=True)
class VerdictDiff:
    """One attempt of the audit."""

    slug: Annotated[str, "the attempt"]
    label: Annotated[str, "the attempt in words"]
    left: Annotated[tuple[str, str, str], "word, glyph and colour"]
    right: Annotated[tuple[str, str, str], "the same of the other run"]
    differs: Annotated[bool, "are the words different?"]


@dataclass(frozen=True)
class Time:
    """One step's time at the servers."""

    title: Annotated[str, "the step"]
    left: Annotated[str, "time spent waiting for servers, or a dash"]
    right: Annotated[str, "the same of the other run"]
    change: Annotated[str, "the difference, with its sign"]


def compared_findings(left: Side, right: Side) -> tuple[FindingDiff, ...]:
    """By code: what differs first, what is the same last."""
    one, two = _by_code(left), _by_code(right)
    made = [_finding(code, one.get(code), two.get(code), left, right) for code in dict.fromkeys((*one, *two))]
    order = ("only_right", "only_left", "changed", "same")
    return tuple(sorted(made, key=lambda diff: order.index(diff.kind)))


def _by_code(side: Side) -> Mapping[str, Finding]:
    """The gravest finding of each code; past ones count as the notes that they became."""
    rank = {"STOP": 3, "WARN": 2, "NOTE": 1}
    found: dict[str, Finding] = {}
    for finding in side.findings:
        if finding.code not in found or rank[finding.level] > rank[found[finding.code].level]:
            found[finding.code] = finding
    return found


def _finding(code: str, one: Finding | None, two: Finding | None, left: Side, right: Side) -> FindingDiff:
    a, b = (_says(one, left) if one else ""), (_says(two, right) if two else "")
    levels = (one.level if one else "", two.level if two else "")
    kind = "only_left" if two is None else "only_right" if one is None else "same" if (a, levels[0]) == (b, levels[1]) else "changed"
    any_one = one or two
    return FindingDiff(code, any_one.title if any_one else "", kind, *levels, a, b)


def _says(finding: Finding, side: Side) -> str:
    return visible(shortened(side.hide(finding.says), LONGEST), one_line=True)


def compared_documents(left: Side, right: Side) -> tuple[Document, ...]:
    """Each document, member by member, masked by its own run's secrets."""
    return tuple(_document(title, read(left.facts), read(right.facts), left.hide, right.hide) for title, _, read in DOCUMENTS)


def token_shape(facts: Facts) -> Mapping[str, Any]:
    """The first token answer: what is said in clear, and of everything else its type alone."""
    answer = facts.token_history[0].answer if facts.token_history else {}
    return {name: value if name in TOLD else f"({_type_of(value)})" for name, value in answer.items()}


def _type_of(value: Any) -> str:
    names: dict[type, str] = {str: "text", bool: "true or false", int: "number", float: "number", list: "list", type(None): "null"}
    return names.get(type(value), "object")


def _document(title: str, one: Mapping[str, Any], two: Mapping[str, Any], hide_one: Mask, hide_two: Mask) -> Document:
    missing = [word for word, document in (("The left run", one), ("The right run", two)) if not document]
    lacks = "Neither run has one." if len(missing) == 2 else f"{missing[0]} has none." if missing else ""
    size = max(len(one), len(two))
    if missing:
        return Document(title, (), lacks, size)
    return Document(title, member_views(one, two, hide_one, hide_two), "", size)


def member_views(one: Mapping[str, Any], two: Mapping[str, Any], hide_one: Mask, hide_two: Mask) -> tuple[Member, ...]:
    """The members in which two documents differ, masked, the characters that differ marked."""
    found = differences(one, two)
    return tuple(_member(d.pointer, d.kind, _value(d.pointer, d.left, hide_one), _value(d.pointer, d.right, hide_two)) for d in found)


def _value(pointer: str, value: str, hide: Mask) -> str:
    """Masked by value, and by the member's name: a secret of the document that was never used is in no list."""
    name = pointer.rpartition("/")[2]
    return shortened(hide.pair(name, value), LONGEST) if value else ""


def _member(pointer: str, kind: str, left: str, right: str) -> Member:
    one, two = marked_pair(left, right) if kind == "changed" else (marked_pair(left, left)[0], marked_pair(right, right)[0])
    return Member(visible(shortened(pointer, 200), one_line=True), kind, one, two)


def compared_verdicts(left: Side, right: Side, attempts: Sequence[AttemptLike]) -> tuple[VerdictDiff, ...]:
    """Attempt by attempt; those that differ first."""
    one, two = ({verdict.slug: verdict.word for verdict in side.verdicts} for side in (left, right))
    made = [_verdict(attempt, one.get(attempt.slug, ""), two.get(attempt.slug, "")) for attempt in attempts]
    return tuple(sorted(made, key=lambda diff: not diff.differs))


def _verdict(attempt: AttemptLike, one: str, two: str) -> VerdictDiff:
    def look(word: str) -> tuple[str, str, str]:
        return (word, *LOOKS.get(word, ("–", "none")))

    return VerdictDiff(attempt.slug, attempt.label, look(one), look(two), one != two)


def compared_times(left: Side, right: Side) -> tuple[Time, ...]:
    """Time at the servers for each step of the walk; what was sent beside it does not count."""
    one, two = _waited(left.run), _waited(right.run)
    return tuple(_time(TITLES[name], one.get(name), two.get(name)) for name in NAMES if name in one or name in two)


def _waited(run: Run) -> Mapping[str, float]:
    waited: dict[str, float] = {}
    for entry in run.entries:
        if isinstance(entry.body, Exchange) and not entry.is_aside:
            waited[entry.step] = waited.get(entry.step, 0.0) + entry.body.ms
    return waited


def _time(title: str, one: float | None, two: float | None) -> Time:
    left, right = ("–" if ms is None else milliseconds(ms) for ms in (one, two))
    change = "" if one is None or two is None else f"{'+' if two >= one else '−'}{milliseconds(abs(two - one))}"
    return Time(title, left, right, change)
