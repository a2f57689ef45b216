"""One look at a run: everything that its page, its twin and its files are made from.

This is the one place that decides what a lesson hides. Until its person has answered or given up, a look has no findings, and the run
and the facts in it are copies that keep silent about them; where the walk stands and what crossed the wire stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from werkzeug.exceptions import Conflict

from app.checks.model import Finding
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.moves import Standing
from app.flow.standing import standing
from app.flow.veil import veiled
from app.pages.judged import findings_of, forbids, main_of
from app.pages.pupil import follow
from app.pages.wired import wired
from app.store.leases import Lease

IN_A_LESSON = "This run belongs to a lesson, so what the checks find is not told yet. Answer its question or give up there, then come back."


@dataclass(frozen=True)
class Look:
    """A run as it stands now. `main` is the finding to read first, `lease` says who works on it; `is_veiled`: findings are withheld."""

    run: Run
    facts: Facts
    standing: Standing
    findings: tuple[Finding, ...]
    main: Finding | None
    lease: Lease | None
    is_veiled: bool = False


def look_at(run: Run) -> Look:
    """Derive it all from the log; only the lease is asked from the store, and in a lesson how far its person is."""
    lease = wired().store.leases.lease_of(run.id)
    if lease is None:  # the work may have ended after the run was read: its last entries belong to what the page shows
        wired().store.runs.catch_up(run)
    facts = facts_of(run)
    stands = standing(facts, forbids(run), lease is not None)
    if facts.is_veiled:
        facts = follow(run, stands)
    look = Look(run, facts, stands, findings_of(run), main_of(run), lease)
    wired().memory.remember(run)
    return withheld(look) if facts.is_veiled else look


def judged_look(run: Run) -> Look:
    """A look for what would be empty without findings: reports, scores, comparisons. Raises Conflict while a lesson hides them."""
    look = look_at(run)
    if look.is_veiled:
        raise Conflict(IN_A_LESSON)
    return look


def withheld(look: Look) -> Look:
    """The same look as a lesson shows it before its answer."""
    run = veiled(look.run)
    return replace(look, run=run, facts=facts_of(run), standing=replace(look.standing, reason=""), findings=(), main=None, is_veiled=True)
