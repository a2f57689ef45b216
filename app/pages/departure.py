"""A sign-in at an OpenID provider in values: how it began, whom it named, and how it failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn


class SignInFailed(Exception):
    """What the provider said cannot be used. `says` is for the person, `why` one word for the log."""

    def __init__(self, why: str, says: str) -> None:
        super().__init__(says)
        self.why, self.says = why, says


@dataclass(frozen=True)
class Departure:
    """What this app must remember of a person who went to the provider; `url` is where they go."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Identity:
    """All that is kept of a sign-in."""

    issuer: str
    subject: str
    name: str


def refuse(why: str, says: str) -> NoReturn:
    """End the sign-in with one sentence."""
    raise SignInFailed(why, says)
