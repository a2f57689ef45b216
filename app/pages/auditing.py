"""The work of an audit: under the run's lease, in the pool beside the pages, by whichever worker was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.flow.acts import BadChoice
from app.flow.audits.attempts import SLUGS, possible
from app.flow.audits.progress import STATES, STOPPED, begin, end, take_audit
from app.flow.audits.reading import Audit, audit_of
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.standing import standing
from app.pages.jobs import AllBusy, Job, Work
from app.pages.judged import forbids
from app.pages.log_lines import log_event
from app.pages.moves import is_stale, load, means_of
from app.pages.wired import wired
from app.wire.parse.url import same_origin

ROUTE_CHARACTERS = 2_000
NOWHERE = "An audit begins where the walk has come to its tokens: walk to the state connected first."
UNDER_WAY = "An audit is under way already. Sign in for it, or end it, before another one begins."
NOTHING_CHOSEN = "Nothing was chosen. Mark at least one attempt."
OTHER_HOST = "The other route must be a URL of the same server (scheme, host and port), because only servers that you entered are asked."


@dataclass(frozen=True)
class Asked:
    """What the form said."""

    attempts: tuple[str, ...] = ()
    other_route: str = ""
    seen: str = ""


def why_not(run: Run, facts: Facts) -> str:
    """Why no audit can begin now; empty where one can."""
    if facts.read_only:
        return facts.read_only
    audit = audit_of(run.entries)
    if audit is not None and not audit.outcome:
        return UNDER_WAY
    return "" if standing(facts, forbids(run), busy=False).state in STATES else NOWHERE


def start_audit(run: Run, asked: Asked) -> None:
    """Write the choice down and send what can be sent. Raises BadChoice, AllBusy."""
    _press(run, "audit", partial(_begin, asked=asked), asked.seen)


def go_on(run: Run, seen: str) -> None:
    """Go on with an audit that a dead worker left. Raises BadChoice, AllBusy."""
    _press(run, "audit", lambda kept, facts: None, seen)


def stop_audit(run: Run, seen: str) -> None:
    """End an audit that waits. Raises BadChoice, AllBusy."""
    _press(run, "audit", _stop, seen)


def audit_a_little(run_id: str, owner: str) -> None:
    """The browser brought a code: use it at once. Where no place is free, the page offers to go on."""
    try:
        job = wired().jobs.start(run_id, "audit", partial(_work_of, run_id, owner))
    except AllBusy:
        return
    if job:
        wired().jobs.look(job)


def _press(run: Run, word: str, act: Callable[[Run, Facts], None], seen: str) -> None:
    def prepare() -> Work | None:
        kept = load(run.id, run.owner)
        if is_stale(kept, {"seen": seen}):
            return None
        facts = facts_of(kept)
        if facts.read_only:
            raise BadChoice(facts.read_only)
        act(kept, facts)
        return _work(kept)

    job = wired().jobs.start(run.id, word, prepare)
    log_event("pressed", run=run.id, action=word, result="started" if job else "under way already")
    if job:
        wired().jobs.look(job)


def _begin(run: Run, facts: Facts, *, asked: Asked) -> None:
    if reason := why_not(run, facts):
        raise BadChoice(reason)
    can = possible(facts)
    begin(run, chosen(asked.attempts, can), _route(asked.other_route, facts))


def chosen(attempts: Sequence[str], can: Sequence[str]) -> tuple[str, ...]:
    """Those of the attempts that can be made. Raises BadChoice where none is left."""
    found = tuple(slug for slug in SLUGS if slug in attempts and slug in can)
    if not found:
        raise BadChoice(NOTHING_CHOSEN)
    return found


def _route(url: str, facts: Facts) -> str:
    if url and (len(url) > ROUTE_CHARACTERS or not url.isprintable() or not same_origin(url, facts.options.target)):
        raise BadChoice(OTHER_HOST)
    return url


def _stop(run: Run, facts: Facts) -> None:
    audit = audit_of(run.entries)
    if audit is None or audit.outcome:
        raise BadChoice("No audit is under way.")
    end(run, "stopped", STOPPED)


def _work_of(run_id: str, owner: str) -> Work:
    return _work(load(run_id, owner))


def _work(run: Run) -> Work:
    parts = wired()

    def work(job: Job) -> None:
        take_audit(run, means_of(job, parts))
        log_event("work ended", run=run.id, step="audit", entries=len(run.entries))

    return work


def waiting(audit: Audit | None) -> bool:
    """Does the audit wait for the person's browser?"""
    return audit is not None and audit.waits
