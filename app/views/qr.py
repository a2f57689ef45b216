"""A QR code as one SVG path: the page prints it without style attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

QUIET = 4  # modules of white around the code (ISO/IEC 18004 section 5.3.8); scanners need them


@dataclass(frozen=True)
class Qr:
    """One code."""

    size: Annotated[int, "modules along one side, the white around it included"]
    path: Annotated[str, "the dark modules as the d of an SVG path"]


def qr(rows: Sequence[Sequence[int]]) -> Qr:
    """The path of a matrix of modules, 1 for dark. Runs of dark modules in a row are one stroke each."""
    strokes = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                strokes.append(f"M{x + QUIET} {y + QUIET}h{end - x}v1h-{end - x}z")
            x = end + 1
    return Qr(len(rows) + 2 * QUIET, "".join(strokes))
