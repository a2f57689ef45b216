"""The page of an audit: what may be attempted and what that costs, what it is at, and the table of its verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from app.flow.facts import Authorization
from app.flow.log import Run
from app.flow.moves import Standing
from app.views.audit_rows import AttemptLike, Row, VerdictLike, summary, verdict_rows
from app.views.keeping import Terms, keeping
from app.views.mask import Mask, mask_for, secrets_of
from app.views.times import duration
from app.views.visible import host_of, visible

KINDS = {
    "token": ("With a token that works", "Sent to the MCP server. No sign-in where the run's own token still works."),
    "code": (
        "With a fresh code",
        "Sent to the token endpoint, after a sign-in. Where a code dies with a wrong try, each one needs a sign-in of its own.",
    ),
    "grant": (
        "With tokens of the audit's own",
        "The same sign-in brings them, and its grant may end. The run's own tokens are not sent; a few servers end those too.",
    ),
}
OUTCOMES = {
    "done": "The audit is complete.",
    "stopped": "You ended the audit. What was not asked says so.",
    "cancelled": "You pressed cancel. What was not asked says so.",
    "failed": "The audit ended early.",
}


class LapLike(Protocol):
    """One sign-in of an audit."""

    @property
    def request(self) -> Authorization | None: ...
    @property
    def left(self) -> bool: ...


class AuditLike(Protocol):
    """An audit under way, or over."""

    @property
    def chosen(self) -> tuple[str, ...]: ...
    @property
    def outcome(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def waits(self) -> bool: ...
    @property
    def sign_ins(self) -> int: ...
    @property
    def exchanges(self) -> int: ...
    @property
    def at(self) -> float: ...
    @property
    def lap(self) -> LapLike: ...


class CostLike(Protocol):
    """What attempts may take."""

    @property
    def requests(self) -> int: ...
    @property
    def fewest(self) -> int: ...
    @property
    def usual(self) -> int: ...
    @property
    def most(self) -> int: ...


@dataclass(frozen=True)
class Box:
    """One check box."""

    slug: Annotated[str, "the value that is sent"]
    label: Annotated[str, "the attempt"]
    sends: Annotated[str, "what is sent"]
    good: Annotated[str, "the answer of a server that enforces it"]
    costs: Annotated[str, "what it may cost, or empty"]
    lacks: Annotated[str, "why it cannot be made here, or empty"]
    is_marked: Annotated[bool, "is it chosen?"]


@dataclass(frozen=True)
class Kind:
    """The check boxes of one kind."""

    title: Annotated[str, "what they are made with"]
    says: Annotated[str, "what that means for the person"]
    boxes: Annotated[tuple[Box, ...], "one for each attempt"]
    asks_route: Annotated[bool, "does the field of the other route stand here?"]


@dataclass(frozen=True)
class Waiting:
    """The audit needs the person's browser."""

    host: Annotated[str, "where the browser goes"]
    href: Annotated[str, "the link's address"]
    number: Annotated[int, "which sign-in of this audit it is"]
    waits_for: Annotated[tuple[str, ...], "the attempts that wait for it"]
    has_left: Annotated[bool, "did the browser leave already?"]


