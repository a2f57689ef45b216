"""Search in the catalogue: every word of the query must stand somewhere in an entry's texts."""

from __future__ import annotations

from functools import cache

from app.checks.catalogue import BY_CODE, CHECKS
from app.checks.client_errors import printed_for
from app.checks.model import Check
from app.checks.symptoms import symptom_of

LONGEST, WORDS = 200, 8  # characters and words of a query that are read


def search(query: str) -> tuple[Check, ...]:
    """The checks that hold every word, in the order of the walk. Looks at code, title, symptom, clients' sentences, clause and texts."""
    words = words_of(query)
    return tuple(check for check in CHECKS if all(word in _text_of(check.code) for word in words)) if words else CHECKS


def words_of(query: str) -> tuple[str, ...]:
    """The words of a query that are read, in lower case."""
    return tuple(query[:LONGEST].casefold().split()[:WORDS])


@cache
def _text_of(code: str) -> str:
    check = BY_CODE[code]
    printed = (f"{sentence.client} {' '.join(sentence.fragments)}" for sentence in printed_for(code))
    spaced = code.replace("_", " ").replace(".", " ")
    texts = (code, spaced, check.title, symptom_of(code), check.spec.name, check.expected, check.why, *printed)
    return " ".join(texts).replace("`", "").casefold()
