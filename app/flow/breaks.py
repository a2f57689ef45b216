"""Named breaks: one click that makes a request wrong on purpose, to see what the server makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.flow.facts import Edit, Facts


@dataclass(frozen=True)
class Break:
    """`says` tells what a good server does with it. `make` returns the edit, or None where it cannot be made now."""

    slug: str
    label: str
    says: str
    make: Callable[[Facts], Edit | None]


def _drops(step: str, slug: str, *names: str) -> Callable[[Facts], Edit | None]:
    return lambda facts: Edit(step, slug, drop_params=names)


def _sets(step: str, slug: str, name: str, value: str) -> Callable[[Facts], Edit | None]:
    return lambda facts: Edit(step, slug, set_params=((name, value),))


def _reuse_code(facts: Facts) -> Edit | None:
    sent = [code for code, _ in facts.codes_sent]
    return Edit("token", "reuse_code", set_params=(("code", sent[-1]),)) if sent else None


def _other_route(facts: Facts) -> Edit | None:
    """The sibling route: the target with its last path segment changed, which a token must not open."""
    head, _, last = facts.options.target.rstrip("/").rpartition("/")
    sibling = {"linear-v1": "github-v1", "github-v1": "linear-v1"}.get(last, f"{last}-other")
    return Edit("call", "other_route", url=f"{head}/{sibling}")


def _token_in_query(facts: Facts) -> Edit | None:
    if facts.tokens is None:
        return None
    join = "&" if "?" in facts.options.target else "?"
    url = f"{facts.options.target}{join}access_token={facts.tokens.access}"
    return Edit("call", "token_in_query", drop_headers=("Authorization",), url=url)


NO_REFUSAL = "A good server refuses."
BREAKS: Mapping[str, tuple[Break, ...]] = {
    "authorize": (
        Break(
            "no_resource",
            "Leave out resource",
            "Servers with several routes must refuse or guess.",
            _drops("authorize", "no_resource", "resource"),
        ),
        Break("no_pkce", "Leave out PKCE", NO_REFUSAL, _drops("authorize", "no_pkce", "code_challenge", "code_challenge_method")),
        Break("plain_pkce", "PKCE method plain", NO_REFUSAL, _sets("authorize", "plain_pkce", "code_challenge_method", "plain")),
        Break(
            "wrong_redirect",
            "Another redirect URI",
            "The server must show an error page and send nobody anywhere.",
            _sets("authorize", "wrong_redirect", "redirect_uri", "https://example.invalid/callback"),
        ),
        Break(
            "wrong_resource",
            "Another resource",
            "invalid_target is right.",
            _sets("authorize", "wrong_resource", "resource", "https://example.invalid/mcp"),
        ),
    ),
    "token": (
        Break("wrong_verifier", "Wrong verifier", "invalid_grant is right.", _sets("token", "wrong_verifier", "code_verifier", "x" * 43)),
        Break(
            "no_verifier",
            "Leave out the verifier",
            "invalid_grant or invalid_request is right.",
            _drops("token", "no_verifier", "code_verifier"),
        ),
        Break(
            "no_resource",
            "Leave out resource",
            "invalid_request or invalid_target is right where resource is demanded.",
            _drops("token", "no_resource", "resource"),
        ),
        Break(
            "wrong_redirect",
            "Another redirect URI",
            "invalid_grant is right.",
            _sets("token", "wrong_redirect", "redirect_uri", "https://example.invalid/callback"),
        ),
        Break("reuse_code", "Reuse the last code", "invalid_grant is right, and the first grant should end.", _reuse_code),
    ),
    "call": (
        Break("no_token", "Send no token", "401 is right.", lambda facts: Edit("call", "no_token", drop_headers=("Authorization",))),
        Break(
            "garbage_token",
            "Send a made-up token",
            "401 with error=invalid_token is right.",
            lambda facts: Edit("call", "garbage_token", set_headers=(("Authorization", "Bearer made-up"),)),
        ),
        Break("token_in_query", "Token in the URL only", "401 is right: URLs end in logs.", _token_in_query),
        Break("other_route", "Use it on another route", "401 is right: the token is bound to its own resource.", _other_route),
    ),
    "refresh": (
        Break("no_resource", "Leave out resource", "The same audience, or invalid_request.", _drops("refresh", "no_resource", "resource")),
        Break(
            "garbage_token",
            "Made-up refresh token",
            "invalid_grant is right.",
            _sets("refresh", "garbage_token", "refresh_token", "made-up"),
        ),
        Break(
            "wider_scope",
            "Ask for more scope",
            "invalid_scope is right.",
            _sets("refresh", "wider_scope", "scope", "openid admin everything"),
        ),
    ),
    "revoke": (
        Break(
            "no_client",
            "Leave out client_id",
            "401 invalid_client is allowed for clients with a secret.",
            _drops("revoke", "no_client", "client_id"),
        ),
    ),
}


def find_break(step: str, slug: str) -> Break | None:
    """The break of that step and slug, or None."""
    return next((b for b in BREAKS.get(step, ()) if b.slug == slug), None)
