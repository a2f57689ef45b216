"""What has happened, as the run page shows it: the newest take with its bytes, the rest in order of time, or what a filter lets through."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from app.checks.model import Finding
from app.flow.log import Entry, Run
from app.views.filtering import Candidate, FilterBar, Term, candidates, filter_bar, in_address, matching, read_filter
from app.views.finding_view import FindingView, finding_view
from app.views.mask import Mask
from app.views.story import Group, Stretch, folded, story, window

STORIES, LARGEST = 12, 600_000  # kept in one worker; the room of the largest run of them, whose entries stay in memory


@dataclass(frozen=True)
class Past:
    """What has happened."""

    latest: Annotated[Group | None, "the newest take that has exchanges, with its bytes"]
    earlier: Annotated[tuple[Group, ...], "everything else, in order of time"]
    stretches: Annotated[tuple[Stretch, ...], "the same, with long rows of takes of one step folded"]
    older: Annotated[str, "where older exchanges are, where one page does not hold them all; or empty"]
    newer: Annotated[str, "the same for newer ones"]
    left_out: Annotated[int, "how many older exchanges are not on this page"]
    anchors: Annotated[Mapping[str, str], "step -> where to jump to, for steps that have something"]
    bar: Annotated[FilterBar | None, "the filter, where there is enough to look through"]
    is_filtered: Annotated[bool, "does the page show only what a filter lets through?"]
    loose: Annotated[tuple[FindingView, ...], "findings about no entry that the page shows"]
    exchanges: Annotated[int, "how many exchanges the run holds"]


def past_of(
    run: Run, findings: Sequence[Finding], main: Finding | None, hide: Mask, *, until: int = 0, only: str = "", judged: bool = True
) -> Past:
    """One page of the story. `until` is an entry's number, `only` a filter as it was typed; not `judged` in a lesson."""
    terms, _ = read_filter(only)
    told = _filtered(run, findings, main, hide, terms, judged=judged) if terms else _whole(run, findings, main, hide, judged=judged)
    page = window(told.groups, until)
    latest = next((group for group in reversed(page.groups) if group.is_full), None)
    earlier = tuple(group for group in page.groups if group is not latest)
    return Past(
        latest=latest,
        earlier=earlier,
        stretches=(Stretch("", earlier),) if terms else folded(earlier),
        older=_with_filter(page.older, only if terms else ""),
        newer=_with_filter(page.newer, only if terms else ""),
        left_out=page.left_out,
        anchors=_anchors(told.groups, page.groups),
        bar=filter_bar(f"/runs/{run.id}", only, told.found, told.fitting),
        is_filtered=bool(terms),
        loose=tuple(finding_view(f, hide, run.id) for f in findings if f is not main and run.entry(f.entry) is None),
        exchanges=len(told.found),
    )


@dataclass(frozen=True)
class _Told:
    """A story with every exchange of the run, and which of them it tells of."""

    groups: tuple[Group, ...]
    found: tuple[Candidate, ...]
    fitting: frozenset[int]


@dataclass(frozen=True)
class _Kept:
    """A whole story, and everything that it was made from."""

    last: Entry | None
    made_from: tuple[Sequence[Finding], Finding | None, Mask, bool]
    told: _Told


_kept: OrderedDict[str, _Kept] = OrderedDict()  # the stories that were told last: looking again at a long run costs little
_lock = threading.Lock()


def _filtered(run: Run, findings: Sequence[Finding], main: Finding | None, hide: Mask, terms: Sequence[Term], *, judged: bool) -> _Told:
    found = candidates(run.entries, findings, judged=judged)
    fitting = matching(found, terms, hide.secrets)
    return _Told(story(run, findings, main, hide, keep=lambda entry: entry.seq in fitting), found, fitting)


def _whole(run: Run, findings: Sequence[Finding], main: Finding | None, hide: Mask, *, judged: bool) -> _Told:
    """The story of the whole run; the same again where nothing has happened since. What shows secrets is never kept."""
    with _lock:
        kept = _kept.get(run.id)
    last, made_from = run.entries[-1] if run.entries else None, (findings, main, hide, judged)
    if kept and kept.last is last and kept.made_from == made_from:
        return kept.told
    found = candidates(run.entries, findings, judged=judged)
    told = _Told(story(run, findings, main, hide), found, matching(found, ()))
    if not hide.shown and run.room <= LARGEST:
        with _lock:
            _kept[run.id] = _Kept(last, made_from, told)
            _kept.move_to_end(run.id)
            while len(_kept) > STORIES:
                _kept.popitem(last=False)
    return told


def _anchors(groups: Sequence[Group], shown: Sequence[Group]) -> Mapping[str, str]:
    """The newest take of every step; on another page of the story where this one does not show it."""
    here = {group.anchor for group in shown}
    return {g.step: f"#{g.anchor}" if g.anchor in here else f"?until={g.last}#{g.anchor}" for g in groups if g.anchor == g.step}


def _with_filter(query: str, only: str) -> str:
    return f"{query}{'&' if len(query) > 1 else ''}filter={in_address(only)}" if query and only else query
