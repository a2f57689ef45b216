"""`take` drives one step, `run_on` takes steps until a person must decide. Only the wire differs between pages and tests."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from app.flow import choices
from app.flow.bounds import bounded
from app.flow.edits import edited
from app.flow.facts import Facts
from app.flow.fold import facts_of, state_of
from app.flow.log import Choice, Run
from app.flow.moves import Aside, Ask, Draw, Drawn, Walk
from app.flow.oauth import endpoint
from app.flow.proofs import asks_for_nonce, finish, new_key
from app.flow.separating import Probe, find_probe
from app.flow.standing import next_step, waits_for_person
from app.flow.steps import AFTER_HANDSHAKE, STEPS, authorize
from app.settings import Settings
from app.wire.messages import Exchange, Request
from app.wire.parse.form import with_query

FULL = "This run holds as many exchanges as one run may (EXCHANGES_PER_RUN). Start a new one."
TOO_LONG = "The step took longer than one step may (STEP_SECONDS)."
WITH_NONCE = "The server asked for its own nonce in the proof, so the same request goes once more with it (RFC 9449 section 8)."
CANCELLED = "You pressed cancel."
LOST = "This app lost its hold on the run, most likely because the machine was too busy. Nobody pressed cancel; press again."
OUTCOMES = {CANCELLED: "cancelled", LOST: "interrupted"}  # every other reason to stop is a failure
MAX_STEPS_AT_ONCE = 40  # two laps and a second grant need 28


class Send(Protocol):
    """The wire: one request out, one exchange back, whatever happened."""

    def __call__(self, request: Request, *, deadline_s: float) -> Exchange: ...


class Problem(Protocol):
    """What `forbids` returns: a finding, as far as the flow needs to know it."""

    @property
    def code(self) -> str: ...
    @property
    def entry(self) -> int: ...


Forbids = Callable[[Run], Problem | None]


@dataclass(frozen=True)
class Means:
    """What a take works with: the wire, the limits, the clock, and whether the person pressed cancel."""

    send: Send
    limits: Settings
    stop: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    lost: Callable[[], bool] = lambda: False  # was it stopped because another worker may have taken the run over?


def take(run: Run, step: str, means: Means, pace: str = "step") -> None:
    """Take one step: every exchange is appended as it happens. A step that is not needed is skipped with its reason."""
    facts = facts_of(run)
    module = STEPS[step]
    if reason := module.skips(facts):
        _end(run, step, "skipped", reason)
        return
    run.append(Choice(choices.TAKE, {"step": step, "pace": pace}), step=step)
    facts = facts_of(run)
    if reason := module.needs(facts):
        _end(run, step, "failed", reason)
        return
    outcome, reason = _drive(run, step, module.walk(facts), means)
    _end(run, step, outcome, reason)


def take_probe(run: Run, slug: str, means: Means) -> None:
    """Send the requests of a separating probe."""
    if probe := find_probe(slug):
        take_aside(run, probe, means)


def take_aside(run: Run, probe: Probe, means: Means) -> None:
    """Send requests beside the walk. Two choices stand around them; where the run stands does not change."""
    named = {"slug": probe.slug, "label": probe.label}
    run.append(Choice(choices.PROBE, {**named, "phase": "begin"}), why=probe.question)
    began, facts = len(run.entries), facts_of(run)
    walk = probe.walk(facts) if probe.anywhere else bounded(probe.walk(facts), facts)
    outcome, reason = _drive(run, "", walk, means)
    asked = [entry for entry in run.entries[began:] if entry.is_aside]
    says = reason or probe.reads(run.entries, asked)
    run.append(Choice(choices.PROBE, {**named, "phase": "end", "outcome": outcome, "says": says}))


def settle(run: Run, means: Means) -> None:
    """Draw the next authorization request at once where a step-up or a second grant needs one."""
    facts = facts_of(run)
    due = (facts.wanted_scope or facts.grant_dead) and next_step(facts) == "authorize"
    if due and facts.client and state_of(facts, "authorize").state == "todo" and facts.asked_since_click < 3:
        take(run, "authorize", means, facts.pace)


def run_on(run: Run, means: Means, forbids: Forbids) -> None:
    """Take steps until a person must decide, a finding forbids going on, or the handshake is proved."""
    last, was_called = "", False
    for _ in range(MAX_STEPS_AT_ONCE):
        facts = facts_of(run)
        step = next_step(facts)
        if not step or means.stop() or waits_for_person(facts) or forbids(run):
            return
        if last and _is_connected(last, step, was_called):
            return  # what follows costs tokens, so it is a new decision
        last, was_called = step, facts.called
        take(run, step, means, pace="run")
        settle(run, means)
        if state_of(facts_of(run), step).state in ("refused", "interrupted"):
            return


def _is_connected(last: str, step: str, was_called: bool) -> bool:
    """Does the walk stand still here, once `last` was taken? `was_called`: it was a tool's call, after a proved handshake."""
    if last == "call":
        return step in ("refresh", "replay") or (was_called and step in AFTER_HANDSHAKE)
    return step == "refresh"


