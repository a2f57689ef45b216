"""Two instances, one store: a walk crosses them, one may die in the middle, the database may go away for a while."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from families import FAULTS
from private_postgres import fresh_database
from robot import HttpUser
from site_of_two import Site, running_site
from stage import Stage, listening
from walker import practice_visit, walk

pytestmark = pytest.mark.xdist_group("instances")
SLOW = {"CONNECT_SECONDS": "2", "EXCHANGE_SECONDS": "60", "STEP_SECONDS": "60"}  # a step that is killed must still be under way


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture
def site(tmp_path: Path, database: str) -> Iterator[Site]:
    with running_site(tmp_path, database, **SLOW) as running:
        yield running


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage({fault.slug: fault for fault in FAULTS}, {})
    with listening(made) as made.origin:
        yield made


@pytest.fixture
def ada(site: Site) -> Iterator[HttpUser]:
    user = HttpUser(site.url)
    yield user
    user.close()


def answered_by(user: HttpUser) -> set[str]:
    return {one.headers["X-Answered-By"].split(",")[-1].strip() for answer in user.answers for one in (*answer.history, answer)}


def practice(site: Site) -> str:
    return f"{site.url.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1"


def test_a_walk_goes_out_through_one_instance_and_comes_back_through_the_other(site: Site, ada: HttpUser) -> None:
    ada.start({"target": practice(site)})
    assert walk(ada, practice_visit)[-1] == "done"
    assert [code for level, code in ada.page.codes if level in ("STOP", "WARN")] == []
    assert len(answered_by(ada)) == 2
    assert "Traceback" not in site.logs()


def test_two_clicks_through_two_instances_make_one_exchange(site: Site, stage: Stage, ada: HttpUser) -> None:
    ada.start({"target": f"{stage.origin}/none/healthy/mcp", "revision": "2026-07-28"})
    move = ada.page.moves["step"]
    with ThreadPoolExecutor(6) as clicks:
        list(clicks.map(lambda _: ada.session.post(move.url, data=move.values, timeout=30), range(6)))
    ada.reload()
    ada.wait()
    assert [one["step"] for one in ada.twin()["exchanges"]] == ["probe"]


def test_a_killed_instance_leaves_its_step_interrupted_and_the_code_is_not_sent_again(site: Site, stage: Stage, ada: HttpUser) -> None:
    pair = "token/hang-before-response"
    ada.start({"target": f"{stage.origin}/{pair}/mcp", "revision": "2026-07-28"})
    ada.press("run")
    ada.wait()
    ada.press("authorize")
    assert ada.page.state == "running" and stage.met[pair] == 1
    site.kill(1)  # the callback went there, so the exchange with the silent token endpoint is under way in it
    assert ada.wait(30).state == "ready"
    states = {step["name"]: step["state"] for step in ada.twin()["steps"]}
    assert (states["callback"], states["token"]) == ("done", "interrupted")
    assert stage.met[pair] == 1
    stage.heal(pair)
    ada.press("run")
    assert ada.wait().state == "authorize", "a code is never sent twice, so the browser goes out again"
    ada.press("authorize")
    assert ada.wait().state in ("connected", "ready")
    assert stage.met[pair] == 1


def test_a_rolling_restart_in_the_middle_of_a_walk_is_not_noticed(site: Site, ada: HttpUser, tmp_path: Path) -> None:
    ada.start({"target": practice(site)})
    ada.press("run")
    ada.wait()
    for number in (0, 1):
        site.start_again(number, tmp_path)
        assert ada.open(ada.page.url).state == "authorize"
    assert walk(ada, practice_visit)[-1] == "done"


def test_a_store_that_goes_away_is_a_sentence_and_comes_back_by_itself(site: Site, ada: HttpUser, postgres_url: str, database: str) -> None:
    ada.start({"target": practice(site)})
    ada.press("run")
    run_url = ada.wait().url
    before = [one["seq"] for one in ada.twin()["exchanges"]]
    name = database.partition("explorer@/")[2].partition("?")[0]
    with psycopg.connect(postgres_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as boss:
        boss.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")  # type: ignore[call-overload]
        boss.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        for _ in range(2):
            answer = ada.session.get(run_url, timeout=30)
            assert answer.status_code == 503
            assert "cannot be reached" in answer.text
        boss.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")  # type: ignore[call-overload]
    assert ada.open(run_url).state == "authorize"
    assert [one["seq"] for one in ada.twin()["exchanges"]] == before
    assert walk(ada, practice_visit)[-1] == "done"


def test_a_key_that_is_changed_still_opens_what_the_old_one_sealed(site: Site, ada: HttpUser, tmp_path: Path) -> None:
    ada.start({"target": practice(site)})
    ada.press("run")
    run_url = ada.wait().url
    for number in (0, 1):
        site.start_again(number, tmp_path, SECRET_KEY=f"{'n' * 64},{'k' * 64}")
    assert ada.open(run_url).state == "authorize"
    assert walk(ada, practice_visit)[-1] == "done"
