"""Lessons as data: one TOML file each, `<number>-<slug>.toml` in this folder, read once. A test holds them to what is said here.

A number is never given twice, also after a lesson has gone: codes of progress are made of numbers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
STEPS_AT_FIRST, BY_ITSELF = "step", "run"


@dataclass(frozen=True)
class Cause:
    """One answer to choose from. `key` names it within its lesson, `nudge` says what to look at where the choice was wrong."""

    key: str
    says: str
    nudge: str = ""


@dataclass(frozen=True)
class Proof:
    """Where the answer is proved: in an exchange of this step, or its browser leg, `find` stands on this side, and `lacks` does not."""

    step: str
    side: str  # request, response or leg
    find: str  # as the page shows it: masked, JSON indented
    lacks: str = ""


@dataclass(frozen=True)
class Scenario:
    """One lesson. Texts are plain sentences; `backticks` mark names."""

    slug: str
    number: int
    title: str
    level: int  # 1 to 3
    symptom: str  # as a user would report it
    goal: str  # what to do and to find out
    hints: tuple[str, ...]  # at most three, opened one at a time
    causes: tuple[Cause, ...]
    step: str  # with `right` the answer: at which step, which cause
    right: str  # the key of the right cause
    code: str  # the code of the catalogue under which the checks find it
    proof: Proof
    spec: str  # the clause, as the check of that code names it
    fix: str  # what changes on the gateway's side
    next: str  # the slug of the lesson that follows
    question: str = "At which step does it go wrong, and why?"
    faults: tuple[str, ...] = ()
    profile: str = ""
    route: str = "linear-v1"
    revision: str = "auto"
    pace: str = BY_ITSELF  # run: walks on by itself; step: nothing is sent before the person presses
    moves: tuple[str, ...] = ("walk",)  # how a person gets to see it: what the tests press

    def cause(self, key: str) -> Cause | None:
        """The cause of that key among the choices."""
        return next((cause for cause in self.causes if cause.key == key), None)

    def is_answered_by(self, step: str, key: str) -> bool:
        """Is this the right answer?"""
        return (step, key) == (self.step, self.right)


@lru_cache(maxsize=1)
def scenarios() -> tuple[Scenario, ...]:
    """All lessons in the order of their numbers."""
    return tuple(read_scenario(path) for path in sorted(FOLDER.glob("*.toml")))


def find_scenario(slug: str) -> Scenario | None:
    """The lesson of that slug."""
    return next((one for one in scenarios() if one.slug == slug), None)


def read_scenario(path: Path) -> Scenario:
    """One file. Raises ValueError (also where TOML cannot be read), TypeError and KeyError where it says too much or too little."""
    number, _, slug = path.stem.partition("-")
    written: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in fields(Scenario)} - {"slug", "number", "step", "right", "code"}
    if unknown := set(written) - known - {"answer"}:
        raise ValueError(f"{path.name} holds {', '.join(sorted(unknown))}, which no lesson has.")
    answer = written.pop("answer")
    right = {"step": answer["step"], "right": answer["cause"], "code": answer["code"]}
    return Scenario(slug=slug, number=int(number), **right, **_frozen(written))


def _frozen(written: Mapping[str, Any]) -> dict[str, Any]:
    causes = tuple(Cause(**one) for one in written["causes"])
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in written.items()}
    return {**plain, "causes": causes, "proof": Proof(**written["proof"])}
