"""A missing challenge is a warning while well-known locations or default endpoints work, and the cause once they do not."""

from __future__ import annotations

from app.checks.model import STOP, Evidence, Question, Seen
from app.checks.reading import outcome_of
from app.flow.log import Entry
from app.wire.messages import Exchange


def way_in_missing(q: Question) -> Entry | None:
    """The first 401, where nothing that was guessed after it led anywhere; asked when registration has ended."""
    if outcome_of(q)[0] != "failed" or not q.facts.guessed_endpoints or q.revision == "2025-03-26":
        return None
    entries = q.run.entries[: q.entry.seq]
    entries = [e for e in entries if not e.is_aside]
    first = next((e for e in reversed(entries) if e.step == "probe" and isinstance(e.body, Exchange) and e.body.status == 401), None)
    if first is None or any(_broke(e) for e in entries if e.seq > first.seq):
        return None
    return first


def _broke(entry: Entry) -> bool:
    """A broken exchange explains the failure better than a missing header."""
    return isinstance(entry.body, Exchange) and (entry.body.failure is not None or (entry.body.status or 500) >= 500)


def cause(q: Question, challenged: bool) -> Seen | None:
    """The sentence about the first 401, where it is of the kind that was asked about."""
    first = way_in_missing(q)
    response = first.body.response if first and isinstance(first.body, Exchange) else None
    if first is None or response is None or bool(response.header("www-authenticate")) != challenged:
        return None
    header = response.header("www-authenticate")
    named = f"names no resource_metadata ({header})" if challenged else "has no WWW-Authenticate header"
    says = f"The 401 {named}, no well-known location has metadata, and the default endpoints do not let us register."
    return Seen(
        says,
        actual=header or "absent",
        level=STOP,
        about=first.seq,
        evidence=Evidence(first.seq, header="WWW-Authenticate" if challenged else ""),
    )
