"""Answers of the token endpoint that are no tokens and name no parameter (RFC 6749 section 5)."""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import STOP, Question, Seen, Verdict
from app.checks.reading import at, ended_badly, header_of, oauth_error, quoted_error, request_of, shape
from app.checks.specs import MCP_RESOURCE, rfc
from app.checks.token_reading import code_age
from app.checks.token_refusals import CODE, refused_as


@check(
    "token.redirected",
    CODE,
    "register/dcr",
    "refresh/refresh",
    level=STOP,
    title="A POST with secrets was redirected",
    expected="The endpoint answers where the metadata says it is.",
    why="Clients that follow turn the POST into a GET and lose the body, or send the code to another host.",
    spec=rfc(6749, "3.2"),
    operator="Publish the final address in the metadata.",
    client="Never follow: the code and the verifier are for this address only.",
)
def redirected(q: Question) -> Verdict:
    location = header_of(q, "location")
    says = f"{request_of(q).url} was redirected to {location!r}; we did not follow."
    return refused_as(q, "redirected", says, at(q, header="Location"))


@check(
    "token.error_in_200",
    CODE,
    "refresh/refresh",
    level=STOP,
    title="200 without an access token",
    expected="Errors are 400 or 401; a 200 has access_token.",
    why="Clients parse a 200 as success and print that access_token is undefined.",
    spec=rfc(6749, "5.2"),
    operator="Answer errors with status 400, and put access_token at the top level of a 200.",
    client="Look for error in a 200 too.",
)
def error_in_200(q: Question) -> Verdict:
    refused = f" It says {quoted_error(q)}." if oauth_error(q) else ""
    return refused_as(q, "error_in_200", f"200, but no access_token. The answer is {shape(q)}.{refused}")


@check(
    "token.not_json",
    CODE,
    "refresh/refresh",
    level=STOP,
    title="The token answer is not JSON",
    expected="application/json with an object.",
    why="Clients fail to parse it; some providers answer form-encoded unless JSON is asked for (we did ask).",
    spec=rfc(6749, "5.1"),
    operator="Answer JSON.",
    client="Send Accept: application/json.",
)
def not_json(q: Question) -> Verdict:
    kind = header_of(q, "content-type") or "no content type"
    return refused_as(
        q, "not_json", f"The answer ({quoted_error(q).split()[0]}) is {kind}, not a JSON object.", at(q, header="Content-Type")
    )


@check(
    "token.invalid_grant",
    CODE,
    level=STOP,
    title="The code was refused",
    expected="Tokens.",
    why="The server does not say why. Our log rules out age, a second use, the verifier and the redirect URI.",
    spec=rfc(6749, "5.2"),
    operator="Look up this request in the log; with several instances, check that they share the store of codes.",
    client="Sign in again for a new code.",
)
def invalid_grant(q: Question) -> Verdict:
    age = code_age(q)
    old = f" The code was {age:.0f} s old and had not been sent before." if age is not None else ""
    return refused_as(q, "invalid_grant", f"The server answered {quoted_error(q)}.{old}")


@check(
    "token.unexpected_status",
    CODE,
    "ended:token",
    level=STOP,
    last_resort=True,
    title="The token endpoint did not give tokens",
    expected="200 with access_token.",
    why="Without an access token the MCP server cannot be called.",
    spec=MCP_RESOURCE,
    operator="Look up this request in the log; answer with an error of RFC 6749 section 5.2.",
    client="Sign in again for a new code.",
)
def unexpected_status(q: Question) -> Verdict:
    if reason := ended_badly(q):
        return Seen(reason)
    return refused_as(q, "unexpected_status", f"The server answered {quoted_error(q)}.")
