"""The one place where pages ask the catalogue: search, pasted errors, examples. Examples are loaded when the first one is shown."""

from __future__ import annotations

from app.checks.catalogue import BY_CODE, find
from app.checks.client_errors import Match, entries_for, printed_for
from app.checks.model import Check
from app.checks.related import related_to
from app.checks.search import search
from app.checks.symptoms import SYMPTOMS
from app.practice.faults import FAULTS
from app.views.catalogue_page import Answer, Told
from app.views.check_page import Story


def all_told(query: str) -> tuple[Told, ...]:
    """The checks that fit a query, all of them where it is empty, in the order of the walk."""
    return tuple(_told(check) for check in search(query))


def answers_to(pasted: str) -> tuple[Answer, ...]:
    """The entries for what a client printed, best first."""
    return tuple(_answer(match) for match in entries_for(pasted))


def causes_of(pasted: str, most: int = 4) -> tuple[tuple[str, str], ...]:
    """(code, title) of the likeliest causes of what a client printed."""
    return tuple((match.code, BY_CODE[match.code].title) for match in entries_for(pasted)[:most])


def story_of(code: str) -> Story | None:
    """All that the page of one check tells, or None."""
    from app.checks.examples.shown import shown  # 3 MB of examples, which a walk never needs

    check = find(code)
    if check is None:
        return None
    example = shown(code)
    printed = tuple((sentence.client, " … ".join(sentence.said)) for sentence in printed_for(code))
    related = tuple((BY_CODE[other].title, other, how) for other, how in related_to(code))
    faults = tuple((fault.slug, fault.title) for fault in FAULTS if fault.code == code)
    if example is None:
        return Story(_told(check), printed, related, faults=faults)
    return Story(_told(check), printed, related, example.finding, example.fails, example.passes, example.others, faults)


def _told(check: Check) -> Told:
    return Told(check, SYMPTOMS.get(check.code, ""))


def _answer(match: Match) -> Answer:
    check = find(match.code)
    assert check is not None  # a test holds the two tables together
    return Answer(_told(check), match.client, match.words)
