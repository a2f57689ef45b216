"""WWW-Authenticate as challenges (RFC 9110 section 11.6.1), and what lenient clients would read instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from authchallenge import AuthError, parse_challenges

from app.wire.parse.challenge_scan import Mark, Param, Problem, scan
from app.wire.parse.challenge_sdk import READERS, Reading, read_as_others

_OFFSET = re.compile(r" at offset (\d+)")
PROBLEMS_SHOWN = 20  # one bad header of 64 kB must not make a page of complaints


@dataclass(frozen=True)
class Challenge:
    """One challenge. `params` keep order, names in lower case; duplicates stay, the first one counts."""

    scheme: str
    params: tuple[tuple[str, str], ...] = ()
    token68: str = ""
    line: int = 0  # which of the header lines, from 0
    start: int = 0  # character offsets in that line
    end: int = 0

    def get(self, name: str) -> str:
        """The first value of a parameter, or an empty string."""
        return next((value for key, value in self.params if key == name.lower()), "")

    def has(self, name: str) -> bool:
        """Does the parameter occur, be it empty?"""
        return any(key == name.lower() for key, _ in self.params)


@dataclass(frozen=True)
class Challenges:
    """What the grammar reads (`challenges`), what breaks the grammar (`problems`), what other clients read (`lenient`).

    A parameter that breaks the grammar is in `problems` and `lenient`, never in `challenges`.
    """

    challenges: tuple[Challenge, ...] = ()
    problems: tuple[Problem, ...] = ()
    lenient: tuple[Reading, ...] = ()

    def __iter__(self) -> Iterator[Challenge]:
        return iter(self.challenges)

    def __len__(self) -> int:
        return len(self.challenges)

    def read_by(self, reader: str, name: str) -> str:
        """What one of `READERS` takes as resource_metadata, scope or error; empty where it finds nothing."""
        return next((r.value for r in self.lenient if r.reader == reader and r.name == name), "")

    def best(self, name: str) -> str:
        """The first Bearer challenge's value by the grammar, else what the most tolerant reader finds."""
        found = bearer(self)
        return (found.get(name) if found else "") or self.read_by("tolerant reader", name)

    def differing(self, name: str) -> tuple[Reading, ...]:
        """One reading for every reader that takes another value than the grammar does; an empty value = it finds nothing."""
        found = bearer(self)
        ours = found.get(name) if found else ""
        readings = (Reading(reader, name, self.read_by(reader, name)) for reader in READERS)
        return tuple(reading for reading in readings if reading.value != ours)


def read_challenges(values: Sequence[str]) -> Challenges:
    """Read every WWW-Authenticate line. Never raises; time grows with the length of the lines only."""
    challenges: list[Challenge] = []
    problems: list[Problem] = []
    params: list[Param] = []
    for number, value in enumerate(values):
        marks, found = scan(value, number)
        challenges += _grouped(marks, number)
        params += [mark for mark in marks if isinstance(mark, Param)]
        problems += found or _second_opinion(value, number)
    return Challenges(tuple(challenges), tuple(problems[:PROBLEMS_SHOWN]), read_as_others(values, params))


def bearer(challenges: Iterable[Challenge]) -> Challenge | None:
    """The first Bearer challenge; the scheme's letter case does not matter (RFC 9110 section 11.1)."""
    return next((c for c in challenges if c.scheme.lower() == "bearer"), None)


def _grouped(marks: Sequence[Mark], line: int) -> list[Challenge]:
    """Schemes with the parameters behind them; parameters that break the grammar are left out."""
    groups: list[tuple[Mark, list[Param]]] = []
    for mark in marks:
        if not isinstance(mark, Param):
            groups.append((mark, []))
        elif groups and mark.sound:
            groups[-1][1].append(mark)
    return [_challenge(scheme, params, line) for scheme, params in groups]


def _challenge(scheme: Mark, params: Sequence[Param], line: int) -> Challenge:
    end = params[-1].end if params else scheme.end
    return Challenge(scheme.name, tuple((p.name.lower(), p.value) for p in params), scheme.token68, line, scheme.start, end)


def _second_opinion(value: str, line: int) -> list[Problem]:
    """What the strict mode of authchallenge still objects to: the rules of Basic, Bearer and Digest (RFC 6750 section 3)."""
    try:
        parse_challenges(value, strict=True)
    except AuthError as error:
        says = str(error)
        offset = _OFFSET.search(says)
        return [Problem("scheme_rule", f"{says[0].upper()}{says[1:]}.", line, int(offset[1]) if offset else 0)]
    return []
