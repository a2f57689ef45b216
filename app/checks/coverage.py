"""How many of the catalogue's questions a run let us ask, and why not the others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from app.checks.catalogue import CHECKS
from app.checks.engine import examined, matching, names_of
from app.checks.model import Check, level_for
from app.flow.log import Run
from app.flow.revisions import rules

OTHER_REVISION = "not a rule of the revision {}"
OTHER_PLACE = "asked only of what a separating probe or an audit brings"
NO_TROUBLE = "asked only where the browser stays away, or a step ends badly"
NOT_THERE = "the walk made no such request or had no such answer: {}"


@dataclass(frozen=True)
class Coverage:
    """`asked` and `unasked` are codes; every code of the catalogue stands in one of them, once."""

    asked: tuple[str, ...]
    unasked: tuple[tuple[str, tuple[str, ...]], ...]  # (why, codes)

    @property
    def total(self) -> int:
        return len(self.asked) + sum(len(codes) for _, codes in self.unasked)


def coverage(run: Run) -> Coverage:
    """A question counts as asked where at least one entry could answer it; the rest is grouped by its reason."""
    result = examined(run)
    revision = rules(result.facts.options.revision, result.facts.era, result.facts.protocol).name
    met = {check.code for names in {names_of(entry) for entry in run.entries} for check in matching(*names)}
    doubts = {code: because for code, _, because in result.not_asked}
    found = {finding.code for finding in result.findings}
    asked, why = [], defaultdict(list)
    for check in CHECKS:
        reason = _reason(check, revision, check.code in met, doubts.get(check.code, "") if check.code not in found else "")
        if reason:
            why[reason].append(check.code)
        else:
            asked.append(check.code)
    return Coverage(tuple(asked), tuple((reason, tuple(codes)) for reason, codes in sorted(why.items(), key=lambda one: -len(one[1]))))


def _reason(check: Check, revision: str, is_met: bool, doubt: str) -> str:
    """Why it was not asked; empty where it was."""
    if not level_for(check, revision):
        return OTHER_REVISION.format(revision)
    if is_met:
        return doubt
    if all("/probe:" in place for place in check.on):
        return OTHER_PLACE
    if all(place.startswith(("choice:", "ended:")) for place in check.on):
        return NO_TROUBLE
    return NOT_THERE.format(check.code.split(".")[0])
