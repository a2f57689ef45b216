"""The exchange page of an example walk, as the app makes it, and as HTML."""

from __future__ import annotations

from app.checks import engine
from app.flow.log import Entry, Run
from app.settings import Settings
from app.views.exchange_page import ExchangePage, exchange_page
from app.wire.messages import Exchange


def exchanges_of(run: Run) -> list[Entry]:
    return [entry for entry in run.entries if isinstance(entry.body, Exchange)]


def page_of_exchange(run: Run, seq: int = 0, *, view: str = "parsed", reveal: frozenset[str] = frozenset()) -> ExchangePage:
    """The page of that exchange, of the last one where no number is given."""
    entry = run.entry(seq) or exchanges_of(run)[-1]
    return exchange_page(run, entry, engine.examine(run), settings=Settings(), view=view, reveal=reveal)
