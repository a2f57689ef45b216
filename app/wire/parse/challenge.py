"""WWW-Authenticate as challenges (RFC 9110 section 11.6.1), and what lenient clients would read instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Challenge:
    """One challenge. `params` keep order, names in lower case; duplicates stay, the first one counts."""

    scheme: str
    params: tuple[tuple[str, str], ...] = ()
    token68: str = ""

    def get(self, name: str) -> str:
        """The first value of a parameter, or an empty string."""
        return next((value for key, value in self.params if key == name.lower()), "")
