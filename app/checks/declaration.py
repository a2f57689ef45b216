"""How a check is declared: its texts in a decorator above its one question."""

from __future__ import annotations

from collections.abc import Callable

from app.checks.model import WARN, Check, Question, Spec, Verdict

REVISIONS = ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")


def check(
    code: str,
    *on: str,
    title: str,
    expected: str,
    why: str,
    spec: Spec,
    operator: str,
    client: str,
    level: str | dict[str, str] = WARN,
    ends: bool = False,
    last_resort: bool = False,
) -> Callable[[Callable[[Question], Verdict]], Check]:
    """Make the function below it the question of a Check. `operator` and `client` are the two fixes."""

    def declared(asks: Callable[[Question], Verdict]) -> Check:
        return Check(code, asks, on, level, title, expected, why, spec, operator, client, ends, last_resort)

    return declared


def by_revision(oldest: str, second: str, third: str, newest: str) -> dict[str, str]:
    """Levels in the order of the revisions; an empty string means that the check is not asked there."""
    return {name: level for name, level in zip(REVISIONS, (oldest, second, third, newest), strict=True) if level}


def since(first: str, level: str) -> dict[str, str]:
    """One level from a revision on; not asked before it."""
    return {name: level for name in REVISIONS if name >= first}
