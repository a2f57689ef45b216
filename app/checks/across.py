"""Questions that need two exchanges, or the whole run."""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import NOTE, WARN, Question, Seen, Verdict
from app.checks.reading import metadata_named, status_of
from app.checks.specs import rfc


@check(
    "probe.session_as_401",
    "call/*",
    level=WARN,
    title="An unknown session is answered with 401",
    expected="404 for an unknown session.",
    why='Clients take 401 as "sign in again", though the token is good.',
    spec=rfc(9110, "15.5.5"),
    operator="Answer 404 to an unknown Mcp-Session-Id.",
    client="Start again with initialize before signing in.",
)
def session_as_401(q: Question) -> Verdict:
    sent = getattr(getattr(q.entry.body, "request", None), "header", lambda _: "")("mcp-session-id")
    tokens = q.before.tokens
    if status_of(q) != 401 or not sent or tokens is None or not tokens.worked or metadata_named(q):
        return None
    if tokens.expires_in and q.entry.at - tokens.at >= tokens.expires_in:
        return None  # its time was over, so the 401 is right
    return Seen("401 to a request with a session id, while the token had worked.", level=NOTE)
