"""Which one refusal an MCP answer to a token is."""

from __future__ import annotations

import re
from dataclasses import replace

from app.checks.model import Question
from app.checks.reading import (
    bearer_of,
    body_of,
    header_of,
    metadata_named,
    request_of,
    response_of,
    rpc_error,
    rpc_result,
    status_of,
    token_sent,
    told,
)
from app.checks.vague import names_every_cause
from app.flow.facts import Tokens
from app.wire.messages import Exchange
from app.wire.parse.url import split

MODERN_CODES = (-32020, -32021, -32022)
METHOD_NOT_FOUND = -32601
FRESH_SECONDS = 60.0
ABOUT_LOSS = re.compile(
    r"\b(no|missing|absent|without)\b[^.]{0,40}\b(token|header|credential|authorization)|not (provided|present|sent)", re.I
)
ABOUT_END = re.compile(r"expired|revoked", re.I)
ABOUT_JWT = re.compile(r"jw[ts]|\bsegments\b", re.I)  # libraries say "Invalid Compact JWS" or "Not enough segments" to opaque ones
ABOUT_AUDIENCE = re.compile(r"audience|resource|\baud\b", re.I)


def refusal(q: Question) -> str:
    """The slug of the one refusal that a 401 to a sent token is; empty where it is none."""
    if status_of(q) != 401 or not token_sent(q):
        return ""
    tokens, words = q.before.tokens, told(q) + " " + header_of(q, "www-authenticate").lower()
    if tokens is None or token_sent(q) not in (t.access for t in q.before.token_history):
        return "not_ours"
    if _leaks_upstream(q):
        return "upstream_401_leak"
    if _has_ended(q, tokens, words):
        return "token_expired"
    if ABOUT_LOSS.search(words) and "invalid" not in words and like_without_token(q):
        return "header_lost"
    if ABOUT_JWT.search(words) and tokens.access.count(".") != 2:
        return "token_not_jwt"
    challenge = bearer_of(q)
    told_why = bool(challenge and challenge.get("error")) or bool(ABOUT_AUDIENCE.search(told(q)))
    return "wrong_audience" if told_why and not like_without_token(q) else "refused_without_reason"


def _has_ended(q: Question, tokens: Tokens, words: str) -> bool:
    """Is the token over? "Invalid or expired" says so only of one that had worked, or whose time has passed."""
    if tokens.worked and not _refused_when_fresh(q, tokens):
        return True
    passed = tokens.expires_in is not None and q.entry.at - tokens.at >= tokens.expires_in
    return bool(ABOUT_END.search(words)) and (passed or not names_every_cause(words))


def _refused_when_fresh(q: Question, tokens: Tokens) -> bool:
    """Refused seconds after a new sign-in that an earlier refusal had asked for: that is no expiry, and one more lap will not help."""
    return q.before.lap > 0 and q.entry.at - tokens.at < FRESH_SECONDS


def _leaks_upstream(q: Question) -> bool:
    """Does the challenge name another host's metadata than the first 401 did?"""
    named, before = metadata_named(q), q.before.metadata_url
    if not named.lower().startswith(("http://", "https://")):
        return False
    hosts = {split(u).host.lower() for u in (q.before.options.target, before) if u}
    return bool(hosts) and split(named).host.lower() not in hosts


def first_401(q: Question) -> Exchange | None:
    """The newest 401 of the probe, which had no token."""
    found = [e.body for e in q.run.entries[: q.entry.seq - 1] if e.step == "probe" and not e.is_aside and isinstance(e.body, Exchange)]
    return next((x for x in reversed(found) if x.status == 401), None)


def like_without_token(q: Question) -> bool:
    """Is the answer the one that came without a token, byte for byte in challenge and body?"""
    first = first_401(q)
    if first is None or first.response is None:
        return False
    return first.response.header("www-authenticate") == header_of(q, "www-authenticate") and first.response.body == body_of(q)


def older_era(q: Question) -> bool:
    """A 4xx on the modern first request only means that initialize (or tools/list) comes next."""
    status, code = status_of(q), rpc_error(q).get("code")
    if q.entry.role != "discover":
        return False
    if status == 404:
        return True
    if q.before.options.revision != "auto":
        return False
    if status < 300:
        return code not in (None, -32042, *MODERN_CODES)
    return 400 <= status < 500 and status not in (401, 403, 429) and not _version_known(q)


def wants_session(q: Question) -> bool:
    """Does the server miss a session in a 2026-07-28 request? That revision has none, so the server speaks an older one."""
    words = told(q)
    return q.entry.role == "discover" and status_of(q) in (400, 404) and ("session" in words or "not initialized" in words)


def _version_known(q: Question) -> bool:
    return rpc_error(q).get("code") in (-32020, -32021)


def has_no_tools(q: Question) -> bool:
    """Is tools/list unknown to a server that never said it had tools? One with prompts or resources alone is whole."""
    if q.entry.role != "tools/list" or status_of(q) not in (200, 404) or rpc_error(q).get("code") != METHOD_NOT_FOUND:
        return False
    opened = [e for e in q.run.entries[: q.entry.seq] if e.step == "call" and e.role in ("initialize", "discover")]
    results = [rpc_result(replace(q, entry=e)) for e in opened]
    declared = next((r.get("capabilities") for r in reversed(results) if r is not None), None)
    return not (isinstance(declared, dict) and "tools" in declared)


def answered(q: Question) -> bool:
    return response_of(q) is not None and bool(request_of(q).url)
