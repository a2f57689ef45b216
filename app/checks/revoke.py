"""Handing tokens back, and the proof that they are gone (RFC 7009)."""

from __future__ import annotations

from app.checks.call_reading import first_401
from app.checks.declaration import check
from app.checks.model import NOTE, WARN, Question, Seen, Verdict
from app.checks.reading import (
    at,
    document_of,
    header_of,
    oauth_error,
    outcome_of,
    quoted_error,
    request_of,
    rpc_result,
    status_of,
    text,
    token_sent,
)
from app.checks.specs import rfc
from app.wire.messages import Exchange
from app.wire.parse.form import read_pairs

POSTS = ("revoke/revoke_access", "revoke/revoke_refresh", "revoke/revoke_unknown")
REVOKED_MCP = ("revoke/access_after_revoke", "confirm/access")


@check(
    "revoke.not_advertised",
    "ended:revoke",
    level=NOTE,
    title="Revocation is not offered",
    expected="revocation_endpoint in the metadata; RFC 7009 is optional.",
    why="The step is skipped: there is nowhere to hand tokens back.",
    spec=rfc(7009, "2"),
    operator="Offer revocation and name its endpoint.",
    client="Forget the tokens.",
)
def not_advertised(q: Question) -> Verdict:
    if outcome_of(q)[0] != "skipped" or text(q.facts.server, "revocation_endpoint") or not q.facts.server:
        return None  # without metadata (of a recording that lacks it) nobody can tell what it names
    return Seen("The metadata names no revocation_endpoint, so nothing was revoked.")


@check(
    "revoke.advertised_missing",
    *POSTS,
    level=WARN,
    title="The advertised revocation endpoint does not exist",
    expected="200.",
    why="Clients believe that they signed out; the tokens live on.",
    spec=rfc(7009, "2.2"),
    operator="Serve the endpoint, or take it out of the metadata.",
    client="Tell the person that signing out failed.",
)
def advertised_missing(q: Question) -> Verdict:
    if status_of(q) not in (404, 405, 501):
        return None
    return Seen(f"{request_of(q).url} answered {status_of(q)}.", actual=str(status_of(q)))


@check(
    "revoke.unsupported_type",
    *POSTS,
    level=NOTE,
    title="This kind of token cannot be revoked",
    expected="200, or an honest unsupported_token_type.",
    why="Often an access token that is a JWT: it lives until it expires.",
    spec=rfc(7009, "2.2.1"),
    operator="Keep access tokens short-lived.",
    client="Revoke the refresh token.",
)
def unsupported_type(q: Question) -> Verdict:
    if oauth_error(q) != "unsupported_token_type":
        return None
    return Seen(f"The server answered {quoted_error(q)} to {q.entry.role}.", actual=quoted_error(q), evidence=at(q, pointer="/error"))


@check(
    "revoke.needs_auth",
    *POSTS,
    level=WARN,
    title="Revocation refuses the public client",
    expected="A public client sends client_id and no secret, as at the token endpoint.",
    why="Public clients cannot sign out. The default of revocation_endpoint_auth_methods_supported is client_secret_basic.",
    spec=rfc(7009, "2.1"),
    operator="Accept none at the revocation endpoint and advertise it.",
    client="Send client_id; with a secret use the method that the metadata lists.",
)
def needs_auth(q: Question) -> Verdict:
    if status_of(q) != 401:
        return None
    return Seen(f"The server answered {quoted_error(q)} to {q.entry.role}.", actual=quoted_error(q))


@check(
    "revoke.unexpected_status",
    *POSTS,
    level=WARN,
    title="Revocation was not answered with 200",
    expected="200 for a good, a dead and an unknown token alike.",
    why="Another answer lets strangers find out which tokens exist, or says that nothing was revoked.",
    spec=rfc(7009, "2.2"),
    operator="Answer 200 with an empty body.",
    client="Take anything but 200 as not revoked.",
)
def unexpected_status(q: Question) -> Verdict:
    status = status_of(q)
    if not 400 <= status < 500 or status in (401, 404, 405) or oauth_error(q) == "unsupported_token_type":
        return None
    return Seen(f"The server answered {quoted_error(q)} to {q.entry.role}.", actual=quoted_error(q))


