"""What has happened, as the run page shows it: the newest take with its bytes, the rest in order of time, or what a filter lets through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from app.checks.model import Finding
from app.flow.log import Run
from app.views.filtering import FilterBar, candidates, filter_bar, in_address, matching, read_filter
from app.views.finding_view import FindingView, finding_view
from app.views.mask import Mask
from app.views.story import Group, Stretch, folded, story, window


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


def past_of(run: Run, findings: Sequence[Finding], main: Finding | None, hide: Mask, *, until: int = 0, only: str = "") -> Past:
    """One page of the story. `until` is an entry's number, `only` a filter as it was typed."""
    found, (terms, _) = candidates(run.entries, findings), read_filter(only)
    fitting = matching(found, terms, hide.secrets)
    groups = story(run, findings, main, hide, keep=(lambda entry: entry.seq in fitting) if terms else None)
    page = window(groups, until)
    latest = next((group for group in reversed(page.groups) if group.is_full), None)
    earlier = tuple(group for group in page.groups if group is not latest)
    return Past(
        latest=latest,
        earlier=earlier,
        stretches=(Stretch("", earlier),) if terms else folded(earlier),
        older=_with_filter(page.older, only if terms else ""),
        newer=_with_filter(page.newer, only if terms else ""),
        left_out=page.left_out,
        anchors=_anchors(groups, page.groups),
        bar=filter_bar(f"/runs/{run.id}", only, found, fitting),
        is_filtered=bool(terms),
        loose=tuple(finding_view(f, hide, run.id) for f in findings if f is not main and run.entry(f.entry) is None),
        exchanges=len(found),
    )


def _anchors(groups: Sequence[Group], shown: Sequence[Group]) -> Mapping[str, str]:
    """The newest take of every step; on another page of the story where this one does not show it."""
    here = {group.anchor for group in shown}
    return {g.step: f"#{g.anchor}" if g.anchor in here else f"?until={g.last}#{g.anchor}" for g in groups if g.anchor == g.step}


def _with_filter(query: str, only: str) -> str:
    return f"{query}{'&' if len(query) > 1 else ''}filter={in_address(only)}" if query and only else query
