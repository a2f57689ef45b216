"""What create_app wired together and pages reach for. One object, so that tests can put their own parts in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from flask import current_app

from app.pages.jobs import Jobs
from app.pages.memory import Memory
from app.pages.password import Password
from app.pages.readiness import Readiness
from app.settings import Settings
from app.store.opening import Store
from app.wire.messages import Exchange, Request

if TYPE_CHECKING:
    from app.pages.provider import Provider  # needs authlib, an extra


class Wire(Protocol):
    """What sends: one request out, one exchange back, whatever happened (app.wire.recorder)."""

    def send(self, request: Request, *, deadline_s: float, stop: Callable[[], bool]) -> Exchange: ...


@dataclass(frozen=True)
class Wired:
    """The parts of one app."""

    settings: Settings
    store: Store
    jobs: Jobs
    wire: Wire
    memory: Memory
    ready: Readiness = field(default_factory=Readiness)
    password: Password | None = None  # where people share one
    provider: Provider | None = None  # where people sign in at an OpenID provider


def wired() -> Wired:
    """The parts of the app that answers this request."""
    parts: Wired = current_app.extensions["explorer"]
    return parts
