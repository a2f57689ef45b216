"""Separating probes: a few requests beside the walk that tell two causes apart. A control comes first; the walk learns nothing.

Each is offered only where it would separate causes of the findings at hand, says what it sends and what that may cost,
makes at most six exchanges, and asks only servers that the person entered or that the metadata names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.flow.asides import (
    browser_client,
    dry_request,
    fresh_registration,
    invented_grants,
    many_times,
    other_documents,
    other_spelling,
    previous_token,
    three_tokens,
)
from app.flow.facts import Facts
from app.flow.log import Entry
from app.flow.moves import Walk
from app.flow.oauth import endpoint
from app.flow.readings import (
    read_browser_client,
    read_clocks,
    read_dry_request,
    read_fresh_registration,
    read_invented_grants,
    read_many_times,
    read_other_documents,
    read_other_spelling,
    read_previous_token,
    read_three_tokens,
)

STATES = ("failed", "connected", "authorize", "stepup", "done")
Codes = frozenset[str]


@dataclass(frozen=True)
class Probe:
    """One probe. `offered` judges facts and the codes of the findings that count; `reads` says in one sentence what it showed."""

    slug: str
    label: str
    question: str
    sends: str
    costs: str
    offered: Callable[[Facts, Codes], bool]
    walk: Callable[[Facts], Walk]
    reads: Callable[[Sequence[Entry], Sequence[Entry]], str]  # (the run's entries, the exchanges of this probe)
    anywhere: bool = False  # the person wrote the address, so it need not be one that the run knows


REFUSED_TOKEN = frozenset(
    [
        "call.wrong_audience",
        "call.refused_without_reason",
        "call.header_lost",
        "call.token_not_jwt",
        "call.token_expired",
        "call.unexpected_status",
        "call.not_json",
    ]
)
AT_THE_DOOR = frozenset(
    [
        "probe.slash_redirect",
        "probe.wrong_refusal_status",
        "probe.method_not_allowed",
        "probe.not_protected",
        "probe.error_in_200",
        "transport.redirected",
        "resource_metadata.trailing_slash",
        "resource_metadata.resource_mismatch",
        "call.header_lost",
        "call.wrong_audience",
        "call.refused_without_reason",
    ]
)
REFUSED_GRANT = frozenset(
    [
        "token.invalid_grant",
        "token.replicas",
        "token.invalid_target",
        "token.missing_param",
        "token.unexpected_status",
        "token.audience_mismatch",
        "authorize.invalid_target",
        "call.wrong_audience",
        "refresh.invalid_grant",
        "refresh.scope_or_resource",
        "refresh.unexpected_status",
    ]
)
NOT_EVERY_TIME = frozenset(["token.invalid_grant", "token.replicas", "call.session", "call.unexpected_status", "register.client_stale"])
REFUSED_CLIENT = frozenset(
    ["authorize.local_error_page", "authorize.redirect_mismatch", "register.accepts_then_refuses", "callback.never_came"]
)


def _has_tokens(facts: Facts) -> bool:
    return bool(facts.token_history)


def _browser_is_out(facts: Facts, codes: Codes) -> bool:
    asked = facts.authorization
    return asked is not None and facts.answer is None and (asked.left_at is not None or bool(facts.gave_up))


def _client_may_be_stale(facts: Facts, codes: Codes) -> bool:
    by_registration = facts.client is not None and facts.client.how == "dcr" and bool(endpoint(facts, "registration_endpoint"))
    return by_registration and facts.authorization is not None and facts.answer is None and bool(codes & REFUSED_CLIENT)


def _is_well_here(facts: Facts, codes: Codes) -> bool:
    """Where the walk works, a client in a browser that fails is the question."""
    return facts.called and bool(facts.server) and bool(facts.metadata_found_at)


PROBES = (
    Probe(
        "without_token",
        "Ask again without the token",
        "Is the token lost on the way, or refused?",
        "The same MCP request three times: without a token, with a made-up one, with ours.",
        "Costs nothing. A server that locks out after bad tokens may count one.",
        lambda facts, codes: _has_tokens(facts) and bool(codes & REFUSED_TOKEN),
        three_tokens,
        read_three_tokens,
    ),
    Probe(
        "other_slash",
        "Try the other slash",
        "Does the server answer differently with or without the slash at the end?",
        "The first request at the URL as typed and in its other spelling, without a token and, where we have one, with it.",
        "Costs nothing. Redirects are not followed.",
        lambda facts, codes: bool(codes & AT_THE_DOOR),
        other_spelling,
        read_other_spelling,
    ),
    Probe(
        "dry_authorize",
        "Dry authorize request",
        "Does the server show an error page of its own, or does something in the browser hold the answer back?",
        "One GET of the authorization URL from here, without cookies, with a state of its own; redirects are not followed.",
        "Costs nothing: nobody is signed in by it. The server may log one more visit.",
        _browser_is_out,
        dry_request,
        read_dry_request,
    ),
    Probe(
        "false_code",
        "False code, with and without resource",
        "Does the server judge the resource, and does it tell a dead grant from a bad request?",
        "Token requests with a made-up code: with our resource, without one, with a foreign one; then a made-up refresh token.",
        "Costs nothing that is ours. A server that locks clients out after failures may count four.",
        lambda facts, codes: bool(endpoint(facts, "token_endpoint")) and facts.client is not None and bool(codes & REFUSED_GRANT),
        invented_grants,
        read_invented_grants,
    ),
    Probe(
        "cors",
        "Ask as a client in a browser would",
        "It works here; does it work for a client that runs in a web page?",
        "Preflights and plain requests with `Origin: https://example.test`: MCP URL, both metadata documents, the endpoints.",
        "Costs nothing, and says nothing about clients that are no web pages.",
        _is_well_here,
        browser_client,
        read_browser_client,
    ),
    Probe(
        "five_times",
        "Ask five times",
        "Do several instances answer, and do they agree?",
        "The same metadata request (or the first request, where no metadata is known) five times.",
        "Costs nothing.",
        lambda facts, codes: bool(codes & NOT_EVERY_TIME),
        many_times,
        read_many_times,
    ),
    Probe(
        "fresh_client",
        "Dry authorize request with a fresh client",
        "Is it our client id that the server refuses, or the request?",
        "The dry request with our client id, then a registration, then the dry request with the fresh client id.",
        "Registers one more client at the server, which stays there.",
        _client_may_be_stale,
        fresh_registration,
        read_fresh_registration,
    ),
    Probe(
        "old_access",
        "Try the access token from before the refresh",
        "Does a refresh end the access token that it replaces?",
        "One MCP request with the previous access token.",
        "Costs nothing.",
        lambda facts, codes: len(facts.token_history) > 1 and facts.tokens is not None and not (facts.grant_dead or facts.revoked),
        previous_token,
        read_previous_token,
    ),
    Probe(
        "clock",
        "Compare the clocks",
        "Does a wrong clock make a fresh token look expired, or not yet valid?",
        "Nothing: it reads the Date headers that have come already.",
        "Costs nothing.",
        lambda facts, codes: bool(codes & (REFUSED_TOKEN | {"call.clock_skew", "token.code_expired"})),
        lambda facts: iter_nothing(),
        read_clocks,
    ),
    Probe(
        "other_document",
        "Fetch the other discovery documents",
        "Do all discovery documents of this issuer say the same?",
        "One GET for each well-known place of the issuer that the walk did not need.",
        "Costs nothing.",
        lambda facts, codes: bool(facts.server_url),
        other_documents,
        read_other_documents,
    ),
)


SLUGS = tuple(probe.slug for probe in PROBES)
PLACES = {"other_document": "consistency"}  # slug -> the page that offers it, where it is not the run's own


def find_probe(slug: str) -> Probe | None:
    """The probe of that slug, or None."""
    return next((probe for probe in PROBES if probe.slug == slug), None)


def offered_probes(facts: Facts, codes: Codes, state: str, place: str = "run") -> tuple[Probe, ...]:
    """The probes that would separate causes now. `codes` are those of findings that still count, `place` is the page that asks."""
    if facts.read_only or state not in STATES:
        return ()
    return tuple(probe for probe in PROBES if PLACES.get(probe.slug, "run") == place and probe.offered(facts, codes))


def iter_nothing() -> Walk:
    yield from ()
    return ""
