"""What the person pressed, as choices in the log and a plan for the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from app.flow import choices
from app.flow.breaks import find_break
from app.flow.engine import Problem
from app.flow.facts import Edit, Facts
from app.flow.fold import facts_of
from app.flow.log import Choice, Run
from app.flow.separating import find_probe
from app.flow.standing import ON_GRANT, can_go_on, can_take, next_step, step_state
from app.flow.steps import STEPS
from app.flow.steps.callback import waits
from app.wire.parse.json import read_json

# where a retry begins: a code is never sent twice, so a failed exchange starts at the browser again
RESTART_AT = {"callback": "authorize", "token": "authorize"}


class BadChoice(ValueError):
    """Something that cannot be done now; the message is one sentence for the person."""


@dataclass(frozen=True)
class Plan:
    """What the engine is to do: nothing, `take` of one step, `run_on`, or a separating probe."""

    kind: str  # none, take, run_on, probe
    step: str = ""  # the step, or the probe's slug


def act(run: Run, action: str, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    """Write the person's choice down and say what follows. Raises BadChoice."""
    acts = {
        "run": _run,
        "step": _step,
        "retry": _retry,
        "go_on": _go_on,
        "call_tool": _call_tool,
        "forget": _forget,
        "server": _server,
        "gave_up": _gave_up,
        "try": _try,
    }
    if action in ON_GRANT:
        return _on_grant(run, action)
    if action not in acts:
        raise BadChoice("This button is not known here. Go back to the run and use the buttons that it shows.")
    return acts[action](run, facts_of(run), form, blocked)


def _run(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    _past_a_break(run, facts, next_step(facts))
    return Plan("run_on")


def _past_a_break(run: Run, facts: Facts, step: str) -> str:
    """The step to take: where a worker died while it exchanged a code, the code may have been sent, so the browser goes out again."""
    if step != "token" or step_state(facts, step).state not in ("now", "interrupted"):
        return step
    at = RESTART_AT[step]
    run.append(Choice(choices.AGAIN, {"step": at}), step=at)
    return at


def _step(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    step = _past_a_break(run, facts, form.get("step") or next_step(facts))
    if step not in STEPS:
        raise BadChoice("There is no step left to take.")
    if edit := edit_of(facts, step, form):
        values = {k: v for k, v in asdict(edit).items() if k != "entry"}
        run.append(Choice(choices.EDIT, values), step=step)
    return Plan("take", step)


def _retry(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    if facts.connect is not None:
        run.append(Choice(choices.RETRY_CONNECT), step="call")
        return Plan("run_on" if facts.pace == "run" else "take", "call")
    at = _where(run, facts, blocked)
    run.append(Choice(choices.AGAIN, {"step": at}), step=at)
    return Plan("run_on") if facts.pace == "run" else Plan("take", at)


def _where(run: Run, facts: Facts, blocked: Problem | None) -> str:
    entry = run.entry(blocked.entry) if blocked else None
    step = entry.step if entry and entry.step in STEPS else ""
    if facts.authorization is not None and facts.answer is None and not blocked:
        step = "authorize"
    step = step or next_step(facts) or "probe"
    return RESTART_AT.get(step, step)


def _go_on(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    if blocked is None:
        raise BadChoice("Nothing stands in the way any more.")
    if not can_go_on(facts, next_step(facts)):
        raise BadChoice("The walk cannot go on from here: the next step lacks what this one should have brought.")
    run.append(Choice(choices.GO_ON, {"code": blocked.code, "entry": blocked.entry}))
    return Plan("run_on") if facts.pace == "run" else Plan("none")


def _call_tool(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    names = [str(tool.get("name")) for tool in facts.tools]
    name = form.get("tool") or (names[0] if names else "")
    if name not in names or facts.tokens is None:
        raise BadChoice("The server has not listed a tool of that name with this token.")
    read = read_json((form.get("arguments") or "{}").encode())
    if read.error or not isinstance(read.value, dict):
        raise BadChoice(f"The arguments must be a JSON object such as {{}}. {read.error}".strip())
    run.append(Choice(choices.CALL_TOOL, {"name": name, "arguments": read.value}), step="call")
    return Plan("run_on")


def _forget(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    if facts.client is None:
        raise BadChoice("There is no client to forget.")
    run.append(Choice(choices.FORGET, {"issuer": facts.issuer}), step="register")
    run.append(Choice(choices.AGAIN, {"step": "register"}), step="register")
    return Plan("none")


def _server(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    issuer = form.get("issuer", "")
    if issuer not in facts.issuers:
        raise BadChoice("The resource metadata does not name that authorization server.")
    run.append(Choice(choices.SERVER, {"issuer": issuer}), step="server_metadata")
    run.append(Choice(choices.AGAIN, {"step": "server_metadata"}), step="server_metadata")
    return Plan("none")


def _gave_up(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    if facts.authorization is None or facts.authorization.left_at is None or not waits(facts):
        raise BadChoice("No browser is out, so there is nothing to give up waiting for.")
    run.append(Choice(choices.GAVE_UP), step="callback", why="The browser left, and nothing came back.")
    return Plan("none")


def _try(run: Run, facts: Facts, form: Mapping[str, str], blocked: Problem | None) -> Plan:
    slug = form.get("probe", "")
    if find_probe(slug) is None:
        raise BadChoice("There is no probe of that name.")
    return Plan("probe", slug)


def _on_grant(run: Run, action: str) -> Plan:
    facts = facts_of(run)
    if not can_take(facts, action):
        raise BadChoice(STEPS[action].skips(facts) or STEPS[action].needs(facts))
    for name in ("refresh", "replay"):
        if action in ("revoke", "confirm") and step_state(facts, name).state == "todo":
            why = f"You went straight to {action}."
            run.append(Choice(choices.ENDED, {"step": name, "outcome": "skipped", "reason": why}), step=name)
    return Plan("take", action)


def edit_of(facts: Facts, step: str, form: Mapping[str, str]) -> Edit | None:
    """The named break that was chosen, or None. Free changes are written down by the page, which knows what it showed."""
    slug = form.get("break", "")
    if not slug:
        return None
    found = find_break(step, slug)
    edit = found.make(facts) if found else None
    if edit is None:
        raise BadChoice("This break cannot be made at this step.")
    return edit
