"""The audits of a run, read from its log: what was chosen, the sign-ins, and what was sent in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.flow.audits.attempts import SLUGS
from app.flow.choices import AUDIT, AUDIT_REQUEST
from app.flow.facts import Answer, Authorization, Tokens
from app.flow.log import AUDIT_ROLE, Choice, Entry, Leg
from app.flow.mcp import rpc_error, rpc_result
from app.flow.oauth import json_object, text
from app.flow.steps.callback import answer_of, is_state
from app.wire.messages import Exchange

REQUEST, OUT, BACK = (f"{AUDIT_ROLE}{what}" for what in ("request", "out", "back"))
NOT_A_VERDICT = (408, 425, 429)  # the request was not judged: too slow, too early, too many


@dataclass(frozen=True)
class Lap:
    """One sign-in and what was sent with its code and tokens. The first lap has no sign-in: it uses the run's own token."""

    request: Authorization | None = None
    left: bool = False
    answer: Answer | None = None
    asked: tuple[Entry, ...] = ()

    @property
    def waits(self) -> bool:
        """Is its answer still to come?"""
        return self.request is not None and self.answer is None


@dataclass(frozen=True)
class Audit:
    """One audit. `outcome` is empty while it goes on, else done, stopped, cancelled or failed."""

    began: int
    at: float
    chosen: tuple[str, ...]
    other_route: str = ""
    laps: tuple[Lap, ...] = field(default_factory=lambda: (Lap(),))
    outcome: str = ""
    reason: str = ""

    @property
    def lap(self) -> Lap:
        return self.laps[-1]

    @property
    def waits(self) -> bool:
        """Does it wait for the person's browser?"""
        return not self.outcome and self.lap.waits

    @property
    def sign_ins(self) -> int:
        return sum(lap.answer is not None for lap in self.laps)

    @property
    def exchanges(self) -> int:
        return sum(len(lap.asked) for lap in self.laps)


def audits_of(entries: Iterable[Entry]) -> tuple[Audit, ...]:
    """Every audit of a log, oldest first."""
    found: list[Audit] = []
    for entry in entries:
        if isinstance(entry.body, Choice) and entry.body.name == AUDIT and entry.body.values.get("phase") == "begin":
            found.append(_begun(entry, entry.body))
        elif found and entry.role.startswith(AUDIT_ROLE):
            found[-1] = _learn(found[-1], entry)
    return tuple(found)


def audit_of(entries: Iterable[Entry]) -> Audit | None:
    """The newest audit, or None."""
    return next(iter(reversed(audits_of(entries))), None)


def _begun(entry: Entry, choice: Choice) -> Audit:
    chosen = str(choice.values.get("attempts", "")).split()
    return Audit(entry.seq, entry.at, tuple(slug for slug in SLUGS if slug in chosen), str(choice.values.get("other_route", "")))


def _learn(audit: Audit, entry: Entry) -> Audit:
    body = entry.body
    if isinstance(body, Exchange):
        return _with(audit, replace(audit.lap, asked=(*audit.lap.asked, entry)))
    if isinstance(body, Leg):
        return _learn_leg(audit, entry, body)
    if body.name == AUDIT_REQUEST:
        values: dict[str, Any] = dict(body.values)
        return replace(audit, laps=(*audit.laps, Lap(Authorization(**values, entry=entry.seq, at=entry.at))))
    if body.name == AUDIT and body.values.get("phase") == "end" and not audit.outcome:
        return replace(audit, outcome=str(body.values.get("outcome", "done")), reason=str(body.values.get("says", "")))
    return audit


def _learn_leg(audit: Audit, entry: Entry, leg: Leg) -> Audit:
    lap = audit.lap
    if lap.request is None or lap.answer is not None:
        return audit
    if leg.kind == "authorize":
        return _with(audit, replace(lap, left=True))
    answer = answer_of(entry, leg)
    return _with(audit, replace(lap, answer=answer)) if is_state(answer.state, lap.request) else audit


def _with(audit: Audit, lap: Lap) -> Audit:
    return replace(audit, laps=(*audit.laps[:-1], lap))


def exchange_of(entry: Entry) -> Exchange:
    assert isinstance(entry.body, Exchange)  # `Lap.asked` holds nothing else
    return entry.body


def what_of(entry: Entry) -> tuple[str, str]:
    """(attempt or `control`, what) of one request of an audit."""
    slug, _, what = entry.role.removeprefix(AUDIT_ROLE).partition(":")
    return slug, what


def find(asked: Sequence[Entry], slug: str, what: str) -> Entry | None:
    """The newest request of that kind in a lap, or None."""
    return next((e for e in reversed(asked) if what_of(e) == (slug, what)), None)


def heard_token(exchange: Exchange) -> str:
    """What a token endpoint made of a request: granted, refused, or unclear where it did not judge."""
    answer = json_object(exchange) or {}
    if exchange.failure is None and exchange.status == 200:
        return "granted" if text(answer, "access_token") else ("refused" if answer.get("error") else "unclear")
    return _heard_refusal(exchange)


def heard_call(exchange: Exchange) -> str:
    """What an MCP server made of a request: let_in with a result, refused, or unclear. An error inside a 200 is a refusal too."""
    if exchange.failure is None and exchange.status is not None and exchange.status < 300:
        return "refused" if rpc_error(exchange) else "let_in" if rpc_result(exchange) is not None else "unclear"
    return _heard_refusal(exchange)


def _heard_refusal(exchange: Exchange) -> str:
    status = exchange.status
    judged = exchange.failure is None and status is not None and 400 <= status < 500 and status not in NOT_A_VERDICT
    return "refused" if judged else "unclear"


def tokens_in(exchange: Exchange) -> Tokens | None:
    """The tokens of a token answer, or None."""
    answer = json_object(exchange) or {}
    if heard_token(exchange) != "granted":
        return None
    return Tokens(text(answer, "access_token"), text(answer, "refresh_token"), text(answer, "token_type"), answer=answer)
