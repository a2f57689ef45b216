"""Questions that need two exchanges, or the whole run."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from app.checks.declaration import check
from app.checks.model import NOTE, WARN, NotAsked, Question, Seen, Verdict
from app.checks.reading import at, header_of, metadata_named, status_of, token_sent
from app.checks.specs import rfc

SKEW_SECONDS = 30.0


@check(
    "call.clock_skew",
    "call/*",
    level=WARN,
    title="The clocks differ",
    expected="Date within a few seconds of ours.",
    why="A fresh token looks as if it were not valid yet, or expired.",
    spec=rfc(9110, "6.6.1"),
    operator="Synchronise the clocks of gateway and authorization server.",
    client="Nothing.",
)
def clock_skew(q: Question) -> Verdict:
    said, sent_at = header_of(q, "date"), getattr(q.entry.body, "started_at", 0.0)
    if status_of(q) != 401 or not token_sent(q):
        return None
    if not said or not sent_at:
        return NotAsked("the 401 has no Date header to compare with")
    try:
        ahead = parsedate_to_datetime(said).timestamp() - sent_at
    except (ValueError, OverflowError):
        return NotAsked(f"its Date cannot be read: {said}")
    if abs(ahead) <= SKEW_SECONDS:
        return None
    says = f"The gateway's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours, and it refused a token."
    return Seen(says, actual=said, evidence=at(q, header="Date"))


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
    return Seen("401 to a request with a session id, while the token had worked.", level=NOTE)
