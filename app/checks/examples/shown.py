"""The two exchanges that a page of the catalogue shows: one that a check refuses and one that it lets pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.checks.engine import examine
from app.checks.examples.corpus import EXAMPLES
from app.checks.examples.tape import run_of
from app.checks.model import Finding
from app.flow.log import Choice, Entry, Leg, Run
from app.wire.messages import Exchange


@dataclass(frozen=True)
class Shown:
    """`others` are the codes that other checks found in the exchange that passes this one."""

    finding: Finding
    fails: Entry
    passes: Entry | None
    others: tuple[str, ...] = ()


@lru_cache(maxsize=16)
def shown(code: str) -> Shown | None:
    """The example of a code, or None where there is none."""
    example = EXAMPLES.get(code)
    if example is None:
        return None
    run, good = run_of(example.fails), run_of(example.passes)
    found = [f for f in examine(run) if f.code == code]
    finding = next((f for f in found if f.level == example.level), None)
    fails = _seen_in(run, finding) if finding else None
    if finding is None or fails is None:
        return None
    passes = _like(fails, good)
    others = {f.code: None for f in examine(good) if passes and passes.seq in (f.entry, f.evidence.entry) and f.level != "NOTE"}
    return Shown(finding, fails, passes, tuple(others))


def _seen_in(run: Run, finding: Finding) -> Entry | None:
    """What crossed the wire where the evidence points, or the last thing before it that did."""
    at = finding.evidence.entry or finding.entry
    crossed = [e for e in run.entries if e.seq <= at and not isinstance(e.body, Choice)]
    here = [e for e in crossed if e.seq == at or e.step == finding.step]
    return next(iter(reversed(here or crossed)), None)


def _like(fails: Entry, good: Run) -> Entry | None:
    """The same exchange of the other walk: the same role, else the same step."""
    alike = [e for e in good.entries if e.step == fails.step and isinstance(e.body, Exchange | Leg) and type(e.body) is type(fails.body)]
    return next((e for e in reversed(alike) if e.role == fails.role), None) or next(iter(reversed(alike)), None)
