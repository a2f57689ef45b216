"""Requests beside the walk that the person asks for on the pages: a server's keys, its other metadata document, an exchange sent again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.flow.asides import aside
from app.flow.facts import Facts
from app.flow.log import Entry
from app.flow.moves import Walk
from app.flow.oauth import endpoint, get
from app.flow.separating import Probe
from app.flow.steps.server_metadata import OAUTH, OIDC
from app.wire.messages import Exchange, Request
from app.wire.parse.json import read_json
from app.wire.parse.url import append_well_known, insert_well_known, origin

KEYS, OTHER, RESEND = "keys", "other_metadata", "resend"


def keys(facts: Facts) -> Probe:
    """Fetch the key set that the authorization server's metadata names."""
    return Probe(
        KEYS,
        "Fetch the server's keys",
        "Did the authorization server sign these tokens?",
        "One GET of `jwks_uri`.",
        "Costs nothing.",
        lambda facts, codes: bool(endpoint(facts, "jwks_uri")),
        _keys,
        _reads_keys,
    )


def _keys(facts: Facts) -> Walk:
    url = endpoint(facts, "jwks_uri")
    if not url:
        return "The metadata names no `jwks_uri` that can be asked."
    yield aside(KEYS, "jwks", "server_metadata", get(url), "The public keys with which the server signs its tokens.")
    return ""


def _reads_keys(entries: Sequence[Entry], asked: Sequence[Entry]) -> str:
    exchange = asked[-1].body if asked else None
    listed = read_json(exchange.response.body).document.get("keys") if isinstance(exchange, Exchange) and exchange.response else None
    return f"The key set holds {len(listed)} key{'' if len(listed) == 1 else 's'}." if isinstance(listed, list) else "No key set came."


def other_metadata(facts: Facts) -> Probe:
    """Fetch the discovery documents of the issuer that the walk did not need."""
    return Probe(
        OTHER,
        "Fetch the other discovery document",
        "Does the server say the same in its OAuth and its OpenID Connect document?",
        "A GET of each well-known address of the issuer that was not asked yet.",
        "Costs nothing.",
        lambda facts, codes: bool(facts.issuer),
        _other_metadata,
        _reads_other,
    )


def other_addresses(facts: Facts) -> tuple[str, ...]:
    """The well-known addresses of the issuer, the one that the walk used left out."""
    return tuple(url for url in dict.fromkeys(_addresses(facts.issuer)) if url != facts.server_url) if facts.issuer else ()


def _addresses(issuer: str) -> Iterator[str]:
    if issuer.rstrip("/") == origin(issuer):
        yield from (f"{origin(issuer)}/.well-known/{name}" for name in (OAUTH, OIDC))
        return
    yield from (insert_well_known(issuer, OAUTH), insert_well_known(issuer, OIDC), append_well_known(issuer, OIDC))


def _other_metadata(facts: Facts) -> Walk:
    for url in other_addresses(facts):
        yield aside(OTHER, "document", "server_metadata", get(url), "Another place where the server may describe itself.")
    return ""


def _reads_other(entries: Sequence[Entry], asked: Sequence[Entry]) -> str:
    came = [entry for entry in asked if isinstance(entry.body, Exchange) and entry.body.status == 200]
    return f"{len(came)} of {len(asked)} other places answered with 200."


def resend(of: Entry, request: Request, changed: Sequence[str]) -> Probe:
    """Send an exchange of the run again, as the person changed it. The walk learns nothing from the answer."""
    told = ", ".join(changed) or "nothing"

    def walk(facts: Facts) -> Walk:
        yield aside(RESEND, str(of.seq), of.step, request, f"Resent from {of.seq}, changed: {told}.")
        return ""

    def reads(entries: Sequence[Entry], asked: Sequence[Entry]) -> str:
        return f"Exchange {of.seq} {_answered(of)}; the copy {_answered(asked[-1])}." if asked else ""

    question = f"What comes when exchange {of.seq} is sent again, changed: {told}?"
    return Probe(RESEND, f"Exchange {of.seq} sent again", question, "", "", lambda facts, codes: True, walk, reads, anywhere=True)


def _answered(entry: Entry) -> str:
    body = entry.body
    if not isinstance(body, Exchange):
        return "was not sent"
    return f"was answered with {body.status}" if body.status is not None else "was not answered"
