"""Find the document that names the authorization server (RFC 9728 sections 3 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.flow.facts import Facts
from app.flow.log import Entry
from app.flow.moves import Ask, Walk
from app.flow.oauth import PURPOSES, document, get, rules_for, texts
from app.wire.messages import Exchange
from app.wire.parse.url import insert_well_known, origin

SUFFIX = "oauth-protected-resource"


def needs(facts: Facts) -> str:
    return ""


def skips(facts: Facts) -> str:
    if not rules_for(facts).resource_metadata:
        return "Revision 2025-03-26 has no resource metadata: the target's origin is its own authorization server."
    return ""


def candidates(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """(url, role, why), in the order of the specification. A URL in the challenge stands alone until it was gone past."""
    if facts.metadata_url.startswith(("http://", "https://")) and not _gave_up_on_header(facts):
        yield facts.metadata_url, "header", "The 401 named this URL in its `resource_metadata` parameter."
        return
    target = facts.options.target.split("#")[0]
    with_path = insert_well_known(target, SUFFIX)
    at_root = f"{origin(target)}/.well-known/{SUFFIX}"
    if with_path != at_root:
        yield with_path, "path", "The 401 named no URL; the well-known path with the target's own path is tried first."
    yield at_root, "root", "The well-known path at the root of the origin is the last candidate."


def _gave_up_on_header(facts: Facts) -> bool:
    return any(code.startswith("resource_metadata.") for code, _ in facts.gone_past) and not facts.resource_metadata


def walk(facts: Facts) -> Walk:
    """Each candidate until one answers 200 with a JSON object."""
    for url, role, why in candidates(facts):
        exchange, facts = yield Ask(get(url), role, why, PURPOSES)
        if document(exchange) is not None:
            return ""
    return ""


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    found = document(exchange)
    if found is None:
        return facts
    return replace(
        facts,
        resource_metadata=found,
        resource_metadata_entry=entry.seq,
        metadata_found_at=exchange.request.url,
        issuers=texts(found, "authorization_servers"),
        chosen_issuer=facts.chosen_issuer if facts.chosen_issuer in texts(found, "authorization_servers") else "",
        fallback=False,
    )


def end(facts: Facts) -> Facts:
    """No document, or none that names a server: the origin plays authorization server, as 2025-03-26 had it."""
    if facts.issuers:
        return facts
    return replace(facts, fallback=True, issuers=(origin(facts.options.target),), chosen_issuer="")
