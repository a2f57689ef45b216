"""A store and an app of the test's own, whose wire is a canned gateway: nothing is sent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

sys.path.insert(0, str(Path(__file__).parent.parent / "flow"))  # the canned gateway of the flow's tests

from browsers import Browser
from canned import Gateway

from app import create_app
from app.settings import Settings
from app.store.opening import Store, open_store
from app.wire.messages import Exchange, Request


class CannedWire:
    """The canned gateway behind the signature of the wire. `hold` makes it wait until the test lets go or the step is stopped."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.before: Callable[[Request, Callable[[], bool]], None] = lambda request, stop: None

    def send(self, request: Request, *, deadline_s: float, stop: Callable[[], bool]) -> Exchange:
        self.before(request, stop)
        return self.gateway(request, deadline_s=deadline_s)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def wire(gateway: Gateway) -> CannedWire:
    return CannedWire(gateway)


@pytest.fixture
def make_app(settings: Settings, wire: CannedWire) -> Iterator[Callable[..., Flask]]:
    """Apps with settings of their own; `make_app(mode="hosted", …)`."""
    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        app = create_app(Settings(**{**vars(settings), **changes}), wire=wire)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["explorer"].store.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def ada(app: Flask) -> Browser:
    return Browser(app)
