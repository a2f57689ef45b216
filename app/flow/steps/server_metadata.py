"""Find the authorization server's own description (RFC 8414 section 3, OpenID Connect Discovery section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.flow.facts import NOTHING, Facts
from app.flow.log import Entry
from app.flow.moves import Ask, Walk
from app.flow.oauth import PURPOSES, document, get, rules_for
from app.wire.messages import Exchange, Header
from app.wire.parse.url import append_well_known, insert_well_known, origin

OAUTH, OIDC = "oauth-authorization-server", "openid-configuration"
DEFAULT_ENDPOINTS = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "registration_endpoint": "/register"}


def needs(facts: Facts) -> str:
    if facts.issuer.lower().startswith(("http://", "https://")):
        return ""
    return "No authorization server is named by a URL that can be asked."


def skips(facts: Facts) -> str:
    return ""


def candidates(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """(url, role, why) in the order of 2025-11-25; an issuer without a path has two, one with a path has three."""
    issuer = facts.issuer
    oidc = rules_for(facts).oidc_discovery
    if issuer.rstrip("/") == origin(issuer):
        yield f"{origin(issuer)}/.well-known/{OAUTH}", "oauth_root", "The issuer has no path: its RFC 8414 document is at the root."
        if oidc:
            yield f"{origin(issuer)}/.well-known/{OIDC}", "oidc_root", "No RFC 8414 document; OpenID Connect's is tried next."
        return
    yield insert_well_known(issuer, OAUTH), "oauth_inserted", "RFC 8414: the well-known part goes between host and path."
    if oidc:
        yield insert_well_known(issuer, OIDC), "oidc_inserted", "The same place for OpenID Connect's document."
        yield append_well_known(issuer, OIDC), "oidc_appended", "OpenID Connect's own place: behind the issuer's path."


def walk(facts: Facts) -> Walk:
    """Each candidate until one answers 200 with a JSON object. Its issuer is compared by the checks."""
    headers: tuple[Header, ...] = (("MCP-Protocol-Version", "2025-03-26"),) if rules_for(facts).version_header_on_metadata else ()
    for url, role, why in candidates(facts):
        exchange, facts = yield Ask(get(url, headers), role, why, PURPOSES)
        if document(exchange) is not None:
            return ""
    return "" if facts.fallback else "No candidate answered with a JSON object."


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    found = document(exchange)
    if found is None:
        return facts
    return replace(facts, server=found, server_url=exchange.request.url, server_entry=entry.seq, guessed_endpoints=False)


def begin(facts: Facts) -> Facts:
    return replace(facts, server=NOTHING, server_url="", server_entry=0, guessed_endpoints=False)


def end(facts: Facts) -> Facts:
    """Nothing published and nothing named: the default endpoints of 2025-03-26."""
    if facts.server or not facts.fallback:
        return facts
    base = origin(facts.issuer)
    return replace(facts, server={k: base + path for k, path in DEFAULT_ENDPOINTS.items()}, guessed_endpoints=True)
