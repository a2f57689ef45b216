"""What a 401 or 403 tells: the Bearer challenge and where it points (RFC 9728 section 5.1)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from app.flow.facts import Facts
from app.flow.log import Entry
from app.wire.messages import Exchange
from app.wire.parse.challenge import Challenge, bearer, read_challenges


def challenge_of(exchange: Exchange) -> Challenge | None:
    """The first Bearer challenge of an answer, or None."""
    if exchange.response is None:
        return None
    return bearer(read_challenges([f.value for f in exchange.response.headers("www-authenticate")]))


def metadata_url_of(exchange: Exchange) -> str:
    """`resource_metadata` of any challenge: it may stand with any scheme (RFC 9728 section 5.1)."""
    if exchange.response is None:
        return ""
    challenges = read_challenges([f.value for f in exchange.response.headers("www-authenticate")])
    named = next((c.get("resource_metadata") for c in challenges.challenges if c.get("resource_metadata")), "")
    return urljoin(exchange.request.url, named) if named else ""


def learn_challenge(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    """A new challenge replaces the old one, metadata URL included (RFC 9728 section 5.2)."""
    return replace(facts, challenge=challenge_of(exchange), challenge_entry=entry.seq, metadata_url=metadata_url_of(exchange))
