"""The practice gateway fetches client metadata documents through our wire, under its guard and its limits."""

from __future__ import annotations

import json
import threading

from app.pages.client_metadata import document, own_url
from app.pages.wired import Wire
from app.practice.desk import ClientDocumentUnreachable, FetchDocument
from app.settings import Settings
from app.wire.messages import Request

DEADLINE_SECONDS = 5.0  # the person's browser waits for it at the authorize endpoint
LONGEST = 5_120  # bytes; what the CIMD draft recommends
AT_ONCE = 4  # of a worker's 32 threads: strangers name the addresses, and pages must not wait for those that never answer
BUSY = "Many such documents are being fetched just now. Nothing is lost: open the link again in a few seconds."


def documents_through(wire: Wire, settings: Settings) -> FetchDocument:
    """A function that fetches one document: 200 and short, or ClientDocumentUnreachable with one sentence."""
    places = threading.BoundedSemaphore(AT_ONCE)

    def fetch(url: str) -> bytes:
        if url == own_url(settings):  # the guard lets no instance dial itself
            return json.dumps(document(settings)).encode()
        if not places.acquire(blocking=False):
            raise ClientDocumentUnreachable(BUSY)
        try:
            return fetch_one(url)
        finally:
            places.release()

    def fetch_one(url: str) -> bytes:
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
