"""What the walk itself has shown already: the first request, the replay and the revocation are attempts too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.flow.audits.reading import heard_call, heard_token
from app.flow.log import Entry, Run
from app.flow.readings import said
from app.wire.messages import Exchange


@dataclass(frozen=True)
class Seen:
    """What one exchange of the walk met; `control` is what was let in with everything right."""

    refused: bool
    says: str
    entries: tuple[int, ...]
    control: int = 0


def walked(run: Run, slug: str) -> Seen | None:
    """The walk's own evidence for an attempt; None where it has none, or nothing that was good went before it or after it."""
    look = LOOKS.get(slug)
    return look(run) if look else None


def _made(run: Run, step: str, *roles: str) -> list[Entry]:
    """The walk's exchanges of a step, newest last."""
    own = (e for e in run.entries if e.step == step and not e.is_aside and isinstance(e.body, Exchange))
    return [e for e in own if not roles or e.role in roles]


def _exchange(entry: Entry) -> Exchange:
    assert isinstance(entry.body, Exchange)
    return entry.body


def _let_in(run: Run) -> Entry | None:
    calls = (e for e in _made(run, "call") if heard_call(_exchange(e)) == "let_in" and _exchange(e).request.header("authorization"))
    return next(calls, None)


def _first_request(run: Run) -> Seen | None:
    asked = [e for e in _made(run, "probe") if not _exchange(e).request.header("authorization")]
    control = _let_in(run)
    return _call(asked[-1], control) if asked and control else None


def _revocation(run: Run) -> Seen | None:
    asked = [*_made(run, "revoke", "access_after_revoke"), *_made(run, "confirm", "access")]
    control = _let_in(run)
    return _call(asked[-1], control) if asked and control else None


def _call(asked: Entry, control: Entry) -> Seen | None:
    heard = heard_call(_exchange(asked))
    if heard == "unclear":
        return None
    verb = "refused" if heard == "refused" else "let in"
    return Seen(heard == "refused", f"In the walk it was {verb} with {said(_exchange(asked))}.", (asked.seq,), control.seq)


def _replay(run: Run) -> Seen | None:
    asked, fresh = _made(run, "replay", "old_refresh"), _made(run, "refresh", "refresh")
    control = next((e for e in reversed(fresh) if heard_token(_exchange(e)) == "granted"), None)
    if not asked or control is None:
        return None
    heard = heard_token(_exchange(asked[-1]))
    if heard == "unclear":
        return None
    verb = "refused" if heard == "refused" else "accepted"
    return Seen(heard == "refused", f"In the walk it was {verb} with {said(_exchange(asked[-1]))}.", (asked[-1].seq,), control.seq)


LOOKS: Mapping[str, Callable[[Run], Seen | None]] = {
    "no_token": _first_request,
    "revoked_token": _revocation,
    "old_refresh": _replay,
}
