"""What a run's own pages say of the lesson that it is walked in: one strip above the walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.views.scenario_words import Scenario

HIDDEN = "What the checks find is hidden until you have answered. Everything that crossed the wire is here."
OVER = "The lesson is over, so what the checks find is shown."


@dataclass(frozen=True)
class Strip:
    """The strip."""

    title: Annotated[str, "the lesson's title"]
    href: Annotated[str, "the lesson's page"]
    says: Annotated[str, "what is hidden, or that nothing is any more"]
    button: Annotated[str, "what the link to the lesson says"]


def strip(scenario: Scenario, href: str, over: str) -> Strip:
    """The strip of this lesson; `over` says how it ended, empty while it has not."""
    if over:
        return Strip(scenario.title, f"{href}#answer", OVER, "Back to the lesson")
    return Strip(scenario.title, f"{href}#answer", HIDDEN, "Answer or take a hint")
