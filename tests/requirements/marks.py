"""Marks that tie a test to the entries of the requirements table, and the question which ties are missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from requirements.table import ENTRIES, REVISIONS


def entries_of(rules: Collection[str], revision: str) -> tuple[str, ...]:
    """The ids of the entries that these rules have in a revision."""
    return tuple(f"{rule}@{revision}" for rule in rules if f"{rule}@{revision}" in ENTRIES)


def under(*rules: str, only: Collection[str] = REVISIONS) -> pytest.MarkDecorator:
    """Run the test once in every revision in which one of the rules has an entry, as the argument `revision`."""
    marked = [(revision, entries_of(rules, revision)) for revision in REVISIONS if revision in only]
    return pytest.mark.parametrize(
        "revision", [pytest.param(revision, marks=pytest.mark.requirement(*ids)) for revision, ids in marked if ids]
    )


def proves(*rules: str) -> pytest.MarkDecorator:
    """For a test whose subject knows no revision: it proves the rules in every one that has them."""
    return pytest.mark.requirement(*(id for revision in REVISIONS for id in entries_of(rules, revision)))


def untested(entries: Collection[str], marked: Mapping[str, Collection[str]]) -> list[str]:
    """Entries that no test names. `marked` are the ids by test."""
    named = {id for ids in marked.values() for id in ids}
    return sorted(set(entries) - named)


def unknown(entries: Collection[str], marked: Mapping[str, Collection[str]]) -> list[str]:
    """`test: id` of every mark that names no entry; a mark that names nothing counts too."""
    return sorted(f"{test}: {id}" for test, ids in marked.items() for id in ids or ("nothing",) if id not in entries)