def _drive(run: Run, step: str, walk: Walk, means: Means) -> tuple[str, str]:
    return drive(run, step, walk, means, means.limits.step_seconds)


def drive(run: Run, step: str, walk: Walk, means: Means, seconds: float) -> tuple[str, str]:
    """Answer each move of a walk, for so many seconds at most. Returns (outcome, reason)."""
    began, first = means.clock(), True
    heard: tuple[Any, Facts] | None = None
    while True:
        try:
            move = walk.send(heard)
        except StopIteration as end:
            return ("failed", end.value) if end.value else ("done", "")
        if isinstance(move, Ask):
            left = seconds - (means.clock() - began)
            if reason := _must_stop(run, means, left):
                return OUTCOMES.get(reason, "failed"), reason
            heard = _ask(run, step, move, means, left, first)
            first = False
        elif isinstance(move, Draw):
            heard = (draw(move), facts_of(run))
        else:
            entry = run.append(Choice(move.name, move.values), step=step, why=move.why)
            heard = (entry, facts_of(run))


def _ask(run: Run, step: str, ask: Ask, means: Means, left: float, first: bool) -> tuple[Exchange, Facts]:
    if isinstance(ask, Aside):
        return _send(run, ask.step, ask.request, ask, means, left), facts_of(run)
    edit = facts_of(run).edit
    request = edited(ask.request, edit) if first and edit and edit.step == step else ask.request
    exchange = _send(run, step, request, ask, means, left)
    if asks_for_nonce(exchange) and request.header("dpop"):
        exchange = _send(run, step, request, replace(ask, why=WITH_NONCE), means, left)
    return exchange, facts_of(run)


def _send(run: Run, step: str, request: Request, ask: Ask, means: Means, left: float) -> Exchange:
    request = finish(request, facts_of(run), draw(Draw()))
    exchange = means.send(request, deadline_s=min(left, means.limits.exchange_seconds))
    run.append(exchange, step=step, role=ask.role, why=ask.why, at=exchange.started_at or None)
    return exchange


def _must_stop(run: Run, means: Means, left: float) -> str:
    if means.stop():
        return LOST if means.lost() else CANCELLED
    if left <= 0:
        return TOO_LONG
    return FULL if facts_of(run).exchanges >= means.limits.exchanges_per_run else ""


def _end(run: Run, step: str, outcome: str, reason: str) -> None:
    run.append(Choice(choices.ENDED, {"step": step, "outcome": outcome, "reason": reason}), step=step)


def draw(move: Draw) -> Drawn:
    """Fresh random values. State stays short: some servers keep 255 characters of it at most."""
    key = new_key() if move.key else {}
    return Drawn(secrets.token_urlsafe(24), secrets.token_urlsafe(48), secrets.token_urlsafe(24), time.time(), key)


TO_BE_DRAWN = Drawn("drawn-when-you-go", "x" * 43, "drawn-when-you-go")


def preview(facts: Facts, step: str) -> Ask | None:
    """The next request of a step, not sent; None where it sends none or cannot be taken yet. `authorize` shows the browser's."""
    module = STEPS.get(step)
    if module is None or module.skips(facts) or module.needs(facts):
        return None
    if step == "authorize":
        url = with_query(endpoint(facts, "authorization_endpoint"), authorize.pairs(facts, TO_BE_DRAWN))
        return Ask(Request("GET", url), "authorize", "Your own browser takes this request out.", authorize.PURPOSES)
    walk: Any = module.walk(facts)
    move = next(walk, None)
    walk.close()
    return move if isinstance(move, Ask) else None
