"""The limits of a separating probe: it asks, it does not scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.flow.facts import Facts
from app.flow.moves import Ask, Walk
from app.flow.oauth import endpoint, texts
from app.wire.parse.url import origin

MOST = 6  # exchanges of one probe
TOO_MANY = "A probe sends six requests at most, so this one stopped."
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint", "jwks_uri")


def bounded(walk: Walk, facts: Facts, most: int = MOST) -> Walk:
    """The same walk with its limits: six requests (an audit: more), and only servers that the person entered or the metadata names."""
    heard: Any = None
    asked = 0
    while True:
        try:
            move = walk.send(heard)
        except StopIteration as end:
            return str(end.value or "")
        if isinstance(move, Ask):
            asked += 1
            if asked > most:
                return TOO_MANY
            if origin(move.request.url).lower() not in set(_known(facts)):
                return f"{origin(move.request.url) or 'That address'} is neither entered nor named by the metadata, so it was not asked."
        heard = yield move


def _known(facts: Facts) -> Iterator[str]:
    urls = (facts.options.target, facts.metadata_url, facts.metadata_found_at, facts.server_url, facts.issuer)
    named = (*texts(facts.resource_metadata, "authorization_servers"), *(endpoint(facts, name) for name in ENDPOINTS))
    asked = (facts.authorization.url,) if facts.authorization else ()
    for url in (*urls, *named, *asked):
        if url:
            yield origin(url).lower()
