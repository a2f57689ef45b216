"""Refresh, replay, revocation and the proof."""

from __future__ import annotations

from typing import Any

from app.checks.examples.healthy import (
    DEAD,
    INVALID,
    LISTED,
    STEPS,
    at,
    authorize,
    back,
    granted,
    refreshed,
    register,
    registered,
    revoked,
    server,
    tokens,
    tools,
    walk_through,
    walk_to,
)
from app.checks.examples.tape import SERVER, Example, Line, Tape, answer, error, refusal, take

REASON = "No new access token came back."


def renewed(received: bytes, outcome: str = "done", **sent: str) -> Tape:
    return at("refresh", refreshed(received, **sent), outcome=outcome, reason=REASON if outcome == "failed" else "")


def replayed(old: bytes, newest: bytes) -> Tape:
    return at("replay", refreshed(old, "refresh-1", "replay", "old_refresh"), refreshed(newest, "refresh-2", "replay", "newest_refresh"))


def handed_back(role: str, received: bytes) -> Tape:
    return at("revoke", revoked(role, received))


def proved(role: str, received: bytes) -> Tape:
    line: Line = (
        refreshed(received, "refresh-3", "confirm", "refresh") if role == "refresh" else tools(received, "confirm", "access", "access-3")
    )
    return at("confirm", line)


def nowhere_to_revoke() -> Tape:
    document: dict[str, Any] = {**SERVER, "revocation_endpoint": ""}
    start = (*walk_to("server_metadata"), *take("server_metadata", server(answer(200, document))))
    start = (*start, *take("register", register(answer(201, registered()))), *authorize(), back(), *STEPS["token"], *STEPS["call"])
    return (*start, *take("revoke", outcome="skipped", reason="The metadata names no revocation_endpoint.")[1:])


AGAIN = (*walk_through("refresh"), *take("refresh", refreshed(granted(3))))
TWICE = (*replayed(granted(3), granted(4)), *take("replay", refreshed(granted(5), "refresh-1", "replay", "old_refresh")))
REFRESHED, REPLAYED, REVOKED, PROVED = (walk_through(step) for step in ("refresh", "replay", "revoke", "confirm"))
UNREVOKED = error(400, "unsupported_token_type")
EXAMPLES = {
    "refresh.scope_or_resource": Example(renewed(error(400, "invalid_scope"), "failed", scope="admin"), REFRESHED),
    "refresh.invalid_grant": Example(renewed(DEAD, "failed"), REFRESHED),
    "refresh.unexpected_status": Example(renewed(error(400, "unsupported_grant_type"), "failed"), REFRESHED),
    "refresh.race": Example(AGAIN, REFRESHED, "WARN"),
    "refresh.not_rotated": Example(renewed(granted(2, refresh_token=None)), REFRESHED, "WARN"),
    "refresh.shrinking_expiry": Example(renewed(granted(2, expires_in=300)), REFRESHED, "NOTE"),
    "replay.grant_killed": Example(replayed(DEAD, DEAD), REPLAYED, "NOTE"),
    "replay.rejected_grant_alive": Example(replayed(DEAD, granted(3)), replayed(DEAD, DEAD), "NOTE"),
    "replay.in_grace": Example(replayed(granted(3), granted(4)), REPLAYED, "NOTE"),
    "replay.always_accepted": Example(TWICE, REPLAYED, "WARN"),
    "token.one_error_for_all": Example(replayed(error(400, "invalid_request"), DEAD), REPLAYED, "WARN"),
    "revoke.not_advertised": Example(nowhere_to_revoke(), REVOKED, "NOTE"),
    "revoke.advertised_missing": Example(handed_back("revoke_refresh", answer(404)), REVOKED, "WARN"),
    "revoke.unsupported_type": Example(handed_back("revoke_access", UNREVOKED), REVOKED, "NOTE"),
    "revoke.needs_auth": Example(handed_back("revoke_refresh", error(401, "invalid_client")), REVOKED, "WARN"),
    "revoke.unexpected_status": Example(handed_back("revoke_unknown", error(400, "invalid_token")), REVOKED, "WARN"),
    "revoke.no_effect": Example(proved("access", LISTED), PROVED, "WARN"),
    "revoke.partial": Example(
        at("revoke", revoked("revoke_access", answer(200)), refreshed(granted(4), "refresh-3", "revoke", "refresh_after_revoke")),
        REVOKED,
        "NOTE",
    ),
    "revoke.dead_end": Example(proved("access", refusal("Bearer")), PROVED, "WARN"),
    "confirm.not_proved": Example(proved("access", answer(403, b"no")), PROVED, "WARN"),
}
MORE = {
    "refresh.scope_or_resource": [
        ("resource is demanded", renewed(error(400, "invalid_request"), "failed", resource=""), "STOP"),
    ],
    "refresh.race": [
        (
            "the same token once more, for none came in its place",
            (*renewed(granted(2, refresh_token=None)), *take("refresh", refreshed(granted(3, refresh_token=None)))),
            "",
        ),
        ("the first one was refused", (*renewed(answer(503, b"busy"), "failed"), *take("refresh", refreshed(granted(2)))), ""),
    ],
    "refresh.not_rotated": [("the same one came back", renewed(granted(2, refresh_token="refresh-1")), "WARN")],
    "refresh.unexpected_status": [("the reason of the take", at("refresh", outcome="failed", reason="There are no tokens."), "STOP")],
    "revoke.no_effect": [
        ("the refresh token lives", proved("refresh", granted(9)), "WARN"),
        (
            "the access token lives after an honest refusal",
            at("revoke", revoked("revoke_access", UNREVOKED), tools(LISTED, "revoke", "access_after_revoke", "access-3")),
            "",
        ),
    ],
    "revoke.partial": [
        (
            "the access token was not revoked either",
            at("revoke", revoked("revoke_access", UNREVOKED), refreshed(granted(4), "refresh-3", "revoke", "refresh_after_revoke")),
            "",
        ),
    ],
    "revoke.dead_end": [("the full challenge", proved("access", INVALID), "")],
    "revoke.unexpected_status": [
        ("no client secret, which has its own name", handed_back("revoke_unknown", error(401, "invalid_client")), "")
    ],
    "token.cacheable": [("a refresh without no-store", renewed(answer(200, tokens(2), "X: y")), "NOTE")],
}