@dataclass(frozen=True)
class AuditPage:
    """All that templates/pages/audit.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    target: Annotated[str, "the MCP URL, masked"]
    state: Annotated[str, "the run's state, for data-state"]
    step: Annotated[str, "the run's step, for data-step"]
    seen: Annotated[int, "how many entries the page shows: stops double clicks"]
    why_not: Annotated[str, "why no audit can begin, or empty"]
    kinds: Annotated[tuple[Kind, ...], "the check boxes"]
    other_route: Annotated[str, "the other route, as typed or guessed"]
    cost: Annotated[str, "requests and sign-ins of what is marked"]
    doing: Annotated[str | None, "the request that is being waited for; None while nothing is sent"]
    waiting: Annotated[Waiting | None, "the sign-in that is needed next"]
    is_torn: Annotated[bool, "did a worker die in the middle? Then it can go on"]
    outcome: Annotated[str, "how the newest audit ended, or what it is at; empty where there was none"]
    summary: Annotated[str, "the verdicts counted"]
    rows: Annotated[tuple[Row, ...], "one verdict for each attempt"]
    is_over: Annotated[bool, "did an audit end?"]
    is_choosing: Annotated[bool, "is the person choosing? Then the check boxes stand open"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


@dataclass(frozen=True)
class Offer:
    """What may be chosen now: `lacks` says by slug why an attempt cannot be made, `marked` are the boxes that are ticked."""

    attempts: Sequence[AttemptLike]
    lacks: Mapping[str, str]
    marked: Collection[str]
    cost: CostLike
    why_not: str
    other_route: str
    is_choosing: bool
    is_read_only: bool  # an imported run shows its audit, and nothing can be pressed


def audit_page(
    run: Run,
    standing: Standing,
    offer: Offer,
    *,
    settings: Terms,
    now: float,
    audit: AuditLike | None,
    open_attempts: Collection[str],
    verdicts: Iterable[VerdictLike],
    doing: str | None,
) -> AuditPage:
    """The page as the run stands."""
    hide = mask_for(secrets_of(run))
    busy = standing.state == "running" or offer.is_read_only
    rows = verdict_rows(run.id, offer.attempts, verdicts, hide)
    return AuditPage(
        title=f"Audit · {host_of(run.target)}",
        run_id=run.id,
        target=visible(hide(run.target), one_line=True),
        state=standing.state,
        step=standing.step,
        seen=len(run.entries),
        why_not=visible(offer.why_not),
        kinds=tuple(_kind(kind, offer.attempts, offer.lacks, offer.marked) for kind in KINDS),
        other_route=visible(hide(offer.other_route), one_line=True),
        cost=cost_words(offer.cost, len(offer.marked)),
        doing=visible(hide(doing or "")) if standing.state == "running" else None,
        waiting=_waiting(run.id, audit, open_attempts, offer.attempts) if audit and audit.waits and not busy else None,
        is_torn=audit is not None and not audit.outcome and not audit.waits and not busy,
        outcome=_outcome(audit, hide, now),
        summary=summary(rows),
        rows=rows,
        is_over=audit is not None and bool(audit.outcome),
        is_choosing=offer.is_choosing,
        keeping=keeping(settings),
    )


def cost_words(cost: CostLike, marked: int) -> str:
    """How much it will take, in one or two sentences."""
    if not marked:
        return "Nothing is marked yet."
    requests = f"{marked} marked: {cost.requests} requests at most"
    if not cost.most:
        return f"{requests}, no sign-in."
    usual = f"{cost.fewest} or {cost.usual}" if cost.usual > cost.fewest else str(cost.fewest)
    worst = f" Up to {cost.most} where a code dies with the first wrong try; each one is your click." if cost.most > cost.usual else ""
    why = " (2 where misuse ends the grant, as it should)" if cost.usual > cost.fewest else ""
    return f"{requests}, and {usual} sign-in{'s' if cost.usual > 1 else ''}{why}.{worst}"


def _kind(kind: str, attempts: Sequence[AttemptLike], lacks: Mapping[str, str], marked: Collection[str]) -> Kind:
    title, says = KINDS[kind]
    boxes = tuple(
        Box(a.slug, a.label, a.sends, a.good, a.costs, lacks.get(a.slug, ""), a.slug in marked and not lacks.get(a.slug))
        for a in attempts
        if a.needs == kind
    )
    return Kind(title, says, boxes, kind == "token")


def _waiting(run_id: str, audit: AuditLike, open_attempts: Collection[str], attempts: Sequence[AttemptLike]) -> Waiting:
    asked = audit.lap.request
    labels = tuple(attempt.label for attempt in attempts if attempt.slug in open_attempts)
    host = host_of(asked.url) if asked else ""
    return Waiting(host or "the authorization server", f"/runs/{run_id}/audit/leave", audit.sign_ins + 1, labels, audit.lap.left)


def _outcome(audit: AuditLike | None, hide: Mask, now: float) -> str:
    if audit is None:
        return ""
    used = f"{audit.exchanges} request{'' if audit.exchanges == 1 else 's'}, {audit.sign_ins} sign-in{'' if audit.sign_ins == 1 else 's'}"
    if not audit.outcome:
        return f"Under way: {used} so far."
    reason = f" {visible(hide(audit.reason), one_line=True)}" if audit.reason and audit.outcome == "failed" else ""
    return f"{OUTCOMES.get(audit.outcome, '')}{reason} {used}, begun {duration(now - audit.at)} ago."