@check(
    "revoke.no_effect",
    *REVOKED_MCP,
    "call/probe:audit:revoked_token:asked",
    "confirm/refresh",
    level=WARN,
    title="A revoked token still works",
    expected="401 at the MCP server and invalid_grant at the token endpoint.",
    why="Signing out does not sign out. Where only the access token lives on, the gateway checks a JWT without asking.",
    spec=rfc(7009, "2.2"),
    operator="Check the revocation at the gateway too (introspection, a short cache), or keep access tokens short.",
    client="Check that the revocation carried the client_id that owns the token: for a foreign one 200 means nothing.",
)
def no_effect(q: Question) -> Verdict:
    if q.entry.is_aside:  # an audit asks only after its revocation was answered 200
        worked = status_of(q) == 200 and rpc_result(q) is not None
        return Seen("The MCP server still answers with the token that an audit revoked.", actual="200 with a result") if worked else None
    access, refresh = was_refused(q, "revoke_access"), was_refused(q, "revoke_refresh")
    if q.entry.role == "refresh":
        worked = status_of(q) == 200 and bool(text(document_of(q), "access_token"))
        what = "The refresh token, whose revocation was refused, gave" if refresh else "The revoked refresh token gave"
        return Seen(f"{what} new tokens.", actual="200 with tokens") if worked else None
    if status_of(q) != 200 or rpc_result(q) is None or (access and q.entry.role == "access_after_revoke"):
        return None
    # the grant's revocation ends its access tokens too, so that only two refusals excuse the server here
    whose = "a token whose revocation was refused" if access and refresh else _which(q)
    return Seen(f"The MCP server still answers with {whose}.", actual="200 with a result")


def _asked(q: Question, role: str) -> Exchange | None:
    """The newest revocation of this kind."""
    earlier = reversed(q.run.entries[: q.entry.seq - 1])
    return next((e.body for e in earlier if e.step == "revoke" and e.role == role and isinstance(e.body, Exchange)), None)


def _which(q: Question) -> str:
    """After the access token was handed in, a refresh may have brought another one, which only its grant's end can end."""
    asked = _asked(q, "revoke_access")
    handed_in = dict(read_pairs(asked.request.body.decode("latin-1"))).get("token", "") if asked else ""
    return "the revoked token" if token_sent(q) == handed_in else "an access token of the revoked grant"


def was_refused(q: Question, role: str) -> bool:
    """Was this revocation, answered with anything but 200? Then a living token is no surprise."""
    asked = _asked(q, role)
    return asked is not None and asked.status != 200


@check(
    "revoke.partial",
    "revoke/refresh_after_revoke",
    level=NOTE,
    title="Revoking the access token leaves the refresh token",
    expected="Either way is allowed.",
    why="To end the grant a client must revoke the refresh token.",
    spec=rfc(7009, "2.1"),
    operator="Nothing; ending the grant too would be stricter.",
    client="Revoke the refresh token when signing out.",
)
def partial(q: Question) -> Verdict:
    if status_of(q) != 200 or not text(document_of(q), "access_token") or was_refused(q, "revoke_access"):
        return None
    return Seen("After the access token was revoked, the refresh token still gave new tokens.", actual="200 with tokens")


@check(
    "revoke.dead_end",
    *REVOKED_MCP,
    level=WARN,
    title="The 401 after revocation does not say where to start again",
    expected="The same challenge as at first contact, with resource_metadata.",
    why="The client cannot find the way back to the sign-in.",
    spec=rfc(9728, "5.1"),
    operator="Send the full challenge on every path that answers 401, for dead tokens too.",
    client="Remember the metadata URL of the first 401.",
)
def dead_end(q: Question) -> Verdict:
    if (
        status_of(q) != 401
        or "resource_metadata" in header_of(q, "www-authenticate")
        or not q.before.metadata_found_at
        or not _named_at_first(q)
    ):
        return None
    challenge = header_of(q, "www-authenticate") or "no WWW-Authenticate"
    return Seen(
        f"The first 401 named resource_metadata, this one does not: {challenge}",
        actual=challenge,
        evidence=at(q, header="WWW-Authenticate"),
    )


def _named_at_first(q: Question) -> bool:
    first = first_401(q)
    return first is not None and first.response is not None and "resource_metadata" in first.response.header("www-authenticate")
