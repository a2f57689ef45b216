"""The one picture of the start page: who talks to whom in the twelve steps. Coordinates are whole numbers of a 400 wide drawing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from app.flow.steps import NAMES
from app.views.steps import TITLES

ACTORS = ("You", "This app", "MCP server", "Authorization")
X = (44, 146, 252, 350)  # where the life line of each actor stands
TOP, STEP = 58, 25  # the first arrow, and from one to the next
HEAD = 6  # length of an arrow's head
# step -> from, to, what it comes to
ARROWS = {
    "probe": (1, 2, "401: who are you?"),
    "resource_metadata": (1, 2, "which server gives tokens"),
    "server_metadata": (1, 3, "its endpoints"),
    "register": (1, 3, "a client_id"),
    "authorize": (0, 3, "you sign in and agree"),
    "callback": (3, 1, "a code comes back"),
    "token": (1, 3, "code becomes tokens"),
    "call": (1, 2, "the token works"),
    "refresh": (1, 3, "a new pair"),
    "replay": (1, 3, "the old one is refused"),
    "revoke": (1, 3, "handed back"),
    "confirm": (1, 2, "401 again: proved"),
}
REFUSED = ("probe", "replay", "confirm")  # where the right answer is a no


@dataclass(frozen=True)
class Arrow:
    """One step as an arrow."""

    number: Annotated[int, "the step's number"]
    title: Annotated[str, "the step's title"]
    gist: Annotated[str, "what it comes to, in a few words"]
    y: Annotated[int, "its height"]
    x1: Annotated[int, "where it begins"]
    x2: Annotated[int, "where it ends"]
    head: Annotated[str, "the points of its head"]
    is_refused: Annotated[bool, "is the right answer a refusal?"]


@dataclass(frozen=True)
class Dance:
    """The whole picture."""

    actors: Annotated[tuple[tuple[str, int], ...], "(name, x) from left to right"]
    arrows: Annotated[tuple[Arrow, ...], "the twelve steps from top to bottom"]
    height: Annotated[int, "of the drawing"]


@cache
def dance() -> Dance:
    """The same for everybody."""
    arrows = tuple(_arrow(number, name) for number, name in enumerate(NAMES, 1))
    return Dance(tuple(zip(ACTORS, X, strict=True)), arrows, TOP + STEP * len(arrows))


def _arrow(number: int, name: str) -> Arrow:
    start, end, gist = ARROWS[name]
    y = TOP + STEP * (number - 1)
    right = end > start
    x2 = X[end] - 2 if right else X[end] + 2
    back = x2 - HEAD if right else x2 + HEAD
    return Arrow(number, TITLES[name], gist, y, X[start], x2, f"{back},{y - 4} {x2},{y} {back},{y + 4}", name in REFUSED)
