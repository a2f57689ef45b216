"""Separating probes as buttons, and the panel for a browser that does not come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Protocol

from markupsafe import Markup

from app.flow.choices import PROBE
from app.flow.facts import Facts
from app.flow.log import Choice, Run
from app.flow.moves import Standing
from app.views.mask import Mask
from app.views.moves_view import Move, Moves
from app.views.times import duration
from app.views.visible import shortened, visible
from app.views.wire_text import prose
from app.views.words import Words, words

PATIENCE_SECONDS = 60  # whoever signs in is seldom slower; after that the panel stands open


class Offered(Protocol):
    """A separating probe, as far as a page needs to know it."""

    @property
    def slug(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def sends(self) -> str: ...
    @property
    def costs(self) -> str: ...


@dataclass(frozen=True)
class Probe:
    """One button."""

    slug: Annotated[str, "what the form sends"]
    label: Annotated[str, "the button's words"]
    question: Annotated[Markup, "what it answers"]
    sends: Annotated[Markup, "what it sends"]
    costs: Annotated[Markup, "what it may cost"]


@dataclass(frozen=True)
class Trials:
    """The probes that would separate two causes now: one form, a button for each."""

    action: Annotated[str, "where the form goes"]
    seen: Annotated[int, "how many entries the page shows"]
    probes: Annotated[tuple[Probe, ...], "one button each"]
    showed: Annotated[str, "what the newest one showed, where nothing has happened since; or empty"]


@dataclass(frozen=True)
class Silence:
    """The browser left and nothing has come back yet."""

    left: Annotated[str, "how long ago it left"]
    is_open: Annotated[bool, "is the panel unfolded?"]
    words: Annotated[Words, "the causes, one section each"]
    gave_up: Annotated[Move, "the button that ends the wait"]


def trials(run: Run, standing: Standing, offered: Iterable[Offered], hide: Mask) -> Trials | None:
    """The form of the probes, or None where none is offered."""
    probes = tuple(map(_probe, offered)) if standing.state != "running" else ()
    return Trials(f"/runs/{run.id}/try", len(run.entries), probes, visible(shortened(hide(showed(run)), 500))) if probes else None


def _probe(one: Offered) -> Probe:
    return Probe(one.slug, one.label, prose(one.question), prose(one.sends), prose(one.costs))


def showed(run: Run) -> str:
    """The sentence with which a probe has just ended; empty where something else came last."""
    last = run.entries[-1].body if run.entries else None
    return str(last.values.get("says", "")) if isinstance(last, Choice) and last.name == PROBE else ""


def silence(run: Run, facts: Facts, offered: Moves, *, now: float) -> Silence | None:
    """The panel, or None while no browser is out."""
    asked = facts.authorization
    if offered.gave_up is None or asked is None or asked.left_at is None:
        return None
    away = now - asked.left_at
    return Silence(duration(away), away >= PATIENCE_SECONDS or bool(showed(run)), words("nothing_came_back"), offered.gave_up)
