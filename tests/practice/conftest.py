"""A practice gateway alone in a small app, with a clock that only moves when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dance import Dance, Send, through_flask
from flask import Flask
from practice_parts import Clock, small_app
from sqlalchemy import Engine

from app.practice import ClientDocumentUnreachable
from app.settings import Settings
from app.store.database import open_engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path))


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def app(settings: Settings, engine: Engine, clock: Clock) -> Flask:
    return small_app(settings, engine, clock=clock)


@pytest.fixture
def send(app: Flask) -> Send:
    return through_flask(app)


@pytest.fixture
def dance(send: Send) -> Dance:
    """A client that has not registered yet."""
    return Dance(send)


@pytest.fixture
def granted(dance: Dance) -> Dance:
    """A client with tokens for linear-v1."""
    return dance.to_tokens()


@pytest.fixture
def with_code(dance: Dance) -> Dance:
    """A client with a fresh code."""
    dance.register()
    dance.code = dance.allow().answered["code"]
    return dance


@pytest.fixture
def documents() -> dict[str, bytes | str]:
    """What a client metadata URL answers: bytes, or the sentence of a failure."""
    return {}


@pytest.fixture
def reader(settings: Settings, engine: Engine, clock: Clock, documents: dict[str, bytes | str]) -> Dance:
    """A client at a gateway that fetches client metadata documents."""

    def fetch(url: str) -> bytes:
        found = documents.get(url, "nothing answers there.")
        if isinstance(found, str):
            raise ClientDocumentUnreachable(found)
        return found

    return Dance(through_flask(small_app(settings, engine, clock=clock, fetch_client_document=fetch)))
