"""The token endpoint."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from app.checks.examples.healthy import (
    NO_STORE,
    at,
    authorize,
    back,
    code_sent,
    discover,
    granted,
    refreshed,
    tokens,
    walk_through,
    walk_to,
)
from app.checks.examples.tape import CODE, HOME, TARGET, Example, Line, Tape, answer, choice, error, exchange, page, refusal, result, take
from app.wire.messages import Exchange

FINE = walk_through("token")
REASON = "No access token came back."


def refused(received: bytes, *headers: tuple[str, str], later: float = 1.0, **changes: str | None) -> Tape:
    return at("token", code_sent(received, *headers, later=later, **changes), outcome="failed", reason=REASON)


def came(*headers: str, **changes: Any) -> Tape:
    return at("token", code_sent(answer(200, tokens(**changes), *(headers or (NO_STORE,)))))


def jwt(audience: object) -> str:
    parts = [{"alg": "RS256", "typ": "at+jwt"}, {"aud": audience, "iss": HOME}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + ".c2ln"


def with_basic(client_id: str, received: bytes) -> Tape:
    client = choice("client", "register", issuer=HOME, client_id=client_id, client_secret="s", auth="client_secret_basic", how="dcr")
    sent = code_sent(received, ("Authorization", "Basic eA=="), client_id=None)
    return (*walk_to("register"), *take("register", client), *authorize(), back(), *take("token", sent, outcome="failed", reason=REASON))


def as_json(received: bytes) -> Tape:
    """A form under the name of JSON."""
    sent = code_sent(received).body
    assert isinstance(sent, Exchange)
    request = replace(sent.request, headers=(("Accept", "application/json"), ("Content-Type", "application/json")))
    return at("token", Line("token", exchange(request, received), "code"), outcome="failed", reason=REASON)


def once_more(received: bytes) -> Tape:
    """A second sign-in, after which the person sends the first code again."""
    again = (*authorize(state="state-two"), back(state="state-two", code="code-two"))
    reuse = choice("edit", "token", step="token", named="reuse_code", set_params=(("code", CODE),))
    return (*refused(GRANT), *again, reuse, *take("token", code_sent(received), outcome="done"))


OUR_KEY = choice("dpop_key", "token", jwk={"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ", "d": "ZA"})
GRANT = error(400, "invalid_grant")
FOR_OTHERS = jwt("https://other.example")
FOREIGN = came(access_token=FOR_OTHERS)
EXAMPLES = {
    "token.missing_param": Example(refused(error(400, "invalid_request"), resource=None), refused(error(400, "invalid_request"))),
    "token.content_type": Example(as_json(error(415, "invalid_request", "Content-Type must be a form")), FINE),
    "token.pkce": Example(refused(error(400, "invalid_grant", "Invalid PKCE code_verifier"), code_verifier="x" * 43), FINE),
    "token.redirect_uri": Example(refused(error(400, "invalid_grant", "redirect_uri did not match")), FINE),
    "token.code_reused": Example(once_more(GRANT), refused(GRANT)),
    "token.code_expired": Example(refused(GRANT, later=45.0), refused(GRANT, later=5.0)),
    "token.invalid_target": Example(refused(error(400, "invalid_target"), resource=f"{TARGET}/"), FINE),
    "token.client_id_encoding": Example(
        with_basic("dcr:one", error(401, "invalid_client")), with_basic("one", error(401, "invalid_client"))
    ),
    "token.invalid_client": Example(refused(error(401, "invalid_client", "Client secret required")), FINE),
    "token.redirected": Example(refused(answer(302, b"", "Location: https://other.example/token")), FINE),
    "token.error_in_200": Example(refused(answer(200, {"error": "bad_verification_code"})), FINE),
    "token.not_json": Example(refused(answer(200, b"access_token=a&token_type=bearer", kind="application/x-www-form-urlencoded")), FINE),
    "token.invalid_grant": Example(refused(GRANT), FINE),
    "token.unexpected_status": Example(refused(error(400, "unsupported_grant_type")), FINE),
    "token.code_replayable": Example(once_more(granted()), FINE, "WARN"),
    "token.bad_types": Example(came(expires_in="3599"), FINE, "WARN"),
    "token.audience_mismatch": Example(came(access_token=jwt("https://other.example")), came(access_token=jwt([TARGET])), "WARN"),
    "token.no_refresh": Example(came(refresh_token=""), FINE, "WARN"),
    "token.scope_narrowed": Example(came(scope="other"), came(scope=None), "NOTE"),
    "token.cacheable": Example(came("Pragma: x"), FINE, "NOTE"),
}
MORE = {
    "token.missing_param": [
        ("the verifier", refused(error(400, "invalid_request"), code_verifier=None), "STOP"),
        (
            "resource, where the revision has none",
            (*walk_to("token", revision="2025-03-26"), *take("token", code_sent(GRANT, resource=None))),
            "",
        ),
        ("invalid_target because resource is missing", refused(error(400, "invalid_target"), resource=None), "STOP"),
    ],
    "token.pkce": [
        ("not said, but our verifier does not fit", refused(GRANT, code_verifier="x" * 43), "STOP"),
        ("said, although ours fits", refused(error(400, "invalid_grant", "incorrect code_verifier")), "STOP"),
    ],
    "token.code_reused": [("in the server's words", refused(error(400, "invalid_grant", "Authorization code already used")), "STOP")],
    "token.code_expired": [
        ("in the server's words", refused(error(400, "invalid_grant", "Grant not found or authorization code expired")), "STOP"),
    ],
    "token.invalid_grant": [("a young, unused code and no words", refused(GRANT, later=2.0), "STOP")],
    "token.bad_types": [
        ("DPoP, and the token is bound to our key", (*walk_to("token"), OUR_KEY, *came(token_type="DPoP")[-3:]), ""),
        ("DPoP, though we have no key", came(token_type="DPoP"), "WARN"),
        ("no token_type", came(token_type=None), "WARN"),
        ("bearer in small letters", came(token_type="bearer"), ""),
        ("scope with commas", came(scope="a,b"), "WARN"),
        ("a lifetime that is over", came(expires_in=0), "WARN"),
        ("a lifetime below nothing", came(expires_in=-5), "WARN"),
        ("half a second", came(expires_in=0.5), ""),
        ("a line break in the token", came(access_token="one\r\nX: two"), "STOP"),
        ("a letter that is not ASCII", came(refresh_token="jeton-\u00e9"), "STOP"),
    ],
    "token.not_json": [
        ("a page at 400", refused(page(400)), "STOP"),
        ("an empty object has its own name", refused(answer(418, b"{}")), ""),
    ],
    "token.error_in_200": [("an empty object", refused(answer(200, b"{}")), "STOP")],
    "token.audience_mismatch": [
        ("the MCP server takes it all the same", (*FOREIGN, *take("call", discover(answer(200, result({})), "call", FOR_OTHERS))), "NOTE"),
        (
            "the MCP server refuses it",
            (*FOREIGN, *take("call", discover(refusal(), "call", FOR_OTHERS), outcome="failed", reason="x")),
            "WARN",
        ),
    ],
    "token.unexpected_status": [
        ("a bare 404", refused(answer(404, b"not here")), "STOP"),
        ("no code had come back", at("token", outcome="failed", reason="No authorization code has come back."), "STOP"),
    ],
    "token.no_refresh": [("it is not offered either", came(refresh_token=None), "WARN")],
    "token.redirected": [
        (
            "at refresh",
            (*walk_to("refresh"), *take("refresh", refreshed(answer(307, b"", "Location: /t")), outcome="failed", reason="x")),
            "STOP",
        ),
    ],
}
