"""Where a run stands: the next step, whether it waits for the person, and what may be done (design.md section 5)."""

from __future__ import annotations

from app.flow.facts import Facts, StepState
from app.flow.moves import Standing
from app.flow.steps import AFTER_HANDSHAKE, NAMES, STEPS
from app.flow.steps.callback import waits

ON_GRANT = ("refresh", "replay", "revoke", "confirm")


def step_state(facts: Facts, step: str) -> StepState:
    found = facts.steps.get(step)
    return found if isinstance(found, StepState) else StepState()


def next_step(facts: Facts) -> str:
    """The first step that is neither done nor skipped; empty at the end of the walk."""
    if facts.called and facts.pending and not facts.connect and not facts.wanted_scope and facts.tokens:
        return "call"
    return next((name for name in NAMES if step_state(facts, name).state not in ("done", "skipped")), "")


def waits_for_person(facts: Facts) -> bool:
    """Is the browser out, or an upstream to be connected?"""
    return waits(facts) or facts.connect is not None


def standing(facts: Facts, blocked: object | None, busy: bool) -> Standing:
    """The state of the page contract. `blocked` is the finding that forbids going on, `busy` whether a lease is held."""
    step = next_step(facts)
    if busy:
        return Standing("running", step, ("cancel",))
    if facts.read_only:
        return _imported(facts, blocked, step)
    if waits(facts):
        return _at_authorize(facts)
    if facts.connect is not None:
        return Standing("connect", step, ("connect", "retry", "restart"))
    if blocked is not None or step_state(facts, step).state == "refused":
        return _failed(facts, step)
    if not step:
        return Standing("done", "", ("restart",), proof(facts))
    if facts.called and step in AFTER_HANDSHAKE:
        return Standing("connected", step, _connected_offers(facts, step))
    return Standing("ready", step, ("run", "step", *_forget(facts), "restart"))


def _imported(facts: Facts, blocked: object | None, step: str) -> Standing:
    """A log that was imported stands where it ends; nothing can be pressed."""
    failed = blocked is not None or (bool(step) and step_state(facts, step).state == "refused")
    return Standing("failed" if failed else "done", step if failed else "", (), facts.read_only)


def proof(facts: Facts) -> str:
    """What the end of the walk has proved, in one sentence."""
    confirm = step_state(facts, "confirm")
    if confirm.state == "skipped":
        return f"Revocation was not proved. {confirm.reason}"
    if facts.heard.get("access") != "refused":
        return "Revocation was not proved: the revoked access token was not refused."
    if "refresh" not in facts.heard:
        return "401 after revoke: proved."
    dead = facts.heard["refresh"] == "refused"
    return (
        "401 after revoke: proved, and the refresh token is dead too."
        if dead
        else "401 after revoke: proved. The refresh token still lives."
    )


def _at_authorize(facts: Facts) -> Standing:
    stepup = facts.authorization is not None and facts.authorization.reason == "stepup"
    state = "stepup" if stepup else "authorize"
    has_left = facts.authorization is not None and facts.authorization.left_at is not None
    return Standing(state, "authorize", (state, "retry", *(("gave_up",) if has_left else ()), *_forget(facts), "restart"))


def _failed(facts: Facts, step: str) -> Standing:
    on_grant = tuple(name for name in ON_GRANT if can_take(facts, name)) if facts.tokens else ()
    onward = ("go_on",) if can_go_on(facts, step) else ()
    return Standing("failed", step, ("retry", *onward, *on_grant, *_forget(facts), "restart"))


def can_go_on(facts: Facts, step: str) -> bool:
    """Is the walk past a refusal physically possible? The step itself must not have failed for want of anything."""
    if step == "resource_metadata" and facts.metadata_url and not facts.resource_metadata:
        return True
    state = step_state(facts, step)
    return bool(step) and state.state != "refused" and not STEPS[step].needs(facts)


def can_take(facts: Facts, step: str) -> bool:
    """Could this step be taken now?"""
    module = STEPS[step]
    return not module.skips(facts) and not module.needs(facts)


def _connected_offers(facts: Facts, step: str) -> tuple[str, ...]:
    on_grant = tuple(name for name in ON_GRANT if can_take(facts, name) and _in_turn(facts, name))
    tool = ("call_tool",) if facts.tools and facts.tokens and not facts.grant_dead else ()
    return ("run", "step", *tool, *on_grant, *_forget(facts), "restart")


def _in_turn(facts: Facts, step: str) -> bool:
    # before anything was revoked there is nothing to confirm
    return step != "confirm" or step_state(facts, "revoke").state == "done"


def _forget(facts: Facts) -> tuple[str, ...]:
    return ("forget",) if facts.client and facts.client.how == "dcr" else ()
