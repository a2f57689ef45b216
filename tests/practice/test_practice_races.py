"""Several workers do one thing at the same moment: on SQLite and on PostgreSQL there is exactly one winner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from dance import Answer, Dance, through_flask
from flask import Flask, Response
from practice_parts import Clock, small_app
from sqlalchemy import Engine, func, select

from app.practice import connections, request_log, sweep, tables
from app.practice.desk import Desk
from app.practice.gateway import healthy
from app.settings import Settings
from app.store.database import open_engine, reading

AT_ONCE = 8


class Plain:
    """No seal at all."""

    def seal(self, clear: bytes) -> bytes:
        return clear

    def open(self, sealed: bytes) -> bytes:
        return sealed


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_database") if request.param == "postgresql" else ""
    return Settings(data_dir=str(tmp_path), database_url=url)


@pytest.fixture
def workers(app: Flask, settings: Settings, clock: Clock) -> Iterator[list[Flask]]:
    """Two workers, each with connections of its own."""
    second = open_engine(settings)
    yield [app, small_app(settings, second, clock=clock)]
    second.dispose()


def at_once(dance: Dance, workers: list[Flask], act: Callable[[Dance], Answer]) -> list[Answer]:
    start = Barrier(AT_ONCE)

    def run(number: int) -> Answer:
        mine = replace(dance, send=through_flask(workers[number % len(workers)]))
        start.wait(10)
        return act(mine)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_requests_that_come_at_once_are_all_written_down_and_trimmed(engine: Engine, app: Flask, clock: Clock) -> None:
    desk = replace(Desk(healthy("http://localhost:8000"), engine, clock, None, ""), keeper=Plain())

    def ask(number: int) -> None:
        with app.test_request_context(f"/{number}"):
            request_log.keep(desk, Response("{}"), clock())

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(ask, range(request_log.MOST_KEPT + 30)))
    kept = request_log.requests_of(engine, Plain(), "healthy")
    assert len(kept) == request_log.MOST_KEPT and len({one.url for one in kept}) == len(kept)


def test_a_code_has_one_winner_and_its_grant_ends(with_code: Dance, workers: list[Flask]) -> None:
    answers = at_once(with_code, workers, lambda mine: mine.redeem())
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert {answer.json["error"] for answer in answers if answer not in won} == {"invalid_grant"}
    with_code.tokens = won[0].json
    assert with_code.call("ping").status == 401


def test_a_refresh_token_has_one_winner_and_its_grant_ends(granted: Dance, workers: list[Flask]) -> None:
    answers = at_once(granted, workers, lambda mine: mine.refresh())
    assert sum(answer.status == 200 for answer in answers) <= 1  # none where a replay ended the grant first
    assert all(answer.json["error"] == "invalid_grant" for answer in answers if answer.status != 200)
    assert granted.refresh().json["error"] == "invalid_grant"


def test_registrations_and_calls_at_once_all_succeed(granted: Dance, workers: list[Flask]) -> None:
    made = [answer.json["client_id"] for answer in at_once(granted, workers, lambda mine: replace(mine, client={}).register())]
    assert len(set(made)) == AT_ONCE
    assert [answer.status for answer in at_once(granted, workers, lambda mine: mine.call("ping"))] == [200] * AT_ONCE


def test_connecting_at_once_is_connecting(settings: Settings, engine: Engine, app: Flask, clock: Clock) -> None:
    desk, start = Desk(healthy("http://localhost:8000"), engine, clock, None, ""), Barrier(AT_ONCE)
    upstream = desk.gateway.routes[0].upstream

    def run(_number: int) -> bool:
        start.wait(10)
        connections.connect(desk, "ada-1", upstream)
        return connections.is_connected(desk, "ada-1", upstream)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(run, range(AT_ONCE))) == [True] * AT_ONCE


def test_what_has_expired_is_swept_and_what_lives_stays(granted: Dance, engine: Engine, clock: Clock) -> None:
    granted.refresh()
    assert sweep(engine, clock.now) == 0
    clock.move(86_400 + tables.KEEP_SECONDS + 1)
    assert sweep(engine, clock.now) > 0
    left = {}
    for table in tables.metadata.sorted_tables:
        with reading(engine) as connection:
            left[table.name] = connection.scalar(select(func.count()).select_from(table))
    assert {name for name, count in left.items() if count} == {"practice_clients"}  # registrations live ninety days


def test_a_dance_works_the_same_on_either_database(granted: Dance) -> None:
    granted.tokens = granted.refresh().json
    assert granted.call("tools/list").status == 200
    granted.press(granted.get("/practice/"), "disconnect")
    granted.press(granted.get("/practice/"), "sign-out")
    assert granted.revoke(granted.tokens["refresh_token"]).status == 200
    assert granted.call("tools/list").status == 401


def test_no_secret_is_stored_in_clear(granted: Dance, engine: Engine) -> None:
    secrets = [granted.code, granted.verifier, granted.tokens["access_token"], granted.tokens["refresh_token"]]
    for table in tables.metadata.sorted_tables:
        with reading(engine) as connection:
            stored = str(connection.execute(select(table)).all())
        assert not [secret for secret in secrets if secret in stored], table.name
