"""What the server makes of an old refresh token (RFC 9700 section 4.14.2)."""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import NOTE, WARN, Evidence, Question, Seen, Verdict
from app.checks.reading import at, oauth_error, outcome_of, quoted_error, status_of
from app.checks.specs import rfc
from app.checks.token import grants

ENDED = "ended:replay"
SPEC = rfc(9700, "4.14.2")


def _when(q: Question, outcome: str, says: str) -> Verdict:
    if outcome_of(q)[0] != "done" or q.facts.replay_outcome != outcome:
        return None
    old = [e for e in q.run.entries[: q.entry.seq] if e.step == "replay" and e.role == "old_refresh"]
    seen = old[-1].seq if old else q.entry.seq
    since = q.facts.rotated_at
    age = f" It was replaced {old[-1].at - since:.0f} s before." if old and since is not None else ""
    return Seen(says + age, actual=outcome, about=seen, evidence=Evidence(seen))


@check(
    "replay.grant_killed",
    ENDED,
    level=NOTE,
    title="The replay ended the grant: the protection works",
    expected="A strict server refuses the old token and ends the whole grant.",
    why="Whoever stole the old token has nothing, and neither has the thief of the newest one.",
    spec=SPEC,
    operator="Nothing.",
    client="Sign in again after invalid_grant.",
)
def grant_killed(q: Question) -> Verdict:
    return _when(q, "grant_killed", "The old refresh token was refused, and the newest one is dead now too.")


@check(
    "replay.rejected_grant_alive",
    ENDED,
    level=NOTE,
    title="The old token is refused, the grant lives",
    expected="The old token is refused; ending the grant as well is stricter.",
    why="A thief who used the token first keeps a living grant.",
    spec=SPEC,
    operator="End the grant when a replaced refresh token comes back.",
    client="Nothing.",
)
def rejected_grant_alive(q: Question) -> Verdict:
    return _when(q, "rejected_grant_alive", "The old refresh token was refused; the newest one still works.")


@check(
    "replay.in_grace",
    ENDED,
    "replay/probe:audit:old_refresh:asked",
    level=NOTE,
    title="The old token was accepted shortly after the rotation",
    expected="Refusal; a short grace window for overlapping refreshes is common.",
    why="A grace window and missing detection look the same at first; a second try after a pause tells them apart.",
    spec=SPEC,
    operator="Keep the window short.",
    client="Nothing.",
)
def in_grace(q: Question) -> Verdict:
    if q.entry.is_aside:
        return Seen("The old refresh token was accepted in an audit.", actual=str(status_of(q))) if grants(q) else None
    return _when(q, "in_grace", "The old refresh token was accepted once more.")


@check(
    "replay.always_accepted",
    ENDED,
    level=WARN,
    title="Old refresh tokens stay good",
    expected="A replaced refresh token is refused.",
    why="A stolen refresh token is worth tokens for as long as the grant lives, and nobody notices.",
    spec=SPEC,
    operator="Rotate with reuse detection: refuse a replaced token and end its grant.",
    client="Nothing.",
)
def always_accepted(q: Question) -> Verdict:
    return _when(q, "always_accepted", "The old refresh token was accepted again, after the newest one had been used.")


@check(
    "token.one_error_for_all",
    "replay/old_refresh",
    "confirm/refresh",
    "token/probe:false_code:code",
    "token/probe:false_code:refresh",
    level=WARN,
    title="A dead code or refresh token is not called invalid_grant",
    expected="400 invalid_grant.",
    why="On invalid_request clients try again for ever; only invalid_grant makes them sign in anew.",
    spec=rfc(6749, "5.2"),
    operator="Answer invalid_grant to a code or refresh token that is expired, revoked or unknown.",
    client="Give up after one retry and sign in again.",
)
def one_error_for_all(q: Question) -> Verdict:
    error = oauth_error(q)
    if not 400 <= status_of(q) < 500 or not error or error in ("invalid_grant", "invalid_client", "unauthorized_client", "invalid_target"):
        return None
    return Seen(f"The server answered {quoted_error(q)}.", actual=error, expected="invalid_grant", evidence=at(q, pointer="/error"))
