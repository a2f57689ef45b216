"""Secrets are hidden by value wherever they stand, and by name where their value was never met before.

A label such as `access#3f9a` stands in for the value: the same value has the same label all over one run.
Stored bytes never change; only what people see does.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import overload

from app.views.secret_forms import Written, is_wholly_escaped, spellings
from app.views.secret_names import HEADER_LINE, TOKEN_LIKE, kind_of, looks_public, members_in, pairs_in, rewritten
from app.views.secrets_of import LEAST, Secret, fingerprint, secrets_of
from app.views.stand_in import label_of

__all__ = ["LABEL", "Mask", "Secret", "labels_in", "mask", "mask_for", "mask_url", "secrets_of", "unmask"]

LABEL = re.compile(r"\b[a-z_]{3,24}#(?:[0-9a-f]{4}(?:[0-9a-f]{4})?|short)\b")

# a long page says the same short things again and again; remembered text takes at most 12 MB a worker
REMEMBERED, REMEMBERED_LENGTH, MASKS = 1_000, 400, 16


class Mask:
    """One run's mask. `shown` holds the labels that the person asked to see."""

    def __init__(self, secrets: tuple[Secret, ...], shown: frozenset[str] = frozenset()) -> None:
        self.secrets, self.shown = secrets, shown
        labels = [s.label for s in secrets]
        self.hidden_labels = tuple(label for label in labels if label not in shown)
        self.shown_labels = tuple(label for label in labels if label in shown)
        hidden = sorted((s for s in secrets if s.label not in shown), key=lambda s: -len(s.value))
        self._hidden = tuple((spellings(s.value), self._written(s)) for s in hidden)  # longest first: one may hold another
        self._seen: dict[str, str] = {}
        self._shown_values = {s.value for s in secrets if s.label in shown}

    def __call__(self, text: str) -> str:
        """The text with every secret replaced by its label."""
        if len(text) > REMEMBERED_LENGTH:
            return self._by_names(self._by_values(text))
        masked = self._seen.get(text)
        if masked is None:
            masked = self._by_names(self._by_values(text))
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[text] = masked
        return masked

    def _by_values(self, text: str) -> str:
        escaped = is_wholly_escaped(text)
        for value, label in self._hidden:
            text = value.replace(text, label, wholly_escaped=escaped)
        return text

    def _by_names(self, text: str) -> str:
        text = HEADER_LINE.sub(lambda m: m["name"] + m["between"] + self._header(m["name"], m["value"]), text)
        text = rewritten(text, members_in(text), lambda m: m["before"] + self._one(m["name"], m["value"], member=True) + m["after"])
        text = rewritten(text, pairs_in(text), lambda m: m["before"] + self._one(m["name"], m["value"]))
        if "eyJ" not in text:
            return text
        return TOKEN_LIKE.sub(lambda m: m[0] if m[0] in self._shown_values else self._named("jwt", m[0]), text)

    def _written(self, secret: Secret) -> Written:
        """What stands in the place of a known secret."""
        return secret.label

    def _named(self, kind: str, value: str) -> str:
        """What stands in the place of a value that only its name gave away."""
        return label_of(value) or f"{kind or 'secret'}#{fingerprint(value)}"

    def _one(self, name: str, value: str, *, member: bool = False) -> str:
        if self._stays(value) or (member and looks_public(name, value)):
            return value
        return self._named(kind_of(name), value)

    def _stays(self, value: str) -> bool:
        bare = LABEL.sub("", value)
        return not value or (bare != value and len(bare) < LEAST) or any(known in value for known in self._shown_values)

    def _header(self, name: str, value: str) -> str:
        """A credential header keeps its scheme, a cookie its name and attributes."""
        if name.lower().endswith("authorization"):
            scheme, blank, rest = value.partition(" ")
            return f"{scheme}{blank}{self._one(name, rest)}" if blank else self._one(name, value)
        first, semicolon, attributes = value.partition(";")
        if name.lower() == "cookie":
            return ";".join(self._cookie(pair) for pair in value.split(";"))
        return self._cookie(first) + semicolon + attributes

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        return f"{name}{equals}{self._one('cookie', value)}" if equals else self._one("cookie", pair)

    def header(self, name: str, value: str) -> str:
        """One header's value, masked by value and by the header's name."""
        line = self(f"{name}: {value}")
        return line[len(name) + 2 :] if line.startswith(f"{name}: ") else line

    def pair(self, name: str, value: str) -> str:
        """One parameter's decoded value, masked by value and by the parameter's name."""
        masked = self._by_values(value)
        return self._one(name, masked) if kind_of(name) else self(masked)


@lru_cache(maxsize=MASKS)
def mask_for(secrets: tuple[Secret, ...], shown: frozenset[str] = frozenset()) -> Mask:
    """The compiled mask of these secrets."""
    return Mask(secrets, shown)


@overload
def mask(text: str, secrets: tuple[Secret, ...], shown: frozenset[str] = ...) -> str: ...
@overload
def mask(text: bytes, secrets: tuple[Secret, ...], shown: frozenset[str] = ...) -> bytes: ...
def mask(text: str | bytes, secrets: tuple[Secret, ...], shown: frozenset[str] = frozenset()) -> str | bytes:
    """Text or bytes with raw, percent-encoded, JSON-escaped, HTML-escaped and Base64 forms of each secret replaced."""
    if isinstance(text, bytes):
        return mask_for(secrets, shown)(text.decode("latin-1")).encode("latin-1", "replace")
    return mask_for(secrets, shown)(text)


def mask_url(url: str, secrets: tuple[Secret, ...]) -> str:
    """A URL as it may be shown: secrets by value anywhere, by name in query and fragment."""
    return mask(url, secrets)


def unmask(text: str, secrets: tuple[Secret, ...]) -> str:
    """The text with labels put back to their values: what a person meant who edited a masked field."""
    for secret in sorted(secrets, key=lambda s: -len(s.label)):
        text = text.replace(secret.label, secret.value)
    return text


def labels_in(text: str, secrets: tuple[Secret, ...]) -> tuple[str, ...]:
    """The labels of known secrets that stand in a masked text, in order, each once."""
    known = {s.label for s in secrets}
    return tuple(dict.fromkeys(m[0] for m in LABEL.finditer(text) if m[0] in known))
