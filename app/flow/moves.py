"""What a step may ask of the engine, and where a run stands for the person."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.flow.facts import Facts
from app.wire.messages import Request


@dataclass(frozen=True)
class Ask:
    """One request to be sent. `purposes` says, by wire name, what each parameter and header is for."""

    request: Request
    role: str
    why: str
    purposes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Aside(Ask):
    """One request of a separating probe. It belongs to `step`, and nothing is learned from its answer."""

    step: str = ""


@dataclass(frozen=True)
class Draw:
    """Fresh random values, drawn by the engine; with `key` a private key too."""

    key: bool = False


@dataclass(frozen=True)
class Note:
    """A choice of the app to be written down: name and values of `flow/choices.py`."""

    name: str
    values: Mapping[str, Any]
    why: str = ""


# A walk is sent (exchange, facts) for an Ask, (drawn, facts) for a Draw and (entry, facts) for a Note.
# It returns the reason why it ended short, or an empty string.
Walk = Generator[Ask | Draw | Note, Any, str]
Part = Generator[Ask | Draw | Note, Any, Facts]  # a part of a walk hands on what was learned


@dataclass(frozen=True)
class Drawn:
    """Random values: `state` and `nonce` 32 characters, `verifier` 64 characters of the RFC 7636 alphabet; `now` in seconds, UTC."""

    state: str
    verifier: str
    nonce: str
    now: float = 0.0
    key: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """Where a run stands: the words of the page contract (design.md section 5)."""

    state: str  # ready running authorize stepup connect connected done failed
    step: str  # the step that the page stands before
    offers: tuple[str, ...]  # the data-action names that this state offers, the main one first
    reason: str = ""  # one sentence where the state needs one
