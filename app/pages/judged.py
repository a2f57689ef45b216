"""The one place where pages ask the checks, with what they answered kept for as long as the log does not grow."""

from __future__ import annotations

from app.checks import engine
from app.checks.model import Finding
from app.flow.log import Run


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Every finding on the run, in the order of its log."""
    return tuple(engine.examine(run))


def main_of(run: Run) -> Finding | None:
    """The one finding to read first."""
    return engine.main(run)


def forbids(run: Run) -> Finding | None:
    """The finding that a conforming client must stop at, unless the person went past it."""
    return engine.forbids(run)
