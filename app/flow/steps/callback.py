"""The browser comes back: state, then issuer, then error or code (OAuth 2.1 section 4.1.2, RFC 9207)."""

from __future__ import annotations

import hmac
from dataclasses import replace

from app.flow.facts import Answer, Authorization, Facts
from app.flow.log import Entry, Leg
from app.flow.machine import NO_BROWSER
from app.flow.moves import Walk
from app.flow.oauth import Pairs
from app.wire.parse.form import query_of, read_pairs


def needs(facts: Facts) -> str:
    return "" if facts.authorization else "No authorization request was made."


def skips(facts: Facts) -> str:
    return "" if facts.by_browser else NO_BROWSER


def walk(facts: Facts) -> Walk:
    """Nothing to send: the person's browser brings the answer."""
    yield from ()
    return "The browser has not come back yet."


def waits(facts: Facts) -> bool:
    """Is an authorization request out that no callback has answered?"""
    return facts.authorization is not None and facts.answer is None and not facts.misfit and not facts.gave_up


def pairs_of(leg: Leg) -> Pairs:
    """The parameters with which the browser came back, in order, duplicates too."""
    return read_pairs(leg.body.decode("latin-1") if leg.method == "POST" else query_of(leg.url))


def answer_of(entry: Entry, leg: Leg) -> Answer:
    """The answer as it came; the first of duplicates counts, the checks tell of the others."""
    found = dict(reversed(pairs_of(leg)))
    iss = found.get("iss")
    texts = (found.get("error", ""), found.get("error_description", ""), found.get("error_uri", ""))
    return Answer(found.get("state", ""), found.get("code", ""), iss, *texts, entry.seq, entry.at)


def fits(facts: Facts, answer: Answer) -> bool:
    """Does the state belong to the newest request?"""
    return facts.authorization is not None and is_state(answer.state, facts.authorization)


def is_state(came: str, asked: Authorization) -> bool:
    """Is this the state of that request? Compared in constant time; what came may hold any character."""
    return hmac.compare_digest(came.encode(errors="surrogatepass"), asked.state.encode())


def came_back(facts: Facts, entry: Entry, leg: Leg) -> Facts:
    """Learn the first answer that fits the newest request; a second one changes nothing."""
    answer = answer_of(entry, leg)
    if not fits(facts, answer):
        return facts if facts.answer else replace(facts, misfit=entry.seq)
    return facts if facts.answer else replace(facts, answer=answer, misfit=0)
