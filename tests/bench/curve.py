"""A figure that is measured at several sizes: a small plot in text, and a row that says whether it bends."""

from __future__ import annotations

import math
from dataclasses import dataclass

from figures import Figure

WIDTH = 40


@dataclass(frozen=True)
class Curve:
    """`points` are (size, value); the value at the largest size may be at most `bend` times that at the smallest."""

    what: str
    of: str
    unit: str
    points: tuple[tuple[int, float], ...]
    bend: float | None = None

    def figure(self) -> Figure:
        (small, first), (large, last) = self.points[0], self.points[-1]
        how = f"{last:.3g} {self.unit} against {first:.3g} {self.unit}"
        return Figure(f"{self.what}, {large:,} {self.of} / {small:,}", last / first, "x", self.bend, how)

    def plot(self) -> str:
        """One line for each point; the longest bar is the largest value."""
        most = max(value for _, value in self.points) or 1  # nothing at all is no bar
        lines = [f"{size:>9,} {'█' * math.ceil(value / most * WIDTH):<{WIDTH}} {value:.3g} {self.unit}" for size, value in self.points]
        return "\n".join([f"{self.what}, by {self.of}", *lines])


def plots(curves: list[Curve]) -> str:
    """All of them, as a block of Markdown."""
    return "```text\n" + "\n\n".join(curve.plot() for curve in curves) + "\n```"
