"""The life of every code and token of a run: issued, used, rotated, replayed, revoked, refused. What the log shows, nothing guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from app.flow.facts import Facts
from app.flow.log import Entry, Leg, Run
from app.views.mask import LABEL, Mask
from app.views.times import duration
from app.wire.messages import Exchange
from app.wire.parse.form import query_of, read_pairs

MOST_LIVES, MOST_EVENTS = 40, 200
# kind -> (glyph, word); the glyphs differ in shape, so that colour is never needed
EVENTS = {
    "issued": ("○", "issued"),
    "used": ("●", "used"),
    "exchanged": ("⇄", "exchanged"),
    "rotated": ("↻", "rotated"),
    "refused": ("✗", "refused"),
    "replayed": ("⟲", "used again after it was replaced"),
    "revoked": ("⊘", "revoked"),
}
ENDING = ("rotated", "exchanged", "revoked", "refused")
LEFT, COLUMN, ROW, HEAD = 190, 44, 40, 30


@dataclass(frozen=True)
class Event:
    """One thing that happened to a code or a token."""

    seq: Annotated[int, "the entry's number"]
    href: Annotated[str, "where it stands on the run page"]
    kind: Annotated[str, "issued, used, exchanged, rotated, refused, replayed or revoked"]
    glyph: Annotated[str, "its sign in the picture"]
    says: Annotated[str, "what happened, in words"]
    x: Annotated[int, "its place in the picture"] = 0


@dataclass(frozen=True)
class Life:
    """One code or token."""

    label: Annotated[str, "kind and fingerprint"]
    kind: Annotated[str, "code, access or refresh"]
    events: Annotated[tuple[Event, ...], "what happened to it, in order of time"]
    standing: Annotated[str, "what is known of it at the end, in words"]
    is_over: Annotated[bool, "was it replaced, revoked or refused at the end?"]
    y: Annotated[int, "height of its line"] = 0
    start: Annotated[int, "x of its first event"] = 0
    alive: Annotated[int, "x up to which it was good"] = 0
    end: Annotated[int, "x of its last event"] = 0


@dataclass(frozen=True)
class Lifeline:
    """All that templates/parts/_lifeline.html prints."""

    width: Annotated[int, "of the view box"]
    height: Annotated[int, "of the view box"]
    lives: Annotated[tuple[Life, ...], "codes and tokens in the order in which they were met"]
    columns: Annotated[tuple[tuple[int, int], ...], "(x, entry's number) of every column"]
    left_out: Annotated[int, "how many more there are"]
    legend: Annotated[tuple[tuple[str, str], ...], "glyph and word of every kind of event"] = tuple(EVENTS.values())


@dataclass
class _Credential:
    """What is known of one value while the log is read."""

    kind: str
    value: str
    events: list[tuple[int, str, str]] = field(default_factory=list)
    replaced: bool = False
    expires_at: float = 0.0


def lifeline(run: Run, facts: Facts, hide: Mask, *, base: str, now: float) -> Lifeline:
    """Read the log once, from the first code to the last refusal."""
    met: dict[str, _Credential] = {}
    issued = _issued(facts)
    for entry in run.entries:
        if isinstance(entry.body, Leg) and entry.body.kind == "callback":
            _came_back(met, entry, entry.body)
        elif isinstance(entry.body, Exchange):
            _sent(met, entry, entry.body, issued)
    for credential in met.values():
        credential.expires_at = issued.expiry.get(credential.value, 0.0)
    known = [credential for credential in met.values() if credential.events]
    shown = known[:MOST_LIVES]
    columns = sorted({seq for credential in shown for seq, _, _ in credential.events[:MOST_EVENTS]})
    places = {seq: LEFT + number * COLUMN + COLUMN // 2 for number, seq in enumerate(columns)}
    lives = tuple(_life(credential, number, places, hide, base, now) for number, credential in enumerate(shown))
    width, height = LEFT + len(columns) * COLUMN + 24, HEAD + len(lives) * ROW + 12
    return Lifeline(width, height, lives, tuple((x, seq) for seq, x in places.items()), len(known) - len(shown))


@dataclass(frozen=True)
class _Issued:
    """Tokens by the entry whose answer brought them."""

    by_entry: Mapping[int, tuple[tuple[str, str], ...]]
    expiry: Mapping[str, float]


def _issued(facts: Facts) -> _Issued:
    by_entry: dict[int, tuple[tuple[str, str], ...]] = {}
    expiry: dict[str, float] = {}
    for tokens in facts.token_history:
        by_entry[tokens.entry] = tuple((kind, value) for kind, value in (("access", tokens.access), ("refresh", tokens.refresh)) if value)
        if tokens.expires_in is not None and 0 <= tokens.expires_in < 1e10:
            expiry.setdefault(tokens.access, tokens.at + tokens.expires_in)
    return _Issued(by_entry, expiry)


def _came_back(met: dict[str, _Credential], entry: Entry, leg: Leg) -> None:
    given = (*read_pairs(query_of(leg.url)), *read_pairs(leg.body.decode("latin-1")))
    if code := dict(reversed(given)).get("code"):
        _note(met, "code", code, entry.seq, "issued", "came back to /callback")


def _note(met: dict[str, _Credential], kind: str, value: str, seq: int, event: str, says: str) -> _Credential:
    credential = met.setdefault(value, _Credential(kind, value))
    credential.events.append((seq, event, says))
    return credential


def _sent(met: dict[str, _Credential], entry: Entry, exchange: Exchange, issued: _Issued) -> None:
    """What the request handed in, then what the answer brought."""
    status = exchange.status
    good = status is not None and 200 <= status < 300
    came = f"answered {status}" if status else "nothing came back"
    brought = issued.by_entry.get(entry.seq, ())
    for kind, value, use in _handed_in(exchange):
        if kind == "token" and value not in met:
            continue  # revoking an unknown token is a question, not a life
        credential = met.setdefault(value, _Credential(kind, value))
        event = _event(credential, use, status, good, dict(brought).get("refresh", ""))
        credential.replaced = credential.replaced or event in ("rotated", "exchanged")
        credential.events.append((entry.seq, event, f"{EVENTS[event][1]}, {came}"))
    for kind, value in brought:
        if value not in met or not met[value].events:
            _note(met, kind, value, entry.seq, "issued", "issued")


def _event(credential: _Credential, use: str, status: int | None, good: bool, new_refresh: str) -> str:
    """What one use was. A 400 or 401 refuses; any other answer proves nothing about the token itself."""
    if use == "revoke":
        return "revoked" if good else "used"
    if credential.replaced and use in ("code", "refresh"):
        return "replayed"
    if status in (400, 401):
        return "refused"
    if good and use == "code":
        return "exchanged"
    return "rotated" if good and use == "refresh" and new_refresh not in ("", credential.value) else "used"


def _handed_in(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """(kind, value, use) of every code and token in a request."""
    scheme, _, rest = exchange.request.header("authorization").partition(" ")
    if scheme.lower() in ("bearer", "dpop") and rest.strip():
        yield "access", rest.strip(), "access"
    if "form" not in exchange.request.header("content-type").lower():
        return
    for name, value in read_pairs(exchange.request.body.decode("latin-1")):
        if name == "code" and value:
            yield "code", value, "code"
        elif name == "refresh_token" and value:
            yield "refresh", value, "refresh"
        elif name == "token" and value:
            yield "token", value, "revoke"


def _life(credential: _Credential, number: int, places: Mapping[int, int], hide: Mask, base: str, now: float) -> Life:
    events = tuple(
        Event(seq, f"{base}#e{seq}", kind, EVENTS[kind][0], says, places[seq]) for seq, kind, says in credential.events[:MOST_EVENTS]
    )
    ending = next((event for event in events if event.kind in ENDING), None)
    standing, is_over = _standing(credential, events, now)
    masked = hide(credential.value)
    label = masked if LABEL.fullmatch(masked) else f"{credential.kind} {number + 1}"  # too short to be told apart by a fingerprint
    life = Life(label, credential.kind, events, standing, is_over)
    return replace(life, y=HEAD + number * ROW + ROW // 2, start=events[0].x, end=events[-1].x, alive=ending.x if ending else events[-1].x)


def _standing(credential: _Credential, events: tuple[Event, ...], now: float) -> tuple[str, bool]:
    last = events[-1]
    over = {
        "refused": f"refused when last tried ({last.seq})",
        "replayed": f"tried again after it was replaced ({last.seq}: {last.says.partition(', ')[2]})",
        "revoked": f"revoked ({last.seq}); not tried since",
        "rotated": f"replaced by a new one ({last.seq})",
        "exchanged": f"exchanged for tokens ({last.seq})",
    }
    if last.kind in over:
        return over[last.kind], True
    dead = next((event for event in events if event.kind in ("revoked", "refused")), None)
    if last.kind == "used" and dead is not None:
        return f"{last.says.partition(', ')[2]} when tried after it was {dead.kind} ({last.seq})", False
    if credential.expires_at and credential.expires_at <= now:
        return f"its lifetime has passed, {duration(now - credential.expires_at)} ago", True
    left = f"; lives {duration(credential.expires_at - now)} more, said the server" if credential.expires_at else ""
    return (f"{last.says.partition(', ')[2]} when last used ({last.seq}){left}" if last.kind == "used" else f"not used yet{left}"), False
