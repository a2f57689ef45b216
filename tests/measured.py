"""What a walk of a test was expected to show and what it showed, one JSON line each, for `make precision`. Without its setting, nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

WRITTEN_TO = "PRECISION_WALKS"  # the file's name, in the environment


@dataclass(frozen=True)
class WalkShown:
    """`expected` must be told. `clean` must not be told at STOP or WARN, None = no code but the expected and the `excused` ones."""

    told: list[tuple[str, str]]  # (level, code)
    expected: list[str] = field(default_factory=list)
    clean: list[str] | None = None
    excused: list[str] = field(default_factory=list)


def note_walk(
    told: Iterable[tuple[str, str]], *, expected: Collection[str] = (), clean: Collection[str] | None = None, excused: Collection[str] = ()
) -> None:
    """Write it down where somebody counts."""
    place = os.environ.get(WRITTEN_TO)
    if place:
        shown = WalkShown(list(told), sorted(expected), None if clean is None else sorted(clean), sorted(excused))
        with Path(place).open("a", encoding="utf-8") as file:  # one short line at a time: several workers append
            file.write(json.dumps(asdict(shown)) + "\n")


def walks_in(file: Path) -> list[WalkShown]:
    """Every walk that was written down."""
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [WalkShown([(level, code) for level, code in line.pop("told")], **line) for line in lines]
