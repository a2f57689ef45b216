"""What an audit may attempt: each one wrong on purpose, so that a refusal is the good answer.

`needs` says what an attempt is made with: `token` (one that works), `code` (a fresh one, and the answer may use it up)
or `grant` (tokens of the audit's own sign-in, which the attempt may end).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.flow.facts import Facts
from app.flow.oauth import endpoint, rules_for, text, texts

MUST, SHOULD, PRACTICE = "MUST", "SHOULD", "best practice"
NO_CODE = "This grant needs no browser, so there is no authorization code."


@dataclass(frozen=True)
class Attempt:
    """One attempt. `advertised` is what the metadata says about it, `lacks` why it cannot be made here; both may be empty."""

    slug: str
    label: str
    sends: str
    good: str
    needs: str  # token, code, grant
    requests: int  # at most, without controls
    level: str  # MUST, SHOULD, best practice
    spec: str
    url: str
    costs: str = ""
    advertised: Callable[[Facts], str] = lambda facts: ""
    lacks: Callable[[Facts], str] = lambda facts: ""


def _rfc(number: int, section: str) -> tuple[str, str]:
    return f"RFC {number} section {section}", f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"


_MCP = "https://modelcontextprotocol.io/specification/2025-11-25/basic"
_TOKENS = ("MCP authorization, Access token usage", f"{_MCP}/authorization#access-token-usage")
_ORIGIN = ("MCP transports, Security warning", f"{_MCP}/transports#security-warning")
_VERSION = ("MCP transports, Protocol version header", f"{_MCP}/transports#protocol-version-header")


def _pkce(facts: Facts) -> str:
    return "The metadata names S256 (code_challenge_methods_supported)." if "S256" in texts(facts.server, _METHODS) else ""


_METHODS = "code_challenge_methods_supported"


def _header_only(facts: Facts) -> str:
    methods = texts(facts.resource_metadata, "bearer_methods_supported")
    return f"bearer_methods_supported is {', '.join(methods)}." if methods and "query" not in methods else ""


def _bound(facts: Facts) -> str:
    return "The resource metadata names the resource that tokens are for." if text(facts.resource_metadata, "resource") else ""


def _redirects(facts: Facts) -> str:
    listed = texts(facts.client.answer, "redirect_uris") if facts.client else ()
    return "The registration answer lists the redirect URIs." if listed else ""


def _revocation(facts: Facts) -> str:
    return "The metadata names a revocation_endpoint." if endpoint(facts, "revocation_endpoint") else ""


def _needs_code(facts: Facts) -> str:
    return "" if facts.by_browser else NO_CODE


def _needs_resource(facts: Facts) -> str:
    return _needs_code(facts) or ("" if rules_for(facts).resource_parameter else "This revision has no resource parameter.")


def _needs_revocation(facts: Facts) -> str:
    return _needs_code(facts) or ("" if endpoint(facts, "revocation_endpoint") else "The metadata names no revocation_endpoint.")


def _needs_version(facts: Facts) -> str:
    old = facts.era == "legacy" and facts.protocol == "2025-03-26"
    return "2025-03-26 has no MCP-Protocol-Version header." if old else ""


ATTEMPTS = (
    Attempt("no_token", "No token", "The MCP request without a token.", "401", "token", 1, MUST, *_TOKENS),
    Attempt("garbage_token", "Made-up token", "The MCP request with a token that nobody issued.", "401", "token", 1, MUST, *_TOKENS,
            costs="A server that locks out after bad tokens may count one."),
    Attempt("token_in_query", "Token in the URL", "A good token in the URL alone.", "401", "token", 1, MUST, *_rfc(9700, "4.3.2"),
            costs="The token stands in the server's log then.", advertised=_header_only),
    Attempt("foreign_route", "Another route", "Our token at another route, after a look without a token whether it is protected.", "401",
            "token", 2, MUST, *_rfc(8707, "2"), advertised=_bound),
    Attempt("wrong_origin", "Wrong Origin", "The MCP request with our token, as a web page of nobody would send it.", "403", "token", 1,
            MUST, *_ORIGIN),
    Attempt("unknown_version", "Unknown protocol version", "The MCP request in a revision that does not exist.", "400", "token", 1, MUST,
            *_VERSION, lacks=_needs_version),
    Attempt("missing_verifier", "No verifier", "A fresh code without code_verifier.", "invalid_request or invalid_grant", "code", 1, MUST,
            *_rfc(7636, "4.6"), advertised=_pkce, lacks=_needs_code),
    Attempt("wrong_verifier", "Wrong verifier", "A fresh code with a verifier of somebody else.", "invalid_grant", "code", 1, MUST,
            *_rfc(7636, "4.6"), advertised=_pkce, lacks=_needs_code),
    Attempt("wrong_redirect", "Wrong redirect_uri", "A fresh code with another redirect_uri than the one it went to.", "invalid_grant",
            "code", 1, MUST, *_rfc(6749, "4.1.3"), advertised=_redirects, lacks=_needs_code),
    Attempt("missing_resource", "No resource", "A fresh code without resource.", "invalid_request or invalid_target", "code", 1, PRACTICE,
            *_rfc(8707, "2.2"), advertised=_bound, lacks=_needs_resource),
    Attempt("wrong_resource", "Wrong resource", "A fresh code for a resource of nobody; a token that comes is tried at the MCP server.",
            "invalid_target", "code", 2, MUST, *_rfc(8707, "2.2"), advertised=_bound, lacks=_needs_resource),
    Attempt("revoked_token", "Revoked token", "Revokes the audit's own access token, then uses it.", "401", "grant", 2, MUST,
            *_rfc(7009, "2.2"), advertised=_revocation, lacks=_needs_revocation),
    Attempt("old_refresh", "Old refresh token", "A refresh, then the refresh token that it replaced.", "invalid_grant", "grant", 2, MUST,
            *_rfc(9700, "4.14.2"), lacks=_needs_code),
    Attempt("code_twice", "Code twice", "A code that has been exchanged already.", "invalid_grant", "grant", 3, MUST, *_rfc(6749, "4.1.2"),
            lacks=_needs_code),
)  # fmt: skip
SLUGS = tuple(attempt.slug for attempt in ATTEMPTS)
BY_SLUG = {attempt.slug: attempt for attempt in ATTEMPTS}


def of_kind(slugs: Iterable[str], needs: str) -> tuple[str, ...]:
    """Those of the attempts that are made with a token, a code or a grant, in the order in which they are made."""
    chosen = set(slugs)
    return tuple(a.slug for a in ATTEMPTS if a.slug in chosen and a.needs == needs)


def possible(facts: Facts) -> tuple[str, ...]:
    """The attempts that can be made at this gateway at all."""
    return tuple(a.slug for a in ATTEMPTS if not a.lacks(facts))


@dataclass(frozen=True)
class Cost:
    """What the chosen attempts may take: requests at most, sign-ins where all goes well, usually, and in the worst case."""

    requests: int
    fewest: int
    usual: int
    most: int


def cost_of(slugs: Iterable[str], token_lives: bool) -> Cost:
    """Told before anything is sent. Controls are counted; a code that dies with a wrong try needs a sign-in of its own."""
    chosen = tuple(slugs)
    token, code, grant = (of_kind(chosen, kind) for kind in ("token", "code", "grant"))
    needs_code = bool(code or grant or (token and not token_lives))
    both_end = {"old_refresh", "code_twice"} <= set(grant)
    most = len(code) + max(len(grant), 1 if token and not token_lives else 0) if needs_code else 0
    controls = (1 if token else 0) + (1 + len(grant)) * needs_code + most
    requests = sum(BY_SLUG[slug].requests for slug in chosen) + controls
    return Cost(requests, int(needs_code), int(needs_code) + both_end, max(most, int(needs_code) + both_end))


def token_lives(facts: Facts) -> bool:
    """Has the run a token that should still work?"""
    return facts.tokens is not None and facts.called and not (facts.grant_dead or facts.revoked)
