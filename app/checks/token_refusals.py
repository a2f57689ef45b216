"""Why there are no tokens: the refusals of the token endpoint (RFC 6749 section 5.2)."""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import STOP, Evidence, Question, Seen, Verdict
from app.checks.reading import at, quoted_error, request_of
from app.checks.specs import rfc
from app.checks.token_reading import code_age, missing_params, refusal, sent_before, sent_params, verifier_fits

CODE = "token/code"


def refused_as(q: Question, slug: str, says: str, evidence: Evidence | None = None) -> Verdict:
    where = evidence or at(q, pointer="/error")
    return Seen(says, actual=quoted_error(q), evidence=where) if refusal(q) == slug else None


def _sent(q: Question, name: str) -> Evidence:
    return at(q, side="request", pointer=f"?{name}")


@check(
    "token.missing_param",
    CODE,
    level=STOP,
    title="The token request lacks a parameter",
    expected="grant_type, code, redirect_uri, code_verifier, client_id (or HTTP Basic) and resource.",
    why="The server cannot tie the code to the request that it was made for.",
    spec=rfc(6749, "4.1.3"),
    operator="Name the missing parameter in error_description.",
    client="Send them all, with the values of the authorization request.",
)
def missing_param(q: Question) -> Verdict:
    lacking = missing_params(q)
    if not lacking:
        return None
    return refused_as(
        q, "missing_param", f"The server answered {quoted_error(q)}. Our request lacks {', '.join(lacking)}.", _sent(q, lacking[0])
    )


@check(
    "token.content_type",
    CODE,
    level=STOP,
    title="The token request has the wrong content type",
    expected="application/x-www-form-urlencoded, every parameter once.",
    why="Token endpoints read forms, not JSON.",
    spec=rfc(6749, "4.1.3"),
    operator="Read forms: RFC 6749 knows no other kind. Where the request was none, nothing.",
    client="Send a form, where it was none.",
)
def content_type(q: Question) -> Verdict:
    kind = request_of(q).header("content-type") or "no content type"
    return refused_as(
        q, "content_type", f"The server answered {quoted_error(q)}. We sent {kind}.", at(q, side="request", header="Content-Type")
    )


@check(
    "token.pkce",
    CODE,
    level=STOP,
    title="The code verifier does not fit",
    expected="BASE64URL(SHA256(code_verifier)) equals the challenge of the authorization request.",
    why="The code is tied to the challenge. Several servers also burn the code on a failed try.",
    spec=rfc(7636, "4.6"),
    operator="Where our own calculation fits, compare with the challenge that was stored for this code.",
    client="Keep one verifier for each state; overlapping sign-ins must not share one.",
)
def pkce(q: Question) -> Verdict:
    if not sent_params(q).get("code_verifier"):
        ours = "We sent no verifier"
    elif verifier_fits(q):
        ours = "Our verifier hashes to the challenge that we sent, so the server is wrong or remembers another attempt"
    else:
        ours = "Our verifier does not hash to the challenge that we sent, so the request is wrong"
    return refused_as(q, "pkce", f"The server answered {quoted_error(q)}. {ours}.", _sent(q, "code_verifier"))


@check(
    "token.redirect_uri",
    CODE,
    level=STOP,
    title="The redirect URI does not fit",
    expected="redirect_uri equals the one of the authorization request, byte for byte.",
    why="The code was made for that address and no other.",
    spec=rfc(6749, "4.1.3"),
    operator="Compare with what was stored at authorization, before any normalisation.",
    client="Send the same string in both requests.",
)
def redirect_uri(q: Question) -> Verdict:
    asked = q.before.authorization
    then = asked.redirect_uri if asked else ""
    now = sent_params(q).get("redirect_uri", "")
    says = f"The server answered {quoted_error(q)}. We sent {now!r}; the authorization request had {then!r}."
    return refused_as(q, "redirect_uri", says, _sent(q, "redirect_uri"))


@check(
    "token.code_reused",
    CODE,
    level=STOP,
    title="The code was used before",
    expected="Each code is sent once.",
    why="A second use looks like theft: the server refuses it, and often ends the tokens of the first use too.",
    spec=rfc(6749, "4.1.2"),
    operator="Nothing, where the code was sent twice; else look up in the log who sent it first (a prefetch, a retry of a proxy).",
    client="Sign in again for a new code; answer prefetches and reloads of the callback without sending the code.",
)
def code_reused(q: Question) -> Verdict:
    ours = "This code had been handed in before." if sent_before(q) else "We sent it once, so somebody else did, or the server is wrong."
    return refused_as(q, "code_reused", f"The server answered {quoted_error(q)}. {ours}", _sent(q, "code"))


@check(
    "token.code_expired",
    CODE,
    level=STOP,
    title="The code had expired",
    expected="The code reaches the token endpoint within its lifetime, often 30 to 60 seconds.",
    why="Codes are short-lived on purpose; a pause between callback and exchange is enough.",
    spec=rfc(6749, "4.1.2"),
    operator="Nothing, unless the lifetime is so short that machines miss it.",
    client="Exchange the code at once; here: press run instead of stepping.",
)
def code_expired(q: Question) -> Verdict:
    age = code_age(q)
    old = f" The code was {age:.0f} s old." if age is not None else ""
    return refused_as(q, "code_expired", f"The server answered {quoted_error(q)}.{old}")


@check(
    "token.invalid_target",
    CODE,
    level=STOP,
    title="The resource is refused",
    expected="The resource of the authorization request, in the spelling of the resource metadata.",
    why="The server compares the string exactly, with what was authorized or with what it has configured.",
    spec=rfc(8707, "2.2"),
    operator="Configure the resource in the spelling of the resource metadata.",
    client="Send resource byte for byte as published, in both requests.",
)
def invalid_target(q: Question) -> Verdict:
    asked = q.before.authorization
    then, now = asked.resource if asked else "", sent_params(q).get("resource", "")
    says = f"The server answered {quoted_error(q)}. We sent {now!r}; authorized was {then!r}; the metadata publishes {q.before.resource!r}."
    return refused_as(q, "invalid_target", says, _sent(q, "resource"))


@check(
    "token.client_id_encoding",
    CODE,
    level=STOP,
    title="HTTP Basic failed for a client id with reserved characters",
    expected="Id and secret are form-encoded before they are joined with a colon.",
    why="A colon in the id splits the pair in the wrong place where one side does not encode or decode.",
    spec=rfc(6749, "2.3.1"),
    operator="Decode both halves after splitting at the first colon.",
    client="Encode both halves; or use client_secret_post.",
)
def client_id_encoding(q: Question) -> Verdict:
    client = q.before.client
    says = f"The server answered {quoted_error(q)}. Our client id {client.client_id if client else ''!r} was form-encoded first."
    return refused_as(q, "client_id_encoding", says, at(q, side="request", header="Authorization"))


@check(
    "token.invalid_client",
    CODE,
    "refresh/refresh",
    level=STOP,
    title="The client was not accepted",
    expected="The client authenticates as it was registered, with one method.",
    why="Either the id is unknown, or a secret is needed, or it is wrong, or two methods were used at once.",
    spec=rfc(6749, "5.2"),
    operator="Say which it was in error_description; accept the methods that the metadata advertises.",
    client="Use the method and the secret that registration returned.",
)
def invalid_client(q: Question) -> Verdict:
    client = q.before.client
    how = f" We authenticate with {client.auth}." if client else ""
    return refused_as(q, "invalid_client", f"The server answered {quoted_error(q)}.{how}")
