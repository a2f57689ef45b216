"""Named breaks: one click that makes a request wrong on purpose, to see what the server makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.flow.facts import Edit, Facts
from app.flow.steps.register import registration, way


@dataclass(frozen=True)
class Break:
    """`says` tells what a good server does with it. `make` returns the edit, or None where it cannot be made now."""

    slug: str
    label: str
    says: str
    make: Callable[[Facts], Edit | None]
    mends: tuple[str, ...] = ()  # codes of findings after which this change is offered as a way on


def leave_out(step: str, slug: str, label: str, says: str, *names: str) -> Break:
    """A break that drops parameters."""
    return Break(slug, label, says, lambda facts: Edit(step, slug, drop_params=names))


Value = str | Callable[[Facts], str]  # what depends on the walk; an empty text means that it cannot be made now


def put(step: str, slug: str, label: str, says: str, name: str, value: Value, mends: tuple[str, ...] = ()) -> Break:
    """A break that gives one parameter another value."""

    def make(facts: Facts) -> Edit | None:
        given = value if isinstance(value, str) else value(facts)
        return Edit(step, slug, set_params=((name, given),)) if given else None

    return Break(slug, label, says, make, mends)


def _other_application_type(facts: Facts) -> str:
    """The type that a plain retry would not say. A server that is told none takes web (RFC 7591 and OpenID Connect, section 2)."""
    if facts.client or way(facts) != "dcr":
        return ""
    return "web" if registration(facts).get("application_type", "web") == "native" else "native"


def _reuse_code(facts: Facts) -> Edit | None:
    sent = [code for code, _ in facts.codes_sent]
    return Edit("token", "reuse_code", set_params=(("code", sent[-1]),)) if sent else None


def _other_route(facts: Facts) -> Edit | None:
    """The sibling route: the target with its last path segment changed, which a token must not open."""
    head, _, last = facts.options.target.rstrip("/").rpartition("/")
    sibling = {"linear-v1": "github-v1", "github-v1": "linear-v1"}.get(last, f"{last}-other")
    return Edit("call", "other_route", url=f"{head}/{sibling}")


def _made_up_token(facts: Facts) -> Edit | None:
    return Edit("call", "garbage_token", set_headers=(("Authorization", "Bearer made-up"),))


def _token_in_query(facts: Facts) -> Edit | None:
    if facts.tokens is None:
        return None
    join = "&" if "?" in facts.options.target else "?"
    url = f"{facts.options.target}{join}access_token={facts.tokens.access}"
    return Edit("call", "token_in_query", drop_headers=("Authorization",), url=url)


ELSEWHERE = "https://example.invalid"
REGISTER = (
    put(
        "register",
        "other_application_type",
        "Retry with the other application_type",
        "native belongs to a loopback callback, web to an https one; some servers take only one of them.",
        "application_type",
        _other_application_type,
        ("register.application_type", "register.redirect_host_refused"),
    ),
)
AUTHORIZE = (
    leave_out("authorize", "no_resource", "Leave out resource", "A server with several routes must refuse or guess.", "resource"),
    leave_out("authorize", "no_pkce", "Leave out PKCE", "invalid_request is right.", "code_challenge", "code_challenge_method"),
    put("authorize", "plain_pkce", "PKCE method plain", "invalid_request is right.", "code_challenge_method", "plain"),
    put("authorize", "wrong_redirect", "Another redirect URI", "An error page is right.", "redirect_uri", f"{ELSEWHERE}/callback"),
    put("authorize", "wrong_resource", "Another resource", "invalid_target is right.", "resource", f"{ELSEWHERE}/mcp"),
)
TOKEN = (
    put("token", "wrong_verifier", "Wrong verifier", "invalid_grant is right.", "code_verifier", "x" * 43),
    leave_out("token", "no_verifier", "Leave out the verifier", "invalid_grant or invalid_request is right.", "code_verifier"),
    leave_out("token", "no_resource", "Leave out resource", "invalid_target or invalid_request, where it is demanded.", "resource"),
    put("token", "wrong_redirect", "Another redirect URI", "invalid_grant is right.", "redirect_uri", f"{ELSEWHERE}/callback"),
    Break("reuse_code", "Reuse the last code", "invalid_grant is right, and the first grant should end.", _reuse_code),
)
CALL = (
    Break("no_token", "Send no token", "401 is right.", lambda facts: Edit("call", "no_token", drop_headers=("Authorization",))),
    Break("garbage_token", "Send a made-up token", "401 with error=invalid_token is right.", _made_up_token),
    Break("token_in_query", "Token in the URL only", "401 is right: URLs end in logs.", _token_in_query),
    Break("other_route", "Use it on another route", "401 is right: a token is bound to its own resource.", _other_route),
)
REFRESH = (
    leave_out("refresh", "no_resource", "Leave out resource", "The same audience, or invalid_request.", "resource"),
    put("refresh", "garbage_token", "Made-up refresh token", "invalid_grant is right.", "refresh_token", "made-up"),
    put("refresh", "wider_scope", "Ask for more scope", "invalid_scope is right.", "scope", "openid admin everything"),
)
REVOKE = (leave_out("revoke", "no_client", "Leave out client_id", "A refusal is allowed for clients with a secret.", "client_id"),)
BREAKS: Mapping[str, tuple[Break, ...]] = {
    "register": REGISTER,
    "authorize": AUTHORIZE,
    "token": TOKEN,
    "call": CALL,
    "refresh": REFRESH,
    "revoke": REVOKE,
}


def find_break(step: str, slug: str) -> Break | None:
    """The break of that step and slug, or None."""
    return next((b for b in BREAKS.get(step, ()) if b.slug == slug), None)
