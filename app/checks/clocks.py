"""Clocks: the gateway's against the authorization server's, and a token's times against the gateway's."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from app.checks.declaration import check
from app.checks.model import WARN, NotAsked, Question, Seen, Verdict
from app.checks.reading import at, header_of, status_of, token_sent
from app.checks.specs import rfc
from app.flow.log import Entry
from app.wire.messages import Exchange
from app.wire.parse.jwt import read_jwt

SKEW_SECONDS = 30.0


@check(
    "call.clock_skew",
    "call/*",
    level=WARN,
    title="The clocks differ",
    expected="The clocks of gateway and authorization server agree to a few seconds.",
    why="A fresh token looks as if it were not valid yet, or expired.",
    spec=rfc(9110, "6.6.1"),
    operator="Synchronise the clocks of gateway and authorization server.",
    client="Nothing.",
)
def clock_skew(q: Question) -> Verdict:
    if status_of(q) != 401 or not token_sent(q):
        return None
    gateway = ahead_of_ours(q.entry)
    if early := _not_valid_yet(q, gateway or 0.0):
        return early
    if gateway is None:
        return NotAsked("the 401 has no Date header to compare with")
    tokens = q.before.tokens
    issuer = ahead_of_ours(q.run.entry(tokens.entry)) if tokens else None
    apart = gateway - (issuer or 0.0)  # our own clock may be the wrong one, and judges nobody where both servers tell the time
    if abs(apart) <= SKEW_SECONDS:
        return None
    whose = "ours" if issuer is None else "the authorization server's"
    says = f"The gateway's clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} {whose}, and it refused a token."
    return Seen(says, actual=header_of(q, "date"), evidence=at(q, header="Date"))


def ahead_of_ours(entry: Entry | None) -> float | None:
    """Seconds by which the Date of an answer is ahead of our clock; None where it says none that can be read."""
    exchange = entry.body if entry else None
    if not isinstance(exchange, Exchange) or exchange.response is None or not exchange.started_at:
        return None
    try:
        return parsedate_to_datetime(exchange.response.header("date")).timestamp() - exchange.started_at
    except (ValueError, OverflowError):
        return None


def _not_valid_yet(q: Question, gateway: float) -> Verdict:
    """Does the token say itself that it becomes valid later (RFC 7519 sections 4.1.5 and 4.1.6)?"""
    token, now = read_jwt(token_sent(q)), getattr(q.entry.body, "started_at", 0.0)
    times = [(name, token.claims[name]) for name in ("nbf", "iat") if token and name in token.claims] if now else []
    for name, moment in times:
        if isinstance(moment, int | float) and moment - (now + gateway) > SKEW_SECONDS:
            says = f"{name} of the token lies {moment - (now + gateway):.0f} s ahead of the gateway's clock: it is not valid yet."
            return Seen(says, actual=f"{name} {moment}", evidence=at(q, side="request", header="Authorization"))
    return None
