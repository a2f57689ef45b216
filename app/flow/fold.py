"""`learn(facts, entry) -> facts`: the pure fold that makes facts from a log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from app.flow import choices
from app.flow.facts import Client, Edit, Facts, Options, Pending, StepState, Tokens
from app.flow.grants import AGAIN_AFTER_GRANT, AGAIN_AFTER_LAP
from app.flow.log import Choice, Entry, Leg, Run
from app.flow.progress import begin_step, end_step, go_back, leave_step
from app.flow.proofs import learn_nonce
from app.flow.steps import STEPS
from app.flow.steps.authorize import drawn_request, left
from app.flow.steps.callback import came_back
from app.flow.steps.register import keep_client
from app.wire.messages import Exchange

Learn = Callable[[Facts, Entry, Mapping[str, Any]], Facts]


def learn(facts: Facts, entry: Entry) -> Facts:
    """What is known after one more entry."""
    body = entry.body
    if isinstance(body, Exchange):
        return _learn_exchange(facts, entry, body)
    if isinstance(body, Leg):
        return _learn_leg(facts, entry, body)
    known = CHOICES.get(body.name)
    return known(facts, entry, body.values) if known else facts


def fold(run: Run) -> Sequence[tuple[Facts, Entry, Facts]]:
    """(facts before, entry, facts after) for every entry of a run. Kept on the run: a log only grows."""
    kept = run.folded
    for entry in run.entries[len(kept) :]:
        before = kept[-1][2] if kept else Facts()
        kept.append((before, entry, learn(before, entry)))
    return kept


def facts_of(run: Run) -> Facts:
    """The facts after the newest entry."""
    folded = fold(run)
    return folded[-1][2] if folded else Facts()


def _learn_exchange(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    facts = replace(facts, exchanges=facts.exchanges + 1)
    if entry.is_aside:
        return facts  # it counts against the limit, and is evidence for checks: the walk stays as it was
    facts = learn_nonce(facts, exchange)
    step = STEPS.get(entry.step)
    learnt: Facts = step.learn(facts, entry, exchange) if step and hasattr(step, "learn") else facts
    if learnt.lap > facts.lap:
        return go_back(learnt, AGAIN_AFTER_LAP)
    return learnt


def _learn_leg(facts: Facts, entry: Entry, leg: Leg) -> Facts:
    if entry.is_aside:
        return facts  # a sign-in of an audit
    if leg.kind == "authorize":
        return left(facts, leg, entry.at)
    learnt = came_back(facts, entry, leg)
    if learnt.answer is facts.answer:
        return leave_step(learnt, "callback", "refused", "The answer did not fit the request.", entry.seq) if learnt.misfit else learnt
    return leave_step(learnt, "callback", "done", "", entry.seq)


def _options(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    known = {f.name for f in fields(Options)}
    return replace(facts, options=Options(**{k: v for k, v in values.items() if k in known}))


def _take(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    step = str(values.get("step", ""))
    facts = begin_step(replace(facts, pace=str(values.get("pace", "step"))), step, entry.seq)
    if step in ("refresh", "replay", "revoke"):
        facts = replace(facts, asked_since_click=0)
    module = STEPS.get(step)
    begun: Facts = module.begin(facts) if module and hasattr(module, "begin") else facts
    return begun


def _ended(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    step, outcome = str(values.get("step", "")), str(values.get("outcome", "done"))
    module = STEPS.get(step)
    if module and hasattr(module, "end") and outcome != "skipped":
        facts = module.end(facts)
    elif step == "resource_metadata":
        facts = STEPS[step].end(facts)  # skipped in 2025-03-26: the origin is the server
    was_dead = facts.grant_dead and step == "replay"
    facts = end_step(facts, step, outcome, str(values.get("reason", "")), entry.seq)
    return go_back(facts, AGAIN_AFTER_GRANT) if was_dead or (step == "call" and facts.wanted_scope) else facts


def _authorize(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return drawn_request(facts, values, entry.seq, entry.at)


def _client(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return keep_client(facts, Client(**values, entry=entry.seq))


def _server(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, chosen_issuer=str(values.get("issuer", "")))


def _edit(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    known = {f.name for f in fields(Edit)} - {"entry"}
    given: dict[str, Any] = {k: tuple(map(_frozen, v)) if isinstance(v, list | tuple) else v for k, v in values.items() if k in known}
    edit = Edit(**given, entry=entry.seq)
    return replace(facts, edit=edit, edits=(*facts.edits, edit))


def _frozen(item: Any) -> Any:
    return tuple(item) if isinstance(item, list) else item


def _go_on(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    code = str(values.get("code", ""))
    facts = replace(facts, gone_past=facts.gone_past | {(code, int(values.get("entry", 0)))})
    if code.startswith("resource_metadata.") and not facts.resource_metadata:
        return go_back(facts, ("resource_metadata",))  # the well-known paths have not been tried yet
    return facts


def _again(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    step = str(values.get("step", ""))
    facts = go_back(replace(facts, asked_since_click=0, misfit=0, gave_up=0), _with_followers(step))
    before_the_browser = step in ("probe", *AGAIN_AFTER_LAP[: AGAIN_AFTER_LAP.index("callback")])
    # an answer to an older request must not be redeemed in place of the one that is asked for now
    return replace(facts, answer=None, authorization=None) if before_the_browser else facts


def _with_followers(step: str) -> tuple[str, ...]:
    chain = ("probe", *AGAIN_AFTER_LAP)
    return chain[chain.index(step) :] if step in chain else (step,)


def _forget(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, clients={k: v for k, v in facts.clients.items() if k != values.get("issuer")})


def _call_tool(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    pending = Pending(str(values.get("name", "")), dict(values.get("arguments") or {}), entry=entry.seq)
    return replace(facts, pending=pending, connect=None)


def _retry_connect(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, connect=None)


def _key(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, key=dict(values.get("jwk") or {}))


def _dpop_key(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, dpop_key=dict(values.get("jwk") or {}))


def _gave_up(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    reason = "You said that nothing came back."
    return leave_step(replace(facts, gave_up=entry.seq), "callback", "refused", reason, entry.seq)


def _imported(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, read_only=str(values.get("says") or "Imported, so nothing can be sent."))


def _held(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    access, refresh = str(values.get("access_token", "")), str(values.get("refresh_token", ""))
    tokens = Tokens(access, refresh, source="held", entry=entry.seq, at=entry.at)
    return replace(facts, tokens=tokens, token_history=(*facts.token_history, tokens))


def _lesson(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, lesson=str(values.get("slug", "")), lesson_room=str(values.get("room", "")))


def _lesson_over(facts: Facts, entry: Entry, values: Mapping[str, Any]) -> Facts:
    return replace(facts, lesson_over=str(values.get("how") or "shown"))


CHOICES: Mapping[str, Learn] = {
    choices.OPTIONS: _options,
    choices.TAKE: _take,
    choices.ENDED: _ended,
    choices.AUTHORIZE: _authorize,
    choices.CLIENT: _client,
    choices.SERVER: _server,
    choices.EDIT: _edit,
    choices.GO_ON: _go_on,
    choices.AGAIN: _again,
    choices.FORGET: _forget,
    choices.CALL_TOOL: _call_tool,
    choices.RETRY_CONNECT: _retry_connect,
    choices.KEY: _key,
    choices.DPOP_KEY: _dpop_key,
    choices.GAVE_UP: _gave_up,
    choices.IMPORTED: _imported,
    choices.HELD: _held,
    choices.LESSON: _lesson,
    choices.LESSON_OVER: _lesson_over,
}


def state_of(facts: Facts, step: str) -> StepState:
    """The state of one step."""
    found = facts.steps.get(step)
    return found if isinstance(found, StepState) else StepState()


def is_choice(entry: Entry, name: str) -> bool:
    """Is this entry a choice of that name?"""
    return isinstance(entry.body, Choice) and entry.body.name == name
