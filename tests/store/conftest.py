"""One store on each database: a test that asks for `settings` or `store` runs on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_parts import Clock, Open

from app.settings import Settings
from app.store.opening import Store, open_store

KEY = "k" * 40


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_database") if request.param == "postgresql" else ""
    return Settings(data_dir=str(tmp_path / "kept"), secret_key=KEY, database_url=url)


@pytest.fixture
def open_again(settings: Settings, clock: Clock) -> Iterator[Open]:
    """Opens the store as a newly started process would: another engine, another cache, the same database."""
    opened: list[Store] = []

    def open_now(with_settings: Settings = settings) -> Store:
        opened.append(open_store(with_settings, clock))
        return opened[-1]

    yield open_now
    for one in opened:
        one.engine.dispose()


@pytest.fixture
def store(open_again: Open) -> Store:
    return open_again()
