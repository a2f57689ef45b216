"""The bytes that prove the answer of a lesson: found in the run as its pages show it, masked, with the line that matters marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.flow.log import Entry, Leg, Run
from app.views.leg_view import leg_view
from app.views.mask import Mask, mask_for, secrets_of
from app.views.scenario_words import Proof
from app.views.visible import shortened
from app.views.wire_text import request_side, response_side
from app.wire.messages import Exchange

AROUND = 7  # lines shown before and after the one that matters
LONGEST_LINE = 600
SIDES = {"request": "what was sent", "response": "what came back", "leg": "what the browser carried"}


@dataclass(frozen=True)
class Line:
    """One line of the excerpt."""

    text: Annotated[str, "masked"]
    is_proof: Annotated[bool, "is it the one that matters?"]


@dataclass(frozen=True)
class Excerpt:
    """Where to look, and what stands there."""

    entry: Annotated[int, "the exchange's or leg's number"]
    href: Annotated[str, "its page, or its place on the run's page"]
    side: Annotated[str, "which part of it, in words"]
    lacks: Annotated[str, "what should stand there and does not, or empty"]
    lines: Annotated[tuple[Line, ...], "the lines around the one that matters"]


def find_proof(run: Run, proof: Proof) -> Excerpt | None:
    """The newest place in the run that proves the answer; None while the walk has not been there."""
    hide = mask_for(secrets_of(run))
    for entry in reversed(run.entries):
        text = _text(entry, proof, hide) if entry.step == proof.step else ""
        if text and proof.find in text and not (proof.lacks and proof.lacks in text):
            return _excerpt(run.id, entry, proof, text)
    return None


def _text(entry: Entry, proof: Proof, hide: Mask) -> str:
    body = entry.body
    if proof.side == "leg" and isinstance(body, Leg):
        leg = leg_view(entry, body, hide)
        return "\n".join([leg.url, *(f"{row.name} = {row.value}" for row in leg.rows)])
    if isinstance(body, Exchange) and proof.side in ("request", "response"):
        return (request_side if proof.side == "request" else response_side)(body, hide).plain
    return ""


def _excerpt(run_id: str, entry: Entry, proof: Proof, text: str) -> Excerpt:
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines) if proof.find in line), 0)
    shown = lines[max(0, at - AROUND) : at + AROUND + 1]
    marked = tuple(Line(shortened(line, LONGEST_LINE), proof.find in line) for line in shown)
    href = f"/runs/{run_id}#e{entry.seq}" if isinstance(entry.body, Leg) else f"/runs/{run_id}/exchanges/{entry.seq}"
    return Excerpt(entry.seq, href, SIDES.get(proof.side, proof.side), proof.lacks, marked)
