"""A person who walks an opened practice gateway through the app's pages to the end, whatever that is, and what was found there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from robot import HttpUser
from walker import practice_visit, walk

from app.practice.gateways import Instance, open_gateway, target_url
from app.settings import Settings

Act = Callable[[HttpUser], None]


@dataclass(frozen=True)
class Walked:
    """The JSON twin of a walk that ended."""

    twin: dict[str, Any]

    @property
    def main(self) -> str:
        return str(self.twin["problem"] or "")

    @property
    def state(self) -> str:
        return str(self.twin["state"])

    def codes(self, *levels: str) -> set[str]:
        return {found["code"] for found in self.twin["findings"] if not levels or found["level"] in levels}


@dataclass(frozen=True)
class Explorer:
    """The running app."""

    settings: Settings
    app: Flask

    @property
    def engine(self) -> Any:
        return self.app.extensions["explorer"].store.engine

    def open(self, *faults: str, profile: str = "", owner: str = "") -> Instance:
        return open_gateway(self.engine, faults=faults, profile=profile, owner=owner)

    def user(self) -> HttpUser:
        return HttpUser(self.settings.base_url, wait_seconds=0.02)

    def walked(self, instance: Instance, *, acts: Sequence[Act] = (), route: str = "linear-v1", **options: str) -> Walked:
        """Start a run, do the acts where there are some, and walk on to the end."""
        user = self.user()
        try:
            user.start({"target": target_url(instance, self.settings, route), **options})
            for act in acts:
                act(user)
            walk(user, practice_visit)
            return Walked(user.twin())
        finally:
            user.close()
