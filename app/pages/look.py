"""One look at a run: everything that its page, its twin and its files are made from."""

from __future__ import annotations

from dataclasses import dataclass

from app.checks.model import Finding
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.moves import Standing
from app.flow.standing import standing
from app.pages.judged import findings_of, forbids, main_of
from app.pages.wired import wired
from app.store.leases import Lease


@dataclass(frozen=True)
class Look:
    """A run as it stands now. `main` is the finding to read first, `lease` says who works on it."""

    run: Run
    facts: Facts
    standing: Standing
    findings: tuple[Finding, ...]
    main: Finding | None
    lease: Lease | None


def look_at(run: Run) -> Look:
    """Derive it all from the log; only the lease is asked from the store."""
    facts, lease = facts_of(run), wired().store.leases.lease_of(run.id)
    look = Look(run, facts, standing(facts, forbids(run), lease is not None), findings_of(run), main_of(run), lease)
    wired().memory.remember(run)
    return look
