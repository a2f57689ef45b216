"""What an audit shows that the walk does not."""

from __future__ import annotations

from typing import Any

from app.checks.examples.healthy import INVALID, LISTED, STEPS, code_sent, granted, refreshed, tools, walk_through, walk_to
from app.checks.examples.probing import jwt, probe
from app.checks.examples.tape import HOME, SERVER, TARGET, Example, Line, Tape, answer, choice, error, get, refusal, rpc, take


def audit(attempts: str, *lines: Line) -> Tape:
    """A healthy walk to its first call, then an audit."""
    begun, ended = choice("audit", phase="begin", attempts=attempts, other_route=""), choice("audit", phase="end", outcome="done", says="")
    return (*walk_through("call"), begun, *lines, Line("", ended.body, "probe:audit:end"))


def code_again(received: bytes) -> Tape:
    return audit("code_twice", Line("token", code_sent(received).body, "probe:audit:code_twice:asked"))


def in_query(received: bytes) -> Tape:
    return audit("token_in_query", rpc("call", "probe:audit:token_in_query:asked", received, url=f"{TARGET}?access_token=access-1"))


def old_refresh(received: bytes) -> Tape:
    return audit("old_refresh", refreshed(received, "refresh-1", "replay", "probe:audit:old_refresh:asked"))


def revoked_token(received: bytes) -> Tape:
    return audit("revoked_token", tools(received, "call", "probe:audit:revoked_token:asked", "access-9"))


def other_document(received: bytes) -> Tape:
    """The walk read one document; a probe fetches the other."""
    url = f"{HOME}/.well-known/openid-configuration"
    return (*walk_through("call"), *probe("other_document", get("server_metadata", "probe:other_document:oidc", url, received)))


def documents(**changes: Any) -> Tape:
    return other_document(answer(200, {k: v for k, v in {**SERVER, **changes}.items() if v is not None}))


def refreshed_with(first: dict[str, Any], second: dict[str, Any]) -> Tape:
    """Two token answers, one after the other."""
    start = (*walk_to("token"), *take("token", code_sent(granted(**first))), *STEPS["call"])
    return (*start, *take("refresh", refreshed(granted(2, **second))))


EXAMPLES: dict[str, Example] = {
    "server_metadata.documents_contradict": Example(documents(token_endpoint=f"{HOME}/other/token"), documents(), "WARN"),
    "refresh.scope_changed": Example(
        refreshed_with({"scope": "mcp:tools mcp:read"}, {"scope": "mcp:tools"}), refreshed_with({}, {}), "NOTE"
    ),
    "refresh.audience_changed": Example(
        refreshed_with({"access_token": jwt(aud=TARGET)}, {"access_token": jwt(aud=f"{TARGET}/other")}),
        refreshed_with({"access_token": jwt(aud=TARGET)}, {"access_token": jwt(aud=[TARGET])}),
        "WARN",
    ),
}
MORE: dict[str, list[tuple[str, Tape, str]]] = {
    "server_metadata.documents_contradict": [
        ("only one of them names PKCE", documents(code_challenge_methods_supported=None), "WARN"),
        ("another order of words is no contradiction", documents(code_challenge_methods_supported=["S256"]), ""),
        ("a member that one lacks is none either", documents(revocation_endpoint=None), ""),
        ("there is no other document", other_document(answer(404)), ""),
        ("another issuer", documents(issuer=f"{HOME}/other"), "WARN"),
    ],
    "refresh.scope_changed": [
        ("more than was granted", refreshed_with({}, {"scope": "mcp:tools mcp:admin"}), "WARN"),
        ("another order", refreshed_with({"scope": "a b"}, {"scope": "b a"}), ""),
        ("not said again", refreshed_with({}, {"scope": None}), ""),
    ],
    "refresh.audience_changed": [
        ("opaque tokens", refreshed_with({}, {}), ""),
        ("aud is gone", refreshed_with({"access_token": jwt(aud=TARGET)}, {"access_token": jwt(sub="x")}), "WARN"),
    ],
    "token.code_replayable": [
        ("in an audit", code_again(granted(9)), "WARN"),
        ("refused in an audit", code_again(error(400, "invalid_grant")), ""),
    ],
    "call.token_in_query": [("in an audit", in_query(LISTED), "WARN"), ("refused in an audit", in_query(refusal()), "")],
    "replay.in_grace": [
        ("in an audit", old_refresh(granted(9)), "NOTE"),
        ("refused in an audit", old_refresh(error(400, "invalid_grant")), ""),
    ],
    "revoke.no_effect": [("in an audit", revoked_token(LISTED), "WARN"), ("refused in an audit", revoked_token(INVALID), "")],
}
