"""A real server and a real browser for this ring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import chromium
import pytest
from person import Person
from playwright.sync_api import Browser
from running import App, running_app


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium.binary(), "args": list(chromium.SWITCHES)}


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
def person(app: App, browser: Browser) -> Iterator[Person]:
    """Somebody with a fresh browser and JavaScript."""
    with Person.at(browser, app.url) as somebody:
        yield somebody


@pytest.fixture
def person_without_javascript(app: App, browser: Browser) -> Iterator[Person]:
    with Person.at(browser, app.url, java_script_enabled=False) as somebody:
        yield somebody
