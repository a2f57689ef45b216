"""What audits and the walk have proved. Pure: the same log gives the same verdicts, and a better rule judges old runs too."""

from __future__ import annotations

from collections.abc import Sequence

from app.flow.audits.attempts import ATTEMPTS, BY_SLUG, Attempt
from app.flow.audits.judging import ADVERTISED, ENFORCED, NOT_ENFORCED, UNKNOWN, Verdict, judge
from app.flow.audits.reading import Audit, audits_of
from app.flow.audits.walked import walked
from app.flow.facts import Facts
from app.flow.log import Run


def verdicts(run: Run, facts: Facts) -> tuple[Verdict, ...]:
    """A verdict on every attempt: by the newest audit that proved it, else by the walk itself, else by what the metadata says."""
    audits = audits_of(run.entries)
    return tuple(_verdict(attempt, audits, run, facts) for attempt in ATTEMPTS)


def verdicts_of(audit: Audit, facts: Facts) -> tuple[Verdict, ...]:
    """What one audit alone showed, without the walk's own evidence: for comparing it with another one."""
    made = ((slug, judge(audit, slug, facts) if slug in audit.chosen else None) for slug in BY_SLUG)
    return tuple(found or Verdict(slug, UNKNOWN, _not_asked((audit,), slug)) for slug, found in made)


def _verdict(attempt: Attempt, audits: Sequence[Audit], run: Run, facts: Facts) -> Verdict:
    proved = [judge(audit, attempt.slug, facts) for audit in reversed(audits) if attempt.slug in audit.chosen]
    found = next((verdict for verdict in proved if verdict and verdict.is_proved), None)
    if found is None and (seen := walked(run, attempt.slug)):
        found = Verdict(attempt.slug, ENFORCED if seen.refused else NOT_ENFORCED, seen.says, seen.entries, seen.control)
    if found is not None:
        return found
    doubt = next((verdict for verdict in proved if verdict), None)
    why = doubt.says if doubt else attempt.lacks(facts) or _not_asked(audits, attempt.slug)
    entries = doubt.entries if doubt else ()
    if claim := attempt.advertised(facts):
        return Verdict(attempt.slug, ADVERTISED, f"{claim} Nothing proved it. {why}", entries)
    return Verdict(attempt.slug, UNKNOWN, why, entries)


def _not_asked(audits: Sequence[Audit], slug: str) -> str:
    newest = next((audit for audit in reversed(audits) if slug in audit.chosen), None)
    if newest is None:
        return "It was not asked: nobody chose it."
    if not newest.outcome:
        return "It has not been asked yet."
    return f"It was not asked. {newest.reason}".strip()
