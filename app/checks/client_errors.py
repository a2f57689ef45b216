"""Paste the error: what clients, browsers and libraries print, and the checks that find its cause.

A sentence is a row of fragments that stand in this order, with anything between them. Texts are compared in lower case, with one
kind of quotes and of spaces. Sources: the TypeScript SDK 2.4 and the Python SDK 2.3 as published, and public reports of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from app.checks.catalogue import BY_CODE
from app.checks.client_sentences import SENTENCES

READ = 20_000  # characters of a paste; the sentence that matters stands in the first screens
APART = 400  # characters between two fragments of one sentence
MOST = 10  # entries of an answer
_QUOTES = str.maketrans("‘’‚‛“”„‟`´…\u00a0", "''''''''''. ")
_SPACES = re.compile(r"\s+")
_CODE = re.compile(r"(?<![\w.])[a-z_]{4,20}\.[a-z][a-z0-9_]{2,40}(?![\w.])")
_AADSTS = re.compile(r"aadsts\d{4,8}(?!\d)")


@dataclass(frozen=True)
class Sentence:
    """What one client prints, and the codes that produce it, likeliest first."""

    client: str
    said: tuple[str, ...]  # as it is printed
    codes: tuple[str, ...]

    @cached_property
    def fragments(self) -> tuple[str, ...]:
        """As it is looked for."""
        return tuple(_plain(part) for part in self.said)

    @property
    def weight(self) -> int:
        """The more letters a sentence has, the less it is met by chance."""
        return sum(len(fragment) for fragment in self.fragments)


@dataclass(frozen=True)
class Match:
    """One entry of the catalogue for a pasted text. `words` are ours, not the paste's: they were found in it."""

    code: str
    client: str
    words: tuple[str, ...]
    weight: int


def entries_for(text: str) -> list[Match]:
    """The entries whose clients print such a text, best first, one for each code. Reads the first 20,000 characters, in linear time."""
    pasted = _plain(text[:READ])
    found = sorted([*_named(pasted), *_said(pasted)], key=lambda m: -m.weight)
    best: dict[str, Match] = {}
    for match in found:
        best.setdefault(match.code, match)
    return list(best.values())[:MOST]


@cache
def sentences() -> tuple[Sentence, ...]:
    """Every known sentence."""
    return tuple(
        Sentence(client, tuple(part.strip() for part in text.split("…")), tuple(codes.split()))
        for client, rows in SENTENCES.items()
        for text, codes in rows
    )


@cache
def _numbers() -> frozenset[str]:
    return frozenset(s.fragments[0] for s in sentences() if _AADSTS.fullmatch(s.fragments[0]))


def printed_for(code: str) -> tuple[Sentence, ...]:
    """The sentences that lead to a code, those that mean it first."""
    meant = [(s.codes.index(code), s) for s in sentences() if code in s.codes]
    return tuple(s for _, s in sorted(meant, key=lambda pair: pair[0]))


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.translate(_QUOTES).replace('"', "'")).lower()


def _named(pasted: str) -> Iterator[Match]:
    """A code of ours in the text is the best answer that there is."""
    for code in dict.fromkeys(_CODE.findall(pasted)):
        if code in BY_CODE:  # a stack trace is full of words that look like codes
            yield Match(code, "this tool", (code,), 10_000)


def _said(pasted: str) -> Iterator[Match]:
    numbers = frozenset(_AADSTS.findall(pasted))
    for sentence in sentences():
        first = sentence.fragments[0]
        # the bare prefix stands for every number that has no entry of its own
        is_there = bool(numbers - _numbers()) if first == "aadsts" else first in numbers or _stands_in(pasted, sentence.fragments)
        if is_there:
            # the second cause of a sentence comes after the first, and before those of a much shorter sentence
            for place, code in enumerate(sentence.codes):
                yield Match(code, sentence.client, sentence.said, sentence.weight * 10 - place * 40)


def _stands_in(pasted: str, fragments: tuple[str, ...]) -> bool:
    """Do the fragments stand in this order, each near the one before? Tried from each of the first few places of the first one."""
    start = _whole(pasted, fragments[0], 0, len(pasted))
    for _ in range(5):
        if start < 0:
            return False
        at = start + len(fragments[0])
        for fragment in fragments[1:]:
            found = _whole(pasted, fragment, at, at + APART + len(fragment))
            at = found + len(fragment) if found >= 0 else -1
            if at < 0:
                break
        if at >= 0:
            return True
        start = _whole(pasted, fragments[0], start + 1, len(pasted))
    return False


def _whole(text: str, fragment: str, start: int, end: int) -> int:
    """Where the fragment stands as whole words, or -1: `404` is not in `14045`."""
    at = text.find(fragment, start, end)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(fragment) : at + len(fragment) + 1]
        joins = (before.isalnum() and fragment[0].isalnum()) or (after.isalnum() and fragment[-1].isalnum())
        if not joins:
            return at
        at = text.find(fragment, at + 1, end)
    return -1
