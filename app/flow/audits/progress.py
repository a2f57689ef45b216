"""An audit under way: which part comes next, and the engine that takes it. Everything is read from the log, so any worker can go on."""

from __future__ import annotations

from dataclasses import replace

from app.flow import choices
from app.flow.audits.attempts import of_kind, token_lives
from app.flow.audits.judging import judge
from app.flow.audits.reading import BACK, OUT, REQUEST, Audit, Lap, audit_of, exchange_of, heard_token, what_of
from app.flow.audits.walks import Plan, at_the_door, with_code
from app.flow.bounds import bounded
from app.flow.engine import CANCELLED, FULL, Means, draw, drive
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import AUDIT_ROLE, Choice, Leg, Run
from app.flow.moves import Draw
from app.flow.steps import authorize
from app.flow.steps.callback import is_state

PART_SECONDS = 90.0  # one part makes up to 25 requests, of which a slow gateway may take a few seconds each
MOST_REQUESTS = 30  # of one part
MOST_SIGN_INS = 9  # every attempt with a code of its own, and one more
STATES = ("connected", "done")
TOO_MANY_SIGN_INS = f"The audit has signed in {MOST_SIGN_INS} times, which must do."
NOTHING_NEW = "The last sign-in brought nothing to judge with."
STOPPED = "You ended the audit."
END = f"{AUDIT_ROLE}end"


def begin(run: Run, attempts: tuple[str, ...], other_route: str) -> None:
    """Write down what the person chose."""
    values = {"phase": "begin", "attempts": " ".join(attempts), "other_route": other_route}
    run.append(Choice(choices.AUDIT, values), why="An audit: requests that the server must refuse.")


def end(run: Run, outcome: str, says: str = "") -> None:
    """Write down that it is over, and why."""
    run.append(Choice(choices.AUDIT, {"phase": "end", "outcome": outcome, "says": says}), role=END)


def send_out(run: Run, lap: Lap) -> str:
    """The browser leaves for the audit's own sign-in; the URL."""
    assert lap.request is not None
    run.append(Leg("authorize", lap.request.url), step="authorize", role=OUT, why="The browser went out for a sign-in of the audit.")
    return lap.request.url


def take_back(run: Run, leg: Leg) -> None:
    """The browser brought the answer of the audit's own sign-in."""
    run.append(leg, step="callback", role=BACK, why="The browser came back for the audit.")


def awaits(run: Run, state: str) -> bool:
    """Is this the state of a sign-in that an audit of the run asked for?"""
    audit = audit_of(run.entries)
    return audit is not None and any(lap.request is not None and is_state(state, lap.request) for lap in audit.laps)


def pending(audit: Audit, facts: Facts) -> tuple[str, ...]:
    """The chosen attempts that have no verdict yet."""
    return tuple(slug for slug in audit.chosen if judge(audit, slug, facts) is None)


def take_audit(run: Run, means: Means) -> None:
    """Go on until the browser is needed, or to the end."""
    while (audit := audit_of(run.entries)) and not audit.outcome:
        facts, lap = facts_of(run), audit.lap
        open_ones = pending(audit, facts)
        if lap.waits:
            return
        if lap.request is None and not lap.asked and token_lives(facts) and of_kind(open_ones, "token"):
            token = facts.tokens.access if facts.tokens else ""
            walk = at_the_door(facts, open_ones, audit.other_route, token)
        elif lap.answer is not None and lap.answer.code and not lap.asked and open_ones and lap.request:
            walk = with_code(facts, lap.request, lap.answer, plan_of(audit, open_ones))
        else:
            if says := no_further_sign_in(audit, facts, open_ones):
                end(run, "done" if says == DONE else "failed", "" if says == DONE else says)
                return
            ask_for_sign_in(run, facts)
            return
        outcome, reason = drive(run, "", bounded(walk, facts, MOST_REQUESTS), means, PART_SECONDS)
        if means.lost():
            return  # another worker may have taken the run over; the page offers to go on
        if means.stop() or outcome == "cancelled":
            end(run, "cancelled", reason or CANCELLED)
        elif reason == FULL:
            end(run, "failed", reason)


DONE = "done"


def no_further_sign_in(audit: Audit, facts: Facts, open_ones: tuple[str, ...]) -> str:
    """Why no sign-in follows: DONE where nothing is open, else the reason; empty where one should."""
    if not open_ones:
        return DONE
    if not facts.by_browser or authorize.needs(facts):
        return authorize.needs(facts) or "This grant needs no browser, so there is no sign-in."
    if audit.sign_ins >= MOST_SIGN_INS:
        return TOO_MANY_SIGN_INS
    answer = audit.lap.answer
    if answer is not None and not answer.code:
        return f"The sign-in ended with {answer.error or 'no code'}."
    before = replace(audit, laps=audit.laps[:-1])
    if answer is not None and len(pending(before, facts)) == len(open_ones):
        return NOTHING_NEW
    return ""


def ask_for_sign_in(run: Run, facts: Facts) -> None:
    """Draw an authorization request like the walk's own, with a state and a verifier of its own."""
    values = {**authorize.request(replace(facts, edit=None), draw(Draw())), "reason": "audit"}
    why = "The audit needs a fresh code, and this sign-in brings it."
    run.append(Choice(choices.AUDIT_REQUEST, values), step="authorize", role=REQUEST, why=why)


def plan_of(audit: Audit, open_ones: tuple[str, ...]) -> Plan:
    """What the laps so far have taught about this server's codes."""
    return Plan(open_ones, any(map(_died, audit.laps)), any(map(_used_up, audit.laps)), audit.other_route)


def _codes(lap: Lap) -> list[tuple[str, str]]:
    """(attempt or control, what was heard) of the exchanges of the lap's code."""
    made = [(what_of(e), e) for e in lap.asked if e.step == "token"]
    return [(slug, heard_token(exchange_of(e))) for (slug, what), e in made if slug != "code_twice" and what in ("asked", "code")]


def _died(lap: Lap) -> bool:
    """Was the right exchange refused behind wrong ones?"""
    heard = _codes(lap)
    return len(heard) > 1 and heard[-1] == ("control", "refused")


def _used_up(lap: Lap) -> bool:
    """Was a wrong exchange refused behind one that gave tokens?"""
    said = [word for _, word in _codes(lap)]
    return "granted" in said and "refused" in said[said.index("granted") :]
