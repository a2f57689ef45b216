"""Where state lives, how long, and who sees it: one sentence for the foot of every page."""

from __future__ import annotations

from typing import Protocol

from app.views.times import duration


class Terms(Protocol):
    """What views need of the settings."""

    @property
    def hosted(self) -> bool: ...
    @property
    def login(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def practice_base(self) -> str: ...
    @property
    def run_idle_seconds(self) -> int: ...
    @property
    def run_life_seconds(self) -> int: ...
    @property
    def step_seconds(self) -> float: ...
    @property
    def exchange_seconds(self) -> float: ...
    @property
    def exchanges_per_run(self) -> int: ...


def keeping(settings: Terms) -> str:
    """What happens to what a run records."""
    where = "on the server of this app" if settings.hosted else "on this computer"
    whom = (
        "Only the person who started a run can open it" if settings.login == "oidc" else "Only the browser that started a run can open it"
    )
    host = "; the people who run this server can reach its database." if settings.hosted else "."
    life = (
        f"{duration(settings.run_idle_seconds)} after your last visit, {duration(settings.run_life_seconds)} after its start at the latest"
    )
    return f"Runs are kept {where}, encrypted, and deleted {life}. {whom}{host}"
