"""The page that compares two runs, and the choice of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol
from urllib.parse import urlencode

from app.views.audit_rows import AttemptLike
from app.views.comparison import (
    Document,
    FindingDiff,
    Side,
    Time,
    VerdictDiff,
    compared_documents,
    compared_findings,
    compared_times,
    compared_verdicts,
)
from app.views.keeping import Terms, keeping
from app.views.mask import mask_url
from app.views.times import clock, duration, iso
from app.views.visible import shortened, visible


class Listed(Protocol):
    """One of this browser's runs."""

    @property
    def id(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def created_at(self) -> float: ...


@dataclass(frozen=True)
class Choice:
    """One run that can be chosen."""

    id: Annotated[str, "the run's id"]
    words: Annotated[str, "target and age"]
    is_left: Annotated[bool, "is it the left one now?"]
    is_right: Annotated[bool, "is it the right one now?"]


@dataclass(frozen=True)
class Head:
    """One of the two runs, at the top of its column."""

    href: Annotated[str, "the run's page"]
    target: Annotated[str, "the MCP URL, masked"]
    began: Annotated[str, "when it began, UTC"]
    state: Annotated[str, "where it stands"]
    audits: Annotated[tuple[tuple[str, str, bool], ...], "(words, address, is it compared now?) where the run has several audits"]


@dataclass(frozen=True)
class ComparePage:
    """All that templates/pages/compare_runs.html prints."""

    title: Annotated[str, "the page's title"]
    choices: Annotated[tuple[Choice, ...], "this browser's runs"]
    heads: Annotated[tuple[Head, ...], "the two runs; empty until both are chosen"]
    summary: Annotated[str, "what differs, in one sentence"]
    findings: Annotated[tuple[FindingDiff, ...], "by code"]
    same: Annotated[tuple[str, ...], "codes that both runs have alike"]
    documents: Annotated[tuple[Document, ...], "by pointer"]
    verdicts: Annotated[tuple[VerdictDiff, ...], "by attempt"]
    times: Annotated[tuple[Time, ...], "by step"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


def compare_page(
    runs: Sequence[Listed],
    sides: Sequence[Side],
    attempts: Sequence[AttemptLike],
    *,
    settings: Terms,
    now: float,
    chosen: tuple[str, str],
) -> ComparePage:
    """The choice, and the comparison where two runs are chosen. `sides` are two or none."""
    choices = tuple(_choice(run, chosen, now) for run in runs)
    if len(sides) != 2:
        return ComparePage("Compare two runs", choices, (), "", (), (), (), (), (), keeping(settings))
    left, right = sides
    found, documents, verdicts = (
        compared_findings(left, right),
        compared_documents(left, right),
        compared_verdicts(left, right, attempts),
    )
    return ComparePage(
        title="Compare two runs",
        choices=choices,
        heads=(_head(left, "left", chosen), _head(right, "right", chosen)),
        summary=summary_of(found, documents, verdicts),
        findings=tuple(diff for diff in found if diff.kind != "same"),
        same=tuple(diff.code for diff in found if diff.kind == "same"),
        documents=documents,
        verdicts=verdicts,
        times=compared_times(left, right),
        keeping=keeping(settings),
    )


def _choice(run: Listed, chosen: tuple[str, str], now: float) -> Choice:
    target = visible(shortened(mask_url(run.target, ()), 70), one_line=True)
    return Choice(run.id, f"{target}, {duration(now - run.created_at)} ago", *(name.partition(":")[0] == run.id for name in chosen))


def _head(side: Side, which: str, chosen: tuple[str, str]) -> Head:
    target = visible(shortened(side.hide(side.run.target), 200), one_line=True)
    began = iso(side.run.entries[0].at if side.run.entries else side.run.created_at)
    return Head(f"/runs/{side.run.id}", target, began, side.state, _audits(side, which, chosen))


def _audits(side: Side, which: str, chosen: tuple[str, str]) -> tuple[tuple[str, str, bool], ...]:
    """All audits together, or each by itself; nothing to choose where there is one at most."""
    now = dict(zip(("left", "right"), chosen, strict=True))
    names = [("all audits", side.run.id), *((f"audit of {clock(audit.at)}", f"{side.run.id}:{audit.began}") for audit in side.audits)]
    if len(side.audits) < 2:
        return ()
    return tuple((words, f"/compare?{urlencode(now | {which: name})}", name == now[which]) for words, name in names)


def summary_of(found: Sequence[FindingDiff], documents: Sequence[Document], verdicts: Sequence[VerdictDiff]) -> str:
    """What differs, counted."""
    counts = (
        (sum(diff.kind == "only_left" for diff in found), "only left"),
        (sum(diff.kind == "only_right" for diff in found), "only right"),
        (sum(diff.kind == "changed" for diff in found), "changed"),
    )
    findings = ", ".join(f"{count} {word}" for count, word in counts if count) or "no difference"
    members, words = sum(len(document.members) for document in documents), sum(diff.differs for diff in verdicts)
    return f"Findings: {findings}. Documents: {_counted(members, 'different member')}. Audit: {_counted(words, 'different verdict')}."


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
