"""What the checks of separating probes look at: the other exchanges of the same probe, and what it was made for."""

from __future__ import annotations

from collections.abc import Mapping

from app.checks.model import STOP, WARN, Question
from app.flow.log import Choice, Entry, Leg
from app.wire.messages import Exchange, Request


def siblings(q: Question) -> Mapping[str, Entry]:
    """The exchanges of the probe that was asked about, up to and with it: last word of the role -> entry."""
    found: dict[str, Entry] = {}
    for entry in reversed(q.run.entries[: q.entry.seq]):
        if isinstance(entry.body, Choice) and entry.body.name == "probe":
            break
        if entry.is_aside and isinstance(entry.body, Exchange):
            found.setdefault(entry.role.rpartition(":")[2], entry)
    return found


def answer(entries: Mapping[str, Entry], what: str) -> Exchange:
    """One of them; an empty exchange where it was not made."""
    body = entries[what].body if what in entries else None
    return body if isinstance(body, Exchange) else Exchange(Request("", ""))


def refused_call(q: Question) -> Entry | None:
    """The newest MCP request of the walk that met 401."""
    walked = (e for e in reversed(q.run.entries[: q.entry.seq]) if e.step == "call" and not e.is_aside)
    return next((e for e in walked if isinstance(e.body, Exchange) and e.body.status == 401), None)


def way_out(q: Question) -> Entry | None:
    """The newest leg with which the browser went out."""
    return next((e for e in reversed(q.run.entries[: q.entry.seq]) if isinstance(e.body, Leg) and e.body.kind == "authorize"), None)


def weight(q: Question) -> str:
    """What may hold a browser back is a STOP once the browser has left and nothing has come."""
    asked = q.before.authorization
    return STOP if asked and asked.left_at is not None and q.before.answer is None else WARN
