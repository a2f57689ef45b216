"""Two JSON documents, member by member: what only one has, and what differs, by JSON pointer (RFC 6901)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEEPEST = 12  # members further in are compared as a whole
MOST = 200  # differences; documents that differ more are simply other documents
ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """One member. An empty text where the member is absent; else its JSON."""

    pointer: str
    left: str
    right: str

    @property
    def kind(self) -> str:
        """only_left, only_right or changed."""
        return "changed" if self.left and self.right else "only_left" if self.left else "only_right"


def differences(left: Any, right: Any) -> tuple[Difference, ...]:
    """Every member in which two values differ, in the order of their pointers. Lists of words are compared as sets."""
    found = []
    for pointer, one, two in _walk(left, right, "", 0):
        found.append(Difference(pointer or "/", _written(one), _written(two)))
        if len(found) == MOST:
            break
    return tuple(sorted(found, key=lambda difference: difference.pointer))


def _walk(left: Any, right: Any, pointer: str, depth: int) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(left, Mapping) and isinstance(right, Mapping) and depth < DEEPEST:
        for name in (*left, *(name for name in right if name not in left)):
            yield from _walk(left.get(name, ABSENT), right.get(name, ABSENT), f"{pointer}/{_escaped(name)}", depth + 1)
    elif not _alike(left, right):
        yield pointer, left, right


def _alike(left: Any, right: Any) -> bool:
    if _is_words(left) and _is_words(right):
        return sorted(left) == sorted(right)  # `*_supported` has no order
    return type(left) is type(right) and bool(left == right)


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _written(value: Any) -> str:
    if value is ABSENT:
        return ""
    if _is_words(value):
        return ", ".join(value) or "[]"
    try:
        return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=dict)
    except (TypeError, ValueError, RecursionError):
        return "(cannot be shown)"
