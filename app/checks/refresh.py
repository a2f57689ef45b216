"""A new pair for the refresh token: was it given, and was it rotated? (OAuth 2.1 section 4.3, RFC 9700 section 4.14)"""

from __future__ import annotations

from itertools import takewhile

from app.checks.declaration import by_revision, check
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import at, document_of, ended_badly, form_of, oauth_error, quoted_error, status_of, text
from app.checks.specs import MCP_RESOURCE, rfc
from app.checks.token import grants
from app.checks.token_reading import refusal as token_refusal
from app.flow.log import Entry
from app.wire.messages import Exchange
from app.wire.parse.form import write_pairs

ON = "refresh/refresh"
RACE_SECONDS = 10.0


@check(
    "refresh.scope_or_resource",
    ON,
    level=STOP,
    title="The refresh asks for another scope or resource",
    expected="The same resource as before, and no more scope than was granted.",
    why="A refresh cannot widen a grant; some servers demand the resource once more.",
    spec=rfc(8707, "2.2"),
    operator="Keep resource and scope of the grant where a refresh names none, and take those that were granted.",
    client="Send the same resource, and leave scope out.",
)
def scope_or_resource(q: Question) -> Verdict:
    error, sent = oauth_error(q), form_of(q)
    about_resource = error == "invalid_request" and not sent.get("resource")
    if status_of(q) < 400 or not (error in ("invalid_scope", "invalid_target") or about_resource):
        return None
    resource, scope = (f"{name} {sent[name]!r}" if sent.get(name) else f"no {name}" for name in ("resource", "scope"))
    says = f"The server answered {quoted_error(q)}. We sent {resource} and {scope}."
    return Seen(says, actual=quoted_error(q), evidence=at(q, pointer="/error"))


@check(
    "refresh.invalid_grant",
    ON,
    level=STOP,
    title="The newest refresh token was refused",
    expected="A new pair of tokens.",
    why="The grant was revoked or has expired, the token belongs to another client, or the server lost it.",
    spec=rfc(6749, "5.2"),
    operator="Keep refresh tokens in a store that outlives the process; look up why this one was refused.",
    client="Sign in again. Never refresh one grant from two places at once.",
)
def invalid_grant(q: Question) -> Verdict:
    if status_of(q) < 400 or oauth_error(q) != "invalid_grant":
        return None
    return Seen(f"The server answered {quoted_error(q)}.", actual=quoted_error(q), evidence=at(q, pointer="/error"))


@check(
    "refresh.race",
    ON,
    level=WARN,
    title="One refresh token was sent twice within seconds",
    expected="One refresh at a time for each grant.",
    why="The second one looks like theft; a strict server ends the grant, and people are signed out at random.",
    spec=rfc(9700, "4.14.2"),
    operator="Nothing; a short grace window helps clients that get this wrong.",
    client="Let one process refresh, and the others wait for its result.",
)
def race(q: Question) -> Verdict:
    mine = form_of(q).get("refresh_token")
    if not mine:
        return None
    before = takewhile(lambda e: q.entry.at - e.at <= RACE_SECONDS, reversed(q.run.entries[: q.entry.seq - 1]))
    earlier = next((e for e in before if e.step == "refresh" and e.role == "refresh" and _has_sent(e, mine)), None)
    newest = q.before.tokens
    if earlier is None or (newest and newest.refresh == mine):  # nothing has taken its place: once more is no race
        return None
    return Seen(
        f"The same refresh token was sent {q.entry.at - earlier.at:.1f} s before.",
        evidence=at(q, side="request", pointer="?refresh_token"),
    )


def _has_sent(entry: Entry, token: str) -> bool:
    # we wrote the form ourselves, so the pair stands in it letter for letter: no need to take every form apart
    pair = write_pairs((("refresh_token", token),)).encode()
    return isinstance(entry.body, Exchange) and pair in entry.body.request.body


@check(
    "refresh.not_rotated",
    ON,
    level=by_revision(NOTE, WARN, WARN, WARN),
    title="The refresh token was not rotated",
    expected="A new refresh token with every refresh of a public client.",
    why="Without rotation nobody notices that a refresh token was stolen.",
    spec=rfc(9700, "4.14.2"),
    operator="Issue a new refresh token with each refresh of a public client, and end the grant when an old one returns.",
    client="Keep the old one when none came, and replace it when one did.",
)
def not_rotated(q: Question) -> Verdict:
    given, sent = text(document_of(q), "refresh_token"), form_of(q).get("refresh_token", "")
    if not grants(q) or (given and given != sent):
        return None
    shown = "the same refresh token" if given else "no refresh_token"
    level = NOTE if q.before.client and q.before.client.auth != "none" else ""
    return Seen(f"The answer has {shown}.", actual=shown, level=level, evidence=at(q, pointer="/refresh_token"))


@check(
    "refresh.shrinking_expiry",
    ON,
    level=NOTE,
    title="The new access token lives shorter than the first",
    expected="The same lifetime, unless the grant itself ends soon.",
    why="The lifetime is capped by what is left of the grant: a new sign-in will be due soon.",
    spec=rfc(6749, "5.1"),
    operator="Nothing, if it is meant.",
    client="Read expires_in of every answer.",
)
def shrinking_expiry(q: Question) -> Verdict:
    first = next((t.expires_in for t in q.before.token_history if t.expires_in), None)
    now = document_of(q).get("expires_in")
    if not grants(q) or first is None or not isinstance(now, int | float) or now >= first:
        return None
    return Seen(
        f"expires_in fell from {first:g} to {now:g}.", actual=f"{now:g}", expected=f"{first:g}", evidence=at(q, pointer="/expires_in")
    )


@check(
    "refresh.unexpected_status",
    ON,
    "ended:refresh",
    level=STOP,
    last_resort=True,
    title="The refresh did not give tokens",
    expected="200 with a new pair.",
    why="When the access token ends, people will have to sign in again.",
    spec=MCP_RESOURCE,
    operator="Look up this request in the log; answer with an error of RFC 6749 section 5.2.",
    client="Sign in again.",
)
def unexpected_status(q: Question) -> Verdict:
    if reason := ended_badly(q):
        return Seen(reason)
    if (
        not 400 <= status_of(q) < 500
        or scope_or_resource.asks(q)
        or invalid_grant.asks(q)
        or token_refusal(q) in ("invalid_client", "not_json")
    ):
        return None
    return Seen(f"The server answered {quoted_error(q)}.", actual=quoted_error(q))
