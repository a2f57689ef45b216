"""Registration and who we are."""

from __future__ import annotations

from typing import Any

from app.checks.examples.healthy import at, authorize, back, code_sent, register, registered, walk_through, walk_to
from app.checks.examples.tape import CALLBACK, HOME, Example, Line, Tape, answer, choice, error, get, page, take

FINE = walk_through("register")
DOCUMENT = "https://tool.example/client-metadata.json"


def dcr(received: bytes, outcome: str = "failed", **changes: Any) -> tuple:  # type: ignore[type-arg]
    return at("register", register(received, **changes), outcome=outcome, reason="No client id came back." if outcome == "failed" else "")


def came(status: int = 201, **changes: Any) -> tuple:  # type: ignore[type-arg]
    document = {k: v for k, v in registered(**changes).items() if v != "absent"}
    return dcr(answer(status, document), "done")


def known_by(how: str, *, token: bytes = b"", **returned: Any) -> Tape:
    """A walk with a client of that kind, to the callback or (with `token`) to the token endpoint."""
    client = choice("client", "register", issuer=HOME, client_id=DOCUMENT, client_secret="", auth="none", how=how)
    start = (*walk_to("register"), *take("register", client), *authorize(client_id=DOCUMENT))
    if returned:
        return (*start, back(code=None, **returned))
    return (*start, back(), *take("token", code_sent(token, client_id=DOCUMENT), outcome="failed", reason="No access token came back."))


def registered_twice(second: str) -> Tape:
    """A dry request with our client, then with one that was registered just now."""
    lines = (
        get("authorize", "probe:fresh_client:ours", f"{HOME}/authorize", page(400)),
        Line("register", register(answer(201, registered(client_id=second))).body, "probe:fresh_client:register"),
        get("authorize", "probe:fresh_client:fresh", f"{HOME}/authorize", page(400)),
    )
    begin, end = (choice("probe", slug="fresh_client", label="x", phase=phase) for phase in ("begin", "end"))
    return (*walk_to("authorize"), *authorize(), choice("gave_up", "callback"), begin, *lines, end)


UNKNOWN = error(401, "invalid_client", "Unknown client_id")
NOT_FETCHED = error(401, "invalid_client", "Client metadata document responded with HTTP 403")
NOT_FITTING = error(400, "invalid_client", "redirect_uri does not match the client metadata document")
EXAMPLES = {
    "register.rate_limited": Example(dcr(answer(429, b"slow down", "Retry-After: 60")), FINE),
    "register.closed": Example(dcr(answer(401, {"error": "invalid_token"})), FINE),
    "register.application_type": Example(
        dcr(error(400, "invalid_client_metadata", "web clients require https redirect URIs on non-loopback hosts"), application_type="web"),
        FINE,
    ),
    "register.redirect_host_refused": Example(dcr(error(400, "invalid_redirect_uri", "host is not in the allowed list")), FINE),
    "register.scope_refused": Example(dcr(error(400, "invalid_client_metadata", "Requested scopes are not valid: offline_access")), FINE),
    "register.unexpected_status": Example(dcr(error(400, "invalid_client_metadata", "no")), FINE),
    "register.bad_answer": Example(dcr(answer(201, {"id": "client-one"})), FINE),
    "register.secret_for_public": Example(
        came(token_endpoint_auth_method="client_secret_basic", client_secret="s", client_secret_expires_at=0), FINE, "WARN"
    ),
    "register.mocked": Example(came(client_id_issued_at=0), came(client_id_issued_at=1_795_440_000), "NOTE"),
    "register.client_stale": Example(known_by("dcr", token=UNKNOWN), known_by("cimd", token=UNKNOWN)),
    "register.cimd_fetch_failed": Example(known_by("cimd", token=NOT_FETCHED), known_by("dcr", token=NOT_FETCHED)),
    "register.cimd_mismatch": Example(known_by("cimd", token=NOT_FITTING), known_by("cimd", token=NOT_FETCHED)),
}
MORE = {
    "register.closed": [
        ("501", dcr(answer(501, {"error": "not_implemented"})), "STOP"),
        ("a bot wall has its own name", dcr(page(403, "cf-mitigated: challenge")), ""),
    ],
    "register.redirect_host_refused": [
        ("worded as invalid_request", dcr(error(400, "invalid_request", "The callback host is not allowed")), "STOP"),
    ],
    "register.unexpected_status": [
        ("there was no way at all", at("register", outcome="failed", reason="No client id was given."), "STOP"),
        ("another check says more", dcr(error(400, "invalid_redirect_uri")), ""),
    ],
    "register.bad_answer": [
        ("200 with a client id", came(200), "WARN"),
        ("redirect_uris missing", came(redirect_uris="absent"), "WARN"),
        ("another redirect URI", came(redirect_uris=[f"{CALLBACK}/"]), "WARN"),
        ("null members", came(logo_uri=None), "WARN"),
        ("a number for the method", came(token_endpoint_auth_method=4), "WARN"),
        ("a text for a list", came(grant_types="authorization_code refresh_token"), "WARN"),
        ("a secret without an end", came(client_secret="s"), "WARN"),
        ("a page", dcr(page()), "STOP"),
    ],
    "register.mocked": [
        ("grant types without refresh_token", came(grant_types=["authorization_code"]), "NOTE"),
        ("grant types not said", came(grant_types="absent"), ""),
        ("one client id for two registrations", registered_twice("client-one"), "NOTE"),
        ("two client ids for two registrations", registered_twice("client-two"), ""),
    ],
    "register.secret_for_public": [("a secret, but method none", came(client_secret="s", client_secret_expires_at=0), "NOTE")],
    "register.client_stale": [("told at the callback", known_by("dcr", error="unauthorized_client"), "STOP")],
    "register.cimd_fetch_failed": [
        ("told at the callback", known_by("cimd", error="invalid_client", error_description="HTTP 404"), "STOP")
    ],
}
