"""The one place where pages ask the checks."""

from __future__ import annotations

from app.checks import engine
from app.checks.model import Finding
from app.flow.fold import facts_of
from app.flow.log import Run


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Every finding on the run, in the order of its log."""
    return engine.examined(run).findings


def main_of(run: Run) -> Finding | None:
    """The one finding to read first."""
    return engine.main(findings_of(run), facts_of(run), run)


def forbids(run: Run) -> Finding | None:
    """The finding that a conforming client must stop at, unless the person went past it."""
    return engine.forbids(run)


def not_asked(run: Run) -> tuple[tuple[str, int, str], ...]:
    """(code, entry, because) of every question that could not be asked."""
    return engine.examined(run).not_asked
