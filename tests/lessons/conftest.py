"""One real server for these tests: lessons walk their own gateways over sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pupil import Pupil
from running import App, running_app


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("lessons")) as running:
        yield running


@pytest.fixture
def pupil(app: App) -> Iterator[Pupil]:
    somebody = Pupil(app.url)
    yield somebody
    somebody.close()
