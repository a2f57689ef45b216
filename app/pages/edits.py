"""What may be changed before it is sent: the request that the page shows, the breaks that can be made, the changes that came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.checks.model import Finding
from app.flow import choices
from app.flow.breaks import BREAKS, Break
from app.flow.engine import preview
from app.flow.facts import Facts
from app.flow.log import Choice, Run
from app.flow.moves import Ask, Standing
from app.flow.separating import Probe, offered_probes
from app.flow.standing import step_state
from app.views.edit_form import read_edit
from app.views.secrets_of import secrets_of
from app.wire.messages import Request

WAITING_OUTSIDE = ("authorize", "stepup")


def may_send(facts: Facts, standing: Standing) -> bool:
    """May the step that the page stands before be taken? After a refusal only the refused one: the walk must not slip past it."""
    if facts.read_only:
        return False
    if standing.state == "failed":
        return step_state(facts, standing.step).state == "refused"
    return standing.state in ("ready", "connected", *WAITING_OUTSIDE)


def ask_of(facts: Facts, standing: Standing) -> Ask | None:
    """The request about to be sent, or None."""
    return preview(facts, standing.step) if standing.step and may_send(facts, standing) else None


def breaks_of(facts: Facts, standing: Standing) -> tuple[Break, ...]:
    """The named breaks that can be made now."""
    possible = BREAKS.get(standing.step, ()) if may_send(facts, standing) else ()
    return tuple(one for one in possible if one.make(facts) is not None)


def probes_of(facts: Facts, standing: Standing, findings: Iterable[Finding]) -> tuple[Probe, ...]:
    """The separating probes that would tell causes of these findings apart."""
    return offered_probes(facts, frozenset(f.code for f in findings if not f.past), standing.state)


def write_edit(run: Run, facts: Facts, standing: Standing, form: Mapping[str, str]) -> None:
    """Write down what the person changed in the request that the page showed; nothing where nothing was."""
    request = _request_shown(facts, standing)
    if request is None or form.get("break"):
        return
    if changed := read_edit(form, request, secrets_of(run)):
        run.append(Choice(choices.EDIT, {"step": standing.step, **changed}), step=standing.step)


def _request_shown(facts: Facts, standing: Standing) -> Request | None:
    if standing.state in WAITING_OUTSIDE and facts.authorization:
        return Request("GET", facts.authorization.url)
    ask = ask_of(facts, standing)
    return ask.request if ask else None
