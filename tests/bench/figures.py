"""One measured figure beside the bar it is held to, and the table of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`; `at_most` is the bar it is held to, None where there is none; `beside` says how it was measured."""

    what: str
    value: float
    unit: str
    at_most: float | None
    beside: str

    @property
    def is_held(self) -> bool:
        return self.at_most is None or self.value <= self.at_most

    def row(self) -> str:
        bar = "" if self.at_most is None else f"{self.at_most:g} {self.unit}".strip()
        verdict = "" if self.at_most is None else ("yes" if self.is_held else "**no**")
        beside = " ".join(self.beside.split()).replace("|", "/")
        return f"| {self.what} | {self.value:.3g} {self.unit} | {bar} | {verdict} | {beside} |".replace("  ", " ")


def table(figures: Sequence[Figure]) -> str:
    return "\n".join(["| what | measured | at most | held | how |", "|---|---|---|---|---|", *(figure.row() for figure in figures)])


def ratio_of_medians(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times the other's time we take."""
    return statistics.median(ours) / statistics.median(theirs)


def p95(values: Sequence[float]) -> float:
    """What nineteen of twenty stay below. Not a number where nothing was measured: such a figure is never held."""
    return sorted(values)[int(len(values) * 0.95)] if values else math.nan
