"""The browser's part: authorization errors and the callback."""

from __future__ import annotations

from typing import Any

from app.checks.examples.healthy import authorize, back, server, walk_through, walk_to
from app.checks.examples.tape import HOME, SERVER, STATE, Example, Tape, answer, choice, take

FINE = walk_through("callback")


def returned(
    revision: str = "2026-07-28", method: str = "GET", headers: tuple[tuple[str, str], ...] = (), **changes: str | tuple[str, ...] | None
) -> Tape:
    return (*walk_to("callback", revision=revision), back(method=method, headers=headers, **changes))


def said(error: str, description: str = "", **changes: Any) -> Tape:
    return returned(code=None, error=error, error_description=description or None, **changes)


def without_iss(advertised: bool) -> Tape:
    document = {**SERVER, "authorization_response_iss_parameter_supported": advertised}
    client = choice("client", "register", issuer=HOME, client_id="client-one", client_secret="", auth="none", how="dcr")
    start = (*walk_to("server_metadata"), *take("server_metadata", server(answer(200, document))), *take("register", client))
    return (*start, *authorize(), back(iss=None))


TOO_MANY = "Three authorization requests were made and the server still wants more; press retry to try again."
EXAMPLES = {
    "authorize.access_denied": Example(said("access_denied", "The person pressed cancel"), FINE, "NOTE"),
    "authorize.invalid_scope": Example(said("invalid_scope", "Client was not registered with scope mcp:tools"), FINE),
    "authorize.invalid_target": Example(said("invalid_target"), FINE),
    "authorize.entra_resource": Example(said("invalid_request", "AADSTS9010010: resource and scope do not fit"), FINE),
    "authorize.refused": Example(said("temporarily_unavailable"), FINE),
    "authorize.not_started": Example((*walk_to("authorize"), *take("authorize", outcome="failed", reason=TOO_MANY)), FINE),
    "callback.duplicate": Example((*FINE, back()), FINE, "WARN"),
    "callback.wrong_shape": Example(returned(code=None), FINE),
    "callback.state_mismatch": Example(returned(state="state-of-somebody"), FINE),
    "callback.iss_mismatch": Example(returned(iss="https://attacker.example"), FINE),
    "callback.iss_missing": Example(returned(iss=None), without_iss(advertised=False)),
}
MORE = {
    "authorize.refused": [
        ("a wrong issuer's words are not looked at", said("server_error", "call this number", iss="https://attacker.example"), ""),
        ("nor those behind a foreign state", said("server_error", state="other"), ""),
        ("nor those without the promised issuer", said("server_error", iss=None), ""),
    ],
    "authorize.access_denied": [("a wrong issuer's words are not looked at", said("access_denied", iss=f"{HOME}/"), "")],
    "callback.iss_mismatch": [
        ("only a slash", returned(iss=f"{HOME}/"), "STOP"),
        ("only the letter case", returned(iss="https://GW.example"), "STOP"),
        ("not advertised, yet wrong", (*without_iss(advertised=False)[:-1], back(iss="https://other.example")), "STOP"),
        ("2025-11-25", returned("2025-11-25", iss=f"{HOME}/"), "WARN"),
        (
            "2025-11-25 with an error, which is not shown",
            returned("2025-11-25", iss="https://x.example", code=None, error="server_error"),
            "STOP",
        ),
    ],
    "callback.iss_missing": [("2025-06-18", returned("2025-06-18", iss=None), "WARN")],
    "callback.state_mismatch": [
        ("absent", returned(state=None), "STOP"),
        ("an older request's", (*walk_to("callback"), *authorize(state="newer"), back()), "STOP"),
        ("a stray one after the answer", (*FINE, back(state="other", code="other")), "NOTE"),
        ("a good one came later", (*walk_to("callback"), back(state="other"), back()), "NOTE"),
    ],
    "callback.wrong_shape": [
        ("a POST", returned(method="POST"), "STOP"),
        ("nothing at all", returned(code=None, state=None, iss=None), "STOP"),
        ("two codes", returned(code=("one", "two")), "STOP"),
        ("the same state twice", returned(state=(STATE, STATE)), "WARN"),
    ],
    "callback.duplicate": [
        ("a prefetch", returned(headers=(("Sec-Purpose", "prefetch"),)), "WARN"),
    ],
}
