"""Which entries of the catalogue belong together: cause and symptom, the same words of a client, the same clause."""

from __future__ import annotations

from collections.abc import Iterator

from app.checks.catalogue import BY_CODE, CHECKS
from app.checks.client_errors import printed_for
from app.checks.explains import RULES

MOST = 8


def related_to(code: str) -> tuple[tuple[str, str], ...]:
    """(code, in what way) of the entries to look at beside this one, the closest first."""
    found: dict[str, str] = {}
    for other, how in (*_by_cause(code), *_by_words(code), *_by_clause(code)):
        if other != code and other in BY_CODE:
            found.setdefault(other, how)
    return tuple(found.items())[:MOST]


def _by_cause(code: str) -> Iterator[tuple[str, str]]:
    for rule in RULES:
        if rule.symptom == code:
            yield rule.cause, f"may be the cause: {rule.why}"
        elif rule.cause == code:
            yield rule.symptom, f"may be its symptom: {rule.why}"


def _by_words(code: str) -> Iterator[tuple[str, str]]:
    for sentence in printed_for(code):
        for other in sentence.codes:
            yield other, f"clients print the same for both: “{' … '.join(sentence.said)}”"


def _by_clause(code: str) -> Iterator[tuple[str, str]]:
    here = BY_CODE.get(code)
    family = code.partition(".")[0]
    for check in CHECKS:
        if here and check.spec == here.spec and check.code.startswith(f"{family}.") and family != "transport":
            yield check.code, "asks about the same clause"
