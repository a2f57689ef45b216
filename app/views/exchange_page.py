"""The page of one exchange: request, response, timing, connection, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from app.checks.model import Finding
from app.flow.log import Entry, Run
from app.views.exchange_view import ExchangeView, exchange_view
from app.views.finding_view import FindingView, finding_view
from app.views.keeping import Terms, keeping
from app.views.mask import mask_for, secrets_of
from app.views.steps import TITLES
from app.views.visible import host_of
from app.wire.messages import Exchange


@dataclass(frozen=True)
class ExchangePage:
    """All that templates/pages/exchange.html prints."""

    title: Annotated[str, "the page's title: number, step and host, never a secret"]
    run_id: Annotated[str, "the run's id"]
    step_title: Annotated[str, "the step's title"]
    exchange: Annotated[ExchangeView, "the exchange in full"]
    findings: Annotated[tuple[FindingView, ...], "what is said about it"]
    hidden: Annotated[tuple[str, ...], "labels that can be revealed here"]
    shown: Annotated[tuple[str, ...], "labels that are revealed on this page"]
    reveal: Annotated[str, "where the reveal form goes"]
    before: Annotated[str, "the previous exchange's page, or empty"]
    after: Annotated[str, "the next exchange's page, or empty"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


def exchange_page(
    run: Run, entry: Entry, findings: Sequence[Finding], *, settings: Terms, reveal: frozenset[str] = frozenset()
) -> ExchangePage:
    """The page of an entry that holds an exchange. `reveal` are labels of secrets to show in clear."""
    hide = mask_for(secrets_of(run), reveal)
    about = [finding for finding in findings if finding.entry == entry.seq]
    view = exchange_view(run.id, entry, about, hide, is_open=True)
    seqs = [e.seq for e in run.entries if isinstance(e.body, Exchange)]
    at = seqs.index(entry.seq)
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    return ExchangePage(
        title=f"Exchange {entry.seq} · {TITLES.get(entry.step, 'Exchange')} · {host_of(exchange.request.url)}",
        run_id=run.id,
        step_title=TITLES.get(entry.step, ""),
        exchange=view,
        findings=tuple(finding_view(finding, hide, run.id) for finding in about),
        hidden=tuple(label for label in view.hidden if label not in reveal),
        shown=tuple(sorted(reveal & {secret.label for secret in hide.secrets})),
        reveal=f"/runs/{run.id}/exchanges/{entry.seq}/reveal",
        before=f"/runs/{run.id}/exchanges/{seqs[at - 1]}" if at else "",
        after=f"/runs/{run.id}/exchanges/{seqs[at + 1]}" if at + 1 < len(seqs) else "",
        keeping=keeping(settings),
    )
