"""What a 401 or 403 tells: the Bearer challenge and where it points (RFC 9728 section 5.1)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from app.flow.facts import Facts
from app.flow.log import Entry
from app.wire.messages import Exchange
from app.wire.parse.challenge import Challenge, Challenges, read_challenges


def challenge_of(exchange: Exchange) -> Challenge | None:
    """The first Bearer challenge of an answer, else the first DPoP one (RFC 9449 section 7.1), or None."""
    found = _read(exchange)
    by_scheme = (next((c for c in found if c.scheme.lower() == scheme), None) for scheme in ("bearer", "dpop"))
    return next((c for c in by_scheme if c), None)


def metadata_url_of(exchange: Exchange) -> str:
    """`resource_metadata` of any challenge: it may stand with any scheme (RFC 9728 section 5.1)."""
    found = _read(exchange)
    strict = next((c.get("resource_metadata") for c in found if c.get("resource_metadata")), "")
    named = strict or found.best("resource_metadata")  # clients read more than the grammar allows, and so the walk goes on
    if named.lower().startswith(("http://", "https://")):
        return named  # byte for byte: joining would rewrite it
    return _joined(exchange.request.url, named) if named else ""


def _joined(base: str, relative: str) -> str:
    try:
        return urljoin(base, relative)
    except ValueError:  # "http://[" and the like: nothing that could be asked
        return ""


def learn_challenge(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    """A new challenge replaces the old one, metadata URL included (RFC 9728 section 5.2)."""
    schemes = tuple(c.scheme.lower() for c in _read(exchange))
    named = metadata_url_of(exchange)
    return replace(facts, challenge=challenge_of(exchange), challenge_entry=entry.seq, metadata_url=named, schemes=schemes)


def _read(exchange: Exchange) -> Challenges:
    lines = exchange.response.headers("www-authenticate") if exchange.response else ()
    return read_challenges([line.value for line in lines])
