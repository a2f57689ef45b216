"""What the authorization server said no to: the errors with which the browser came back (RFC 6749 section 4.1.2.1)."""

from __future__ import annotations

import re

from app.checks.callback import ON, first, may_quote, on_leg
from app.checks.client_words import unknown_client
from app.checks.declaration import check
from app.checks.dry_reading import BAD_CLIENT, BAD_TARGET, DRY, quoted
from app.checks.dry_reading import refusal as dry_refusal
from app.checks.model import NOTE, STOP, Question, Seen, Verdict
from app.checks.reading import ended_badly
from app.checks.specs import MCP_RESOURCE, MCP_SCOPE, rfc

UNKNOWN_CLIENT = ("invalid_client", "unauthorized_client", "invalid_client_metadata", "invalid_client_id")
MAY_NOT = re.compile(r"\b(may|must|can) ?not\b|\bnot (allowed|authori[sz]ed|permitted|enabled)\b|grant|response[ _]type", re.I)


def refusal(q: Question) -> str:
    """The slug of the one refusal that this callback is; empty where it is none or must not be looked at."""
    error, words = first(q, "error"), first(q, "error_description")
    if not error or not may_quote(q):
        return ""
    if "AADSTS9010010" in words or "AADSTS9010010" in error:
        return "entra_resource"
    if error in ("access_denied", "invalid_scope", "invalid_target"):
        return error
    if BAD_TARGET.search(words):
        return "invalid_target"
    # by RFC 6749 section 4.1.2.1 a known client may not do this; without that explanation servers say it to unknown ones too
    is_known = error == "unauthorized_client" and MAY_NOT.search(words) and not BAD_CLIENT.search(words)
    if (error in UNKNOWN_CLIENT and not is_known) or "client metadata" in words.lower():
        return unknown_client(q, words)
    return "refused"


def wording(q: Question) -> str:
    if q.entry.is_aside:
        return quoted(q)
    described = first(q, "error_description")
    return first(q, "error") + (f' "{described}"' if described else "")


def _when(q: Question, slug: str, says: str) -> Verdict:
    if q.entry.is_aside:
        says = says.replace("The browser came back with", "The authorization URL answers")
        return Seen(says, actual=wording(q)) if dry_refusal(q) == slug else None
    return Seen(says, actual=wording(q), evidence=on_leg(q, "error")) if refusal(q) == slug else None


@check(
    "authorize.access_denied",
    ON,
    level=NOTE,
    ends=True,
    title="The sign-in was declined",
    expected="The person signs in and agrees.",
    why="Somebody pressed cancel, or is not assigned to this application, or a policy said no. The flow itself works.",
    spec=rfc(6749, "4.1.2.1"),
    operator="If nobody pressed cancel: assign the person to the application, or look at the sign-in policy.",
    client="Offer to try again.",
)
def access_denied(q: Question) -> Verdict:
    return _when(q, "access_denied", f"The browser came back with {wording(q)}.")


@check(
    "authorize.invalid_scope",
    ON,
    *DRY,
    level=STOP,
    title="The requested scope is refused",
    expected="Scopes that the metadata lists can be asked for.",
    why="Often the client was registered without a scope, and may then ask for none of those that the metadata lists.",
    spec=MCP_SCOPE,
    operator="Let registered clients ask for every scope in scopes_supported.",
    client="Register the scope that will be asked for, or set another scope on the start page.",
)
def invalid_scope(q: Question) -> Verdict:
    asked = q.before.authorization
    scope = asked.scope if asked else ""
    return _when(q, "invalid_scope", f"The browser came back with {wording(q)}. We asked for scope {scope!r}.")


@check(
    "authorize.invalid_target",
    ON,
    *DRY,
    level=STOP,
    title="The resource is refused",
    expected="The resource that the metadata publishes is known to the authorization server.",
    why="Usually a final slash or the origin in place of the path; some providers want each resource registered first.",
    spec=rfc(8707, "2"),
    operator="Register the resource at the authorization server, in the very spelling of the resource metadata.",
    client="Send resource byte for byte as published.",
)
def invalid_target(q: Question) -> Verdict:
    asked = q.before.authorization
    sent = asked.resource if asked else ""
    says = f"The browser came back with {wording(q)}. We sent resource {sent!r}; the metadata publishes {q.before.resource!r}."
    return _when(q, "invalid_target", says)


@check(
    "authorize.entra_resource",
    ON,
    *DRY,
    level=STOP,
    title="Entra refuses resource together with scope",
    expected="The gateway in front of Entra takes the resource parameter and keeps it to itself.",
    why="Since March 2026 Entra's v2 endpoint answers AADSTS9010010 when both are sent and do not fit.",
    spec=MCP_RESOURCE,
    operator="Strip resource before Entra, or make the App ID URI equal to the MCP URL.",
    client="Nothing that conforms: MCP clients must send resource.",
)
def entra_resource(q: Question) -> Verdict:
    return _when(q, "entra_resource", f"The browser came back with {wording(q)}.")


@check(
    "authorize.refused",
    ON,
    level=STOP,
    title="The authorization server refused",
    expected="A code.",
    why="Without a code there are no tokens.",
    spec=rfc(6749, "4.1.2.1"),
    operator="Look up this request in the authorization server's log.",
    client="Compare the request, parameter by parameter, with what the server expects.",
)
def refused(q: Question) -> Verdict:
    return _when(q, "refused", f"The browser came back with {wording(q)}.")


@check(
    "authorize.not_started",
    "ended:authorize",
    level=STOP,
    last_resort=True,
    title="The browser could not be sent out",
    expected="A client id, an authorization endpoint, and no more than three requests without a new click.",
    why="An authorization request needs all of them.",
    spec=rfc(6749, "4.1.1"),
    operator="Publish authorization_endpoint and a way to register.",
    client="Press retry, or enter a client id on the start page.",
)
def not_started(q: Question) -> Verdict:
    reason = ended_badly(q)
    return Seen(reason) if reason else None
