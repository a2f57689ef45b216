"""What a run's own pages say of the lesson that it is walked in: one strip above the walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.views.scenario_words import Scenario
from app.views.visible import visible

HIDDEN = "What the checks find is hidden until you have answered. Everything that crossed the wire is here."
OVER = "The lesson is over, so what the checks find is shown."


@dataclass(frozen=True)
class Strip:
    """The strip."""

    title: Annotated[str, "the lesson's title"]
    href: Annotated[str, "the lesson's page"]
    says: Annotated[str, "what is hidden, or that nothing is any more"]
    button: Annotated[str, "what the link to the lesson says"]
    note: Annotated[str, "the note of the room's leader, or empty"] = ""


def strip(scenario: Scenario, href: str, over: str, note: str = "") -> Strip:
    """The strip of this lesson; `over` says how it ended, empty while it has not."""
    says, button = (OVER, "Back to the lesson") if over else (HIDDEN, "Answer or take a hint")
    return Strip(scenario.title, f"{href}#answer", says, button, visible(note))
