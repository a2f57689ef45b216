"""Sentences that name every cause at once, as RFC 6749 section 5.2 and RFC 6750 section 3.1 do, and so tell none."""

from __future__ import annotations

import re

# word boundaries keep the error codes invalid_grant and invalid_token out
CAUSES = tuple(re.compile(c, re.I) for c in (r"expir", r"\brevoked\b", r"\b(invalid|incorrect|malformed|wrong)\b", r"\balready\b"))


def names_every_cause(words: str) -> bool:
    """Does it read "invalid or expired" rather than "expired"?"""
    return bool(re.search(r"\bor\b", words, re.I)) and sum(bool(cause.search(words)) for cause in CAUSES) > 1
