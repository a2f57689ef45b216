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


def left(user: HttpUser) -> None:
    """The browser leaves for the authorization server, whose pages are not looked at, and the person comes back to the run page."""
    user.press("run")
    user.wait()
    run = user.page.url
    user.session.get(user.page.moves["authorize"].url, allow_redirects=False, timeout=10)
    user.open(run)


def tried(probe: str) -> Act:
    """Press the button of a separating probe."""

    def press(user: HttpUser) -> None:
        user.send(user.page.moves["try"].pressed("probe", probe))
        user.wait()

    return press


def whole_walk(user: HttpUser) -> None:
    """Press what is offered until nothing is left; an answer that the callback refuses ends the walk too."""
    try:
        walk(user, practice_visit)
    except RuntimeError as error:
        if "answered 400 at /callback" not in str(error):
            raise


def pressed(*actions: str) -> Act:
    """Walk to tokens, then press these one after the other."""

    def press(user: HttpUser) -> None:
        walk(user, practice_visit, until=frozenset({"connected"}))
        for action in actions:
            user.press(action)
            user.wait()

    return press


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

    def told(self) -> str:
        """State, main finding and every finding, for a test that fails."""
        lines = [f"{found['level']} {found['code']} at {found['step']}: {found['says']}" for found in self.twin["findings"]]
        return "\n".join([f"{self.state}, main {self.main or 'none'}", *lines])


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
        """Start a run, do the acts, or walk to the end where there are none."""
        user = self.user()
        try:
            user.start({"target": target_url(instance, self.settings, route), **options})
            run = user.page.url
            for act in acts or (whole_walk,):
                act(user)
            user.open(run)
            return Walked(user.twin())
        finally:
            user.close()
