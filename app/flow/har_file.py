"""A HAR file as JSON, with the place of everything that is wrong with it. Nothing in the file is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.wire.parse.json import read_json

MOST_BYTES = 10_000_000  # a browser's file of a whole sign-in has 2 to 6 MB; it is read into memory at once
MOST_DEPTH = 100  # HAR needs about ten levels, arguments of a tool call some more
MOST_ENTRIES = 5_000  # a browser left open all day


class BadFile(ValueError):
    """A file that cannot be read; `says` is one sentence for the person, with the place (a JSON pointer or a line)."""

    def __init__(self, says: str, place: str = "") -> None:
        self.says = f"{says} (at {place[:200]})" if place else says
        super().__init__(self.says)


@dataclass(frozen=True)
class Node:
    """A value of the file and its JSON pointer. What is absent or null is empty; what is of another kind is a BadFile."""

    value: Any
    pointer: str = ""

    def child(self, name: str) -> Node:
        held = self.value if isinstance(self.value, Mapping) else {}
        return Node(held.get(name), f"{self.pointer}/{name}")

    def object(self) -> Mapping[str, Any]:
        """The object that must stand here."""
        if not isinstance(self.value, Mapping):
            raise BadFile(f"An object is expected here, not {kind_of(self.value)}", self.pointer)
        return self.value

    def items(self) -> list[Node]:
        """The list that must stand here; absent = empty."""
        if self.value is None:
            return []
        if not isinstance(self.value, list | tuple):
            raise BadFile(f"A list is expected here, not {kind_of(self.value)}", self.pointer)
        return [Node(item, f"{self.pointer}/{number}") for number, item in enumerate(self.value)]

    def text(self, name: str, default: str = "") -> str:
        """A member that is a string; a number or a boolean is taken as it is written."""
        found = self.child(name)
        if found.value is None:
            return default
        if isinstance(found.value, bool | int | float):
            return str(found.value)
        if not isinstance(found.value, str):
            raise BadFile(f"A text is expected here, not {kind_of(found.value)}", found.pointer)
        return found.value

    def number(self, name: str, default: float = 0.0) -> float:
        """A member that is a number, or a string of digits."""
        found = self.child(name)
        if found.value is None or found.value == "":
            return default
        try:
            if isinstance(found.value, str | int | float):
                return float(found.value)
        except (ValueError, OverflowError):
            pass
        raise BadFile(f"A number is expected here, not {kind_of(found.value)}", found.pointer)

    def flag(self, name: str) -> bool:
        return self.child(name).value is True


def kind_of(value: Any) -> str:
    """What a JSON value is, in words."""
    kinds = ((bool, "a boolean"), (str, "a text"), (Mapping, "an object"), (list, "a list"), (type(None), "nothing"))
    return next((words for kind, words in kinds if isinstance(value, kind)), "a number")


def read_har(source: bytes | Mapping[str, Any]) -> Node:
    """The `log` object of a HAR file. Raises BadFile."""
    whole = Node(_parsed(source) if isinstance(source, bytes) else source)
    log = Node(whole.object()).child("log")
    if log.value is None:
        raise BadFile("This is JSON, but no HAR file: the member `log` is missing", "/log")
    log.object()
    if len(log.child("entries").items()) > MOST_ENTRIES:
        raise BadFile(f"The file has more than {MOST_ENTRIES:,} entries. Export fewer, for example those of one host", "/log/entries")
    return log


def _parsed(source: bytes) -> Any:
    if len(source) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Export it without the contents of images and scripts.")
    read = read_json(source, depth=MOST_DEPTH)
    if not read.error:
        return read.value
    line = source[: max(read.at, 0)].count(b"\n") + 1
    raise BadFile(f"This is no HAR file, which is JSON. {read.error}", f"line {line}, byte {max(read.at, 0):,}")


def pairs_of(node: Node) -> Iterator[tuple[str, str]]:
    """Header or parameter items, written as {name, value} or as [name, value] (both are found in the wild)."""
    for item in node.items():
        if isinstance(item.value, list | tuple):
            if len(item.value) != 2 or not all(isinstance(part, str) for part in item.value):
                raise BadFile("A pair of two texts is expected here", item.pointer)
            yield item.value[0], item.value[1]
        else:
            item.object()
            yield item.text("name"), item.text("value")
