"""The practice gateway fetches client metadata documents through our wire, under its guard and its limits."""

from __future__ import annotations

from app.pages.wired import Wire
from app.practice.desk import ClientDocumentUnreachable, FetchDocument
from app.settings import Settings
from app.wire.messages import Request

DEADLINE_SECONDS = 5.0  # the person's browser waits for it at the authorize endpoint
LONGEST = 5_120  # bytes; what the CIMD draft recommends


def documents_through(wire: Wire, settings: Settings) -> FetchDocument:
    """A function that fetches one document: 200 and short, or ClientDocumentUnreachable with one sentence."""

    def fetch(url: str) -> bytes:
        request = Request("GET", url, (("Accept", "application/json"),))
        exchange = wire.send(request, deadline_s=min(DEADLINE_SECONDS, settings.exchange_seconds), stop=lambda: False)
        if exchange.failure or exchange.response is None:
            raise ClientDocumentUnreachable(exchange.failure.says if exchange.failure else "No answer came.")
        if exchange.status != 200:
            raise ClientDocumentUnreachable(f"The document's address answered {exchange.status}, not 200.")
        body: bytes = exchange.response.body
        if len(body) > LONGEST:
            raise ClientDocumentUnreachable(f"The document is longer than {LONGEST:,} bytes.")
        return body

    return fetch
