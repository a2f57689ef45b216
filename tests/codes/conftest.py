from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

TESTS = Path(__file__).resolve().parents[1]
# the canned gateway of the flow's tests, and the browser of the pages' tests
sys.path += [str(TESTS / "flow"), str(TESTS / "pages")]

from player import Player  # noqa: E402
from taped_wire import TapedWire  # noqa: E402

from app import create_app  # noqa: E402
from app.settings import Settings  # noqa: E402


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, TapedWire]]:
    """One app for all tapes, over a wire that plays them: a run knows nothing of the other runs."""
    wire = TapedWire()
    folder = str(tmp_path_factory.mktemp("stage"))
    app = create_app(Settings(data_dir=folder, new_runs_per_minute=0, runs_per_browser=0), wire=wire)
    yield app, wire
    app.extensions["explorer"].store.engine.dispose()


@pytest.fixture
def player(stage: tuple[Flask, TapedWire]) -> Player:
    return Player(*stage)
