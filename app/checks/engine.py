"""Ask every check of every entry; say which findings count, which one forbids going on, and which is the main one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from app.checks.catalogue import CHECKS
from app.checks.explains import cause_of
from app.checks.healing import past_of, walked_back
from app.checks.model import NOTE, STOP, WARN, Check, Evidence, Finding, NotAsked, Question, Seen, Verdict, level_for
from app.checks.reading import wants_nonce
from app.checks.takes import Take, edit_in_words, takes_of
from app.flow.facts import Facts
from app.flow.fold import fold
from app.flow.log import Choice, Entry, Leg, Run
from app.flow.revisions import rules
from app.wire.messages import Exchange

TELLING = ("gave_up", "session_lost")  # choices that are questions of their own
RANK = {STOP: 3, WARN: 2, NOTE: 1}
Asked = tuple[Check, Verdict]


@dataclass(frozen=True)
class _Answered:
    """What was answered about the first `seen` entries: a check looks at the run up to its own, so under one revision it stays true."""

    seen: int = 0
    revision: str = ""
    found: tuple[Finding, ...] = ()
    skipped: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True)
class Examined:
    """What a run looks like to the checks. `findings` are in the order of the entries."""

    findings: tuple[Finding, ...]
    not_asked: tuple[tuple[str, int, str], ...]  # (code, entry, because)
    facts: Facts


def examine(run: Run) -> list[Finding]:
    """Every finding, in the order of the entries."""
    return list(examined(run).findings)


def not_asked(run: Run) -> list[tuple[str, int, str]]:
    """(code, entry, because) of every question that could not be asked."""
    return list(examined(run).not_asked)


def examined(run: Run) -> Examined:
    """The same answer again while the log has not grown: pages, engine and JSON twin ask in a row."""
    kept: tuple[_Answered, Examined] | None = vars(run).get("_examined")
    if kept is None or kept[0].seen != len(run.entries):
        kept = vars(run)["_examined"] = _examine(run, kept[0] if kept else _Answered())
    return kept[1]


def adopt(run: Run, older: Run) -> None:
    """Take over what was derived from the same log when it was read before; only what its growth added is derived anew."""
    count = len(run.entries)
    run.folded, run.secrets = older.folded[:count], older.secrets
    kept = vars(older).get("_examined")
    if kept is not None and kept[0].seen <= count:
        vars(run)["_examined"] = kept


def forbids(run: Run) -> Finding | None:
    """The finding that forbids going on now, or None. One that the person went past, or walked back from, does not."""
    result = examined(run)
    return _forbidding(result.findings, run)


def main(findings: Iterable[Finding], facts: Facts, run: Run | None = None) -> Finding | None:
    """What ended the walk, whatever its level; else the earliest STOP; else the first WARN. A cause stands in for its symptom.

    Where the run is given too, a finding that the walk has walked back from is no longer what ended it.
    """
    counting = [f for f in findings if not f.past]
    here = _forbidding(counting, run)
    stops = (f for f in counting if f.level == STOP)
    warns = (f for f in counting if f.level == WARN)
    first = here or next(stops, None) or next(warns, None)
    return cause_of(first, counting) if first else None


def main_of(run: Run) -> Finding | None:
    """The main finding of a run."""
    result = examined(run)
    return main(result.findings, result.facts, run)


def _forbidding(findings: Iterable[Finding], run: Run | None) -> Finding | None:
    # a separating probe explains, it does not end anything: where the run stands must not change by one
    grave = (f for f in findings if not f.past and not f.gone_past and not f.aside and (f.level == STOP or f.ends))
    standing = [f for f in grave if run is None or not walked_back(run, f)]
    return next((f for f in standing if f.ends), None) or next(iter(standing), None)


def _examine(run: Run, before: _Answered) -> tuple[_Answered, Examined]:
    """Ask about the entries that are new since `before`, then judge everything that was found as the log stands now."""
    folded = fold(run)
    facts = folded[-1][2] if folded else Facts()
    revision = rules(facts.options.revision, facts.era, facts.protocol).name
    known = before if before.revision == revision else _Answered()
    takes = takes_of(run)
    found, skipped = list(known.found), list(known.skipped)
    for earlier, entry, after in folded[known.seen :]:
        question = Question(run, entry, earlier, after, revision)
        for check, verdict in _answers(question, takes, found):
            if isinstance(verdict, NotAsked):
                skipped.append((check.code, entry.seq, verdict.because))
            elif verdict is not None:
                found.append(_finding(check, verdict, question, takes))
    gone = {(f.code, f.says) for f in found if (f.code, f.entry) in facts.gone_past}
    judged = [_judged(replace(f, gone_past=True) if (f.code, f.says) in gone else f, run, facts, takes) for f in found]
    answered = _Answered(len(folded), revision, tuple(found), tuple(skipped))
    return answered, Examined(tuple(_once(judged)), answered.skipped, facts)


def _answers(q: Question, takes: list[Take], found: list[Finding]) -> Iterator[Asked]:
    """Every check that matches the entry; last resorts only where a bad end is not explained yet."""
    badly = _ended_badly(q.entry)
    explained = False
    last: list[Check] = []
    for check in matching(*names_of(q.entry)):
        if not level_for(check, q.revision):
            continue
        if badly and check.last_resort:
            last.append(check)
            continue
        verdict = check.asks(q)
        explained = explained or (isinstance(verdict, Seen) and (verdict.level or level_for(check, q.revision)) == STOP)
        yield check, verdict
    if last and not explained and not _put_back(q) and not _explained(q, takes, found):
        yield from _first(last, q)


def _first(checks: list[Check], q: Question) -> Iterator[Asked]:
    for check in checks:
        verdict = check.asks(q)
        if verdict is not None:
            yield check, verdict
            return


def _explained(q: Question, takes: list[Take], found: list[Finding]) -> bool:
    """Is there a finding that says why this take ended: in it, or before it and not gone past?"""
    ended = next((t for t in reversed(takes) if t.holds(q.entry.seq)), None)
    grave = [f for f in found if (f.level == STOP or f.ends) and not f.aside]
    if any(ended and ended.holds(f.entry) for f in grave):
        return True
    return any((f.code, f.entry) not in q.facts.gone_past and not walked_back(q.run, f, q.entry.seq) for f in grave)


def _ended_badly(entry: Entry) -> bool:
    body = entry.body
    return isinstance(body, Choice) and body.name == "ended" and body.values.get("outcome") in ("failed", "refused")


def _put_back(q: Question) -> bool:
    """Has a lap or a step-up put the step back? Then the walk goes on by itself."""
    body = q.entry.body
    state = q.facts.steps.get(str(body.values.get("step"))) if isinstance(body, Choice) else None
    return state is not None and state.state == "todo"


def names_of(entry: Entry) -> tuple[str, ...]:
    """The patterns that an entry matches."""
    body = entry.body
    if entry.is_aside:
        family = entry.role.rpartition(":")[0] + ":*"
        return (f"{entry.step}/{entry.role}", f"{entry.step}/{family}", f"*/{entry.role}")
    if isinstance(body, Exchange):
        own = () if wants_nonce(body) else (f"{entry.step}/{entry.role}", f"{entry.step}/*")
        return (*own, "*/*")
    if isinstance(body, Leg):
        return (f"leg:{body.kind}",)
    if body.name == "ended":
        return (f"ended:{body.values.get('step', entry.step)}", "ended:*")
    return (f"choice:{body.name}",) if body.name in TELLING else ()


@cache
def matching(*names: str) -> tuple[Check, ...]:
    return tuple(check for check in CHECKS if any(name in check.on for name in names))


def _finding(check: Check, seen: Seen, q: Question, takes: list[Take]) -> Finding:
    about = q.run.entry(seen.about) or q.entry
    level = seen.level or level_for(check, q.revision)
    edited = edit_in_words(q.facts, takes, about.seq) if level == STOP else ""
    return Finding(
        code=seen.code or check.code,
        level=level,
        step=about.step or check.code.split(".")[0],
        entry=about.seq,
        title=check.title,
        says=f"{seen.says} {edited}".strip(),
        expected=seen.expected or check.expected,
        actual=seen.actual,
        why=check.why,
        spec=check.spec,
        fix_operator=check.fix_operator,
        fix_client=check.fix_client,
        evidence=seen.evidence or Evidence(about.seq),
        ends=check.ends,
        aside=q.entry.is_aside,
    )


def _judged(finding: Finding, run: Run, facts: Facts, takes: list[Take]) -> Finding:
    """A finding that the walk has healed stays, as a note."""
    past = past_of(finding, run, facts, takes)
    return replace(finding, past=past, level=NOTE, ends=False) if past else finding


def _once(findings: list[Finding]) -> list[Finding]:
    """One finding for each (code, step, entry), and one for each sentence: the gravest, and the newest of equals."""
    kept: dict[tuple[str, ...], Finding] = {}
    for key_of in (lambda f: (f.code, f.step, str(f.entry)), lambda f: (f.code, f.step, f.says)):
        kept = {}
        for finding in findings:
            key = key_of(finding)
            if key not in kept or RANK[finding.level] >= RANK[kept[key].level]:
                kept[key] = finding
        findings = list(kept.values())
    return sorted(findings, key=lambda f: f.entry)
