"""What is odd about the tokens that came (RFC 6749 section 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checks.declaration import check
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import as_json, at, document_of, header_of, json_member, status_of, text, texts
from app.checks.specs import MCP_REFRESH, rfc
from app.checks.token_reading import sent_before
from app.wire.parse.jwt import read_jwt

ON = ("token/code", "refresh/refresh")


def grants(q: Question) -> bool:
    """Is this a 200 with an access token?"""
    return status_of(q) == 200 and bool(text(document_of(q), "access_token"))


def _is_bearer(value: Any) -> bool:
    return isinstance(value, str) and value.lower() == "bearer"


def _is_bound(q: Question, value: Any) -> bool:
    """Is the token bound to the key that we proved (RFC 9449 section 5)?"""
    return isinstance(value, str) and value.lower() == "dpop" and bool(q.before.dpop_key)


def _is_lifetime(value: Any) -> bool:
    """A number above nothing: with 0 a client takes the token for expired before it was used."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0)


def _is_scope(value: Any) -> bool:
    return value is None or (isinstance(value, str) and "," not in value)


def _is_token(value: Any) -> bool:
    """RFC 6749 appendix A.12 and A.17: visible ASCII, which a header can carry."""
    return value is None or (isinstance(value, str) and all(" " <= letter <= "~" for letter in value))


TYPES: dict[str, Callable[[Any], bool]] = {"token_type": _is_bearer, "expires_in": _is_lifetime, "scope": _is_scope}
SECRETS = ("access_token", "refresh_token")


@check(
    "token.bad_types",
    *ON,
    level=WARN,
    title="A member of the token answer has the wrong type",
    expected="token_type Bearer, expires_in a number above 0, scope a string with spaces, tokens of visible ASCII.",
    why="Strict clients refuse the whole answer over one such member, or take the token for expired at once.",
    spec=rfc(6749, "5.1"),
    operator="Send expires_in as a number of seconds above 0, token_type Bearer and scope separated by spaces.",
    client="Read leniently, but do not send on what was not understood.",
)
def bad_types(q: Question) -> Verdict:
    found = document_of(q)
    if not grants(q):
        return None
    for name in SECRETS:
        if not _is_token(found.get(name)):
            says = f"{name} holds characters that a header cannot carry: only visible ASCII is allowed."
            return Seen(says, actual="other characters than visible ASCII", level=STOP, evidence=at(q, pointer=f"/{name}"))
    for name, fine in TYPES.items():
        if not fine(found.get(name)) and not (name == "token_type" and _is_bound(q, found.get(name))):
            given = json_member(found, name)
            return Seen(f"{name} is {given}.", actual=given, evidence=at(q, pointer=f"/{name}"))
    return None


@check(
    "token.code_replayable",
    "token/code",
    "token/probe:audit:code_twice:asked",
    level=WARN,
    title="A code works twice",
    expected="The second use of a code is refused, and the tokens of the first are ended.",
    why="A stolen code is worth tokens even after the client has used it.",
    spec=rfc(6749, "4.1.2"),
    operator="Mark codes as used in the same transaction that issues tokens.",
    client="Nothing.",
)
def code_replayable(q: Question) -> Verdict:
    if not grants(q) or not (q.entry.is_aside or sent_before(q)):
        return None  # an audit asks a second time only after the code gave tokens
    return Seen("This code had been handed in before and was accepted again.", evidence=at(q, side="request", pointer="?code"))


@check(
    "token.no_refresh",
    "token/code",
    level=WARN,
    title="No refresh token came",
    expected="A refresh token, where the server offers the grant.",
    why="People must sign in again each time the access token ends.",
    spec=MCP_REFRESH,
    operator="Issue refresh tokens to this client; check that the consent did not drop offline_access.",
    client="Ask for offline_access where the server lists it; do not count on a refresh token.",
)
def no_refresh(q: Question) -> Verdict:
    found, server = document_of(q), q.before.server
    if not grants(q) or text(found, "refresh_token"):
        return None
    offered = "refresh_token" in texts(server, "grant_types_supported") or "offline_access" in texts(server, "scopes_supported")
    shown = '""' if found.get("refresh_token") == "" else "absent"
    says = f"refresh_token is {shown}" + (
        ", though the metadata offers the grant." if offered else "; the metadata does not offer it either."
    )
    return Seen(says, actual=shown, level="" if offered else NOTE, evidence=at(q, pointer="/refresh_token"))


@check(
    "token.audience_mismatch",
    *ON,
    level=WARN,
    title="The token is made out to another audience",
    expected="aud of a readable token is the resource that was asked for.",
    why="A server that checks the audience will refuse it; one that does not would take tokens meant for others.",
    spec=rfc(9068, "3"),
    operator="Put the requested resource into aud.",
    client="Nothing; a client decodes tokens for display only.",
)
def audience_mismatch(q: Question) -> Verdict:
    token = read_jwt(text(document_of(q), "access_token")) if grants(q) else None
    asked = q.before.resource
    if token is None or "aud" not in token.claims or asked in token.audience:
        return None
    found = as_json(token.claims["aud"])
    return Seen(f"aud is {found}, asked for was {asked}.", actual=found, expected=asked, evidence=at(q, pointer="/access_token"))


@check(
    "token.scope_narrowed",
    "token/code",
    level=NOTE,
    title="Less scope was granted than asked for",
    expected="scope as asked for, or a smaller one that is said.",
    why="A later call may meet 403 insufficient_scope.",
    spec=rfc(6749, "3.3"),
    operator="Nothing, if it is meant.",
    client="Compare what was granted, and ask again when more is needed.",
)
def scope_narrowed(q: Question) -> Verdict:
    scope, asked = document_of(q).get("scope"), q.before.authorization
    if not grants(q) or not isinstance(scope, str) or asked is None:
        return None
    lacking = sorted(set(asked.scope.split()) - set(scope.replace(",", " ").split()) - {"offline_access"})
    if not lacking:
        return None
    return Seen(
        f"Granted is {scope!r}; not granted: {' '.join(lacking)}.", actual=scope, expected=asked.scope, evidence=at(q, pointer="/scope")
    )


@check(
    "token.cacheable",
    *ON,
    level=NOTE,
    title="The token answer may be cached",
    expected="Cache-Control: no-store.",
    why="A cache on the way could keep the tokens.",
    spec=rfc(6749, "5.1"),
    operator="Send Cache-Control: no-store with every token answer.",
    client="Nothing.",
)
def cacheable(q: Question) -> Verdict:
    control = header_of(q, "cache-control")
    if not grants(q) or "no-store" in control.lower():
        return None
    return Seen(f"Cache-Control is {control or 'absent'}.", actual=control or "absent", evidence=at(q, header="Cache-Control"))
