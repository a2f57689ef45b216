"""The page on which everything of a run that should agree stands side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from app.flow.choices import PROBE
from app.flow.facts import Facts
from app.flow.log import Choice, Run
from app.flow.moves import Standing
from app.views.comparison import Member, member_views
from app.views.consistency import ClockRow, TokenRow, UrlRow, clock_rows, spread, token_rows, url_rows
from app.views.keeping import Terms, keeping
from app.views.mask import Mask, mask_for, secrets_of
from app.views.trials import Offered
from app.views.visible import host_of, shortened, visible
from app.wire.messages import Exchange
from app.wire.parse.json import read_json

OTHER_DOCUMENT = "probe:other_document:"


@dataclass(frozen=True)
class OtherDocument:
    """A discovery document beside the one that the walk has read."""

    url: Annotated[str, "where it was fetched"]
    source: Annotated[tuple[int, str], "(number, address) of the exchange"]
    says: Annotated[str, "what came, in words"]
    members: Annotated[tuple[Member, ...], "the members that differ: left is what the walk has read"]


@dataclass(frozen=True)
class ConsistencyPage:
    """All that templates/pages/consistency.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    target: Annotated[str, "the MCP URL, masked"]
    state: Annotated[str, "the run's state, for data-state"]
    step: Annotated[str, "the run's step, for data-step"]
    seen: Annotated[int, "how many entries the page shows: stops double clicks"]
    urls: Annotated[tuple[UrlRow, ...], "one row for each URL"]
    summary: Annotated[str, "how many of them differ where they should not"]
    tokens: Annotated[tuple[TokenRow, ...], "one row for each token answer"]
    clocks: Annotated[tuple[ClockRow, ...], "one row for each host"]
    spread: Annotated[str, "what the clocks say together"]
    read_at: Annotated[str, "where the walk has read the server metadata; empty where it has none"]
    documents: Annotated[tuple[OtherDocument, ...], "the other discovery documents, as far as they were fetched"]
    offered: Annotated[Offered | None, "the probe that fetches them"]
    showed: Annotated[str, "what it showed, or empty"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


def consistency_page(run: Run, facts: Facts, standing: Standing, *, settings: Terms, offered: Offered | None) -> ConsistencyPage:
    """The page as the run stands."""
    hide = mask_for(secrets_of(run))
    urls, clocks = url_rows(run, facts, hide), clock_rows(run, hide)
    return ConsistencyPage(
        title=f"Consistency · {host_of(run.target)}",
        run_id=run.id,
        target=visible(hide(run.target), one_line=True),
        state=standing.state,
        step=standing.step,
        seen=len(run.entries),
        urls=urls,
        summary=_summary(urls),
        tokens=token_rows(run, facts, hide),
        clocks=clocks,
        spread=spread(clocks),
        read_at=visible(shortened(hide(facts.server_url), 300), one_line=True),
        documents=tuple(_documents(run, facts, hide)),
        offered=offered if standing.state != "running" else None,
        showed=visible(shortened(hide(_showed(run)), 600), one_line=True),
        keeping=keeping(settings),
    )


def _summary(urls: Iterable[UrlRow]) -> str:
    rows = [row for row in urls if row.against]
    wrong, other = sum(row.verdict == "warn" for row in rows), sum(row.verdict == "note" for row in rows)
    if not rows:
        return "There is nothing to compare yet."
    told = f"{wrong} of {len(rows)} differ where the same string is expected" if wrong else f"All {len(rows)} fit together"
    return f"{told}{f', {other} on another origin, which is allowed' if other else ''}."


def _documents(run: Run, facts: Facts, hide: Mask) -> Iterable[OtherDocument]:
    """The newest answer of each place."""
    asked = {e.role: e for e in run.entries if e.role.startswith(OTHER_DOCUMENT)}
    for entry in asked.values():
        body = entry.body
        if not isinstance(body, Exchange):
            continue
        found = _read(body)
        members = member_views(facts.server, found, hide, hide) if found else ()
        came = f"{body.status}" if body.status is not None else "no answer"
        says = (
            ("The same." if not members else f"{len(members)} member{' differs' if len(members) == 1 else 's differ'}.")
            if found
            else f"No document there: {came}."
        )
        url = visible(shortened(hide(body.request.url), 300), one_line=True)
        yield OtherDocument(url, (entry.seq, f"/runs/{run.id}/exchanges/{entry.seq}"), says, members)


def _read(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    value = read_json(response.body).value if response and response.status == 200 and not exchange.failure else None
    return value if isinstance(value, dict) else {}


def _showed(run: Run) -> str:
    ends = (e.body for e in reversed(run.entries) if isinstance(e.body, Choice) and e.body.name == PROBE)
    newest = next((choice for choice in ends if choice.values.get("slug") == "other_document"), None)
    return str(newest.values.get("says", "")) if newest else ""
