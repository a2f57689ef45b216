"""The MCP request with the token: refused with 401 or 403."""

from __future__ import annotations

from app.checks.call_reading import like_without_token, refusal
from app.checks.declaration import check
from app.checks.model import STOP, WARN, Question, Seen, Verdict
from app.checks.reading import (
    at,
    bearer_of,
    header_of,
    metadata_named,
    request_of,
    snippet,
    status_of,
    told,
)
from app.checks.specs import MCP_SCOPE, MCP_TOKENS, rfc
from app.checks.trials import lost_on_the_way
from app.flow.facts import Tokens

ALL = "call/*"


def challenge_line(q: Question) -> str:
    return header_of(q, "www-authenticate") or "no WWW-Authenticate"


def _when(q: Question, slug: str, says: str, level: str = "") -> Verdict:
    return (
        Seen(says, actual=f"401, {challenge_line(q)}", level=level, evidence=at(q, header="WWW-Authenticate"))
        if refusal(q) == slug
        else None
    )


@check(
    "call.token_expired",
    ALL,
    level=STOP,
    title="The access token is no longer good",
    expected="401 when a token ends; the client refreshes or signs in again.",
    why="Tokens are short-lived; 401 is the right answer and starts a new lap.",
    spec=rfc(6750, "3.1"),
    operator="Nothing, unless the token was fresh: then compare the clocks of gateway and authorization server.",
    client="Refresh, or start again at discovery.",
)
def token_expired(q: Question) -> Verdict:
    tokens = q.before.tokens
    age = f" It was {q.entry.at - tokens.at:.0f} s old; {_lifetime(tokens)}." if tokens else ""
    level = WARN if tokens and tokens.worked else ""
    return _when(q, "token_expired", f"The token was refused with 401 ({challenge_line(q)}; {snippet(q)!r}).{age}", level)


def _lifetime(tokens: Tokens) -> str:
    return "its lifetime was not told" if tokens.expires_in is None else f"expires_in was {tokens.expires_in:g}"


@check(
    "call.upstream_401_leak",
    ALL,
    level=STOP,
    title="The refusal comes from another server behind the gateway",
    expected="The gateway's own challenge, with its own metadata.",
    why="The challenge names another host's metadata; a client would sign the person in at the wrong place.",
    spec=rfc(9728, "5.1"),
    operator="Do not pass on a 401 of the upstream; refresh the upstream's token, or ask the person to connect it again.",
    client="Nothing.",
)
def upstream_401_leak(q: Question) -> Verdict:
    return _when(q, "upstream_401_leak", f"The 401 names {metadata_named(q)}; the MCP URL is {q.before.options.target}.")


@check(
    "call.header_lost",
    ALL,
    "call/probe:without_token:ours",
    "call/probe:other_slash:other_ours",
    level=STOP,
    title="The token got lost on the way",
    expected="The gateway reads the Authorization header that was sent.",
    why="The answer is the one to a request without a token, byte for byte, and speaks of a missing token.",
    spec=MCP_TOKENS,
    operator="Let the proxy pass Authorization on (Apache drops it by default for CGI and WSGI), and avoid redirects.",
    client="Send to the final URL, without a redirect.",
)
def header_lost(q: Question) -> Verdict:
    if q.entry.is_aside:
        return lost_on_the_way(q)
    return _when(q, "header_lost", f"We sent the token, the answer is that of the first request: {challenge_line(q)}; {snippet(q)!r}")


@check(
    "call.token_not_jwt",
    ALL,
    level=STOP,
    title="The gateway expects a JWT and got an opaque token",
    expected="The authorization server issues the kind of token that the gateway can check.",
    why="Some servers issue JWTs only when an audience (API) was asked for in their own way.",
    spec=rfc(9068, "2"),
    operator="Make the authorization server issue JWTs for this resource, or let the gateway use introspection.",
    client="Some providers need an audience parameter: add it under extra authorization parameters.",
)
def token_not_jwt(q: Question) -> Verdict:
    return _when(q, "token_not_jwt", f"The 401 asks for a JWT ({told(q)[:120]!r}); our token is not one.")


@check(
    "call.wrong_audience",
    ALL,
    level=STOP,
    title="The gateway refuses the fresh token",
    expected="A token issued for this resource is accepted at it.",
    why="Most often the token belongs to another route or resource, or the gateway sees itself under another address.",
    spec=rfc(8707, "2"),
    operator="Compare the token's resource with the route's canonical URL; fix Host and X-Forwarded-Host behind a custom domain.",
    client="Send the token only to the resource that it was asked for; start again for this route.",
)
def wrong_audience(q: Question) -> Verdict:
    asked = q.before.authorization
    resource = asked.resource if asked and asked.resource else "no resource"
    said = f"{challenge_line(q)}; {snippet(q)!r}"
    says = f"401 right after the token was issued: {said}. The token was asked for {resource}; we called {request_of(q).url}."
    return _when(q, "wrong_audience", says)


@check(
    "call.refused_without_reason",
    ALL,
    level=STOP,
    title="The token is refused without a reason",
    expected='A 401 to a token says error="invalid_token" and why.',
    why="This gateway answers a bad token as it answers none. Lost header, wrong audience and a bad signature look the same.",
    spec=rfc(6750, "3.1"),
    operator="Let error and error_description say why a token is refused, and only then; look up this request in the gateway's log.",
    client="Compare with the answer to no token and to a made-up token.",
)
def refused_without_reason(q: Question) -> Verdict:
    how = "the very answer to a request without one" if like_without_token(q) else "without error="
    return _when(q, "refused_without_reason", f"401 to a fresh token, {how}: {challenge_line(q)}; {snippet(q)!r}")


@check(
    "call.insufficient_scope",
    ALL,
    level=STOP,
    ends=True,
    title="The token lacks a scope",
    expected="403 with the scopes that are needed; the client asks for them and repeats the call.",
    why="The sign-in works, this operation needs more. A refresh returns the same scopes and does not help.",
    spec=MCP_SCOPE,
    operator="Name all scopes of the operation in one challenge; if clients should have them at once, name them in the first 401.",
    client="Ask again with the union of the scopes, then repeat the call.",
)
def insufficient_scope(q: Question) -> Verdict:
    challenge = bearer_of(q)
    if status_of(q) != 403 or challenge is None or challenge.get("error") != "insufficient_scope":
        return None
    wanted = set(challenge.get("scope").split())
    lacking = sorted(wanted - set(q.before.granted_scope))
    granted = " ".join(sorted(q.before.granted_scope)) or "nothing named"
    says = f"403 insufficient_scope: {challenge.get('scope') or 'no scope named'}. Granted: {granted}."
    more = f" Lacking: {' '.join(lacking)}." if lacking else " Nothing of it is lacking, so a new sign-in may not help."
    return Seen(says + more, actual=challenge_line(q), evidence=at(q, header="WWW-Authenticate"))
