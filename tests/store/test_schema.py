"""Stores of an older version: every step is taken once, nothing in them is lost, and the steps end where the tables are."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from every_table import EVERY
from sqlalchemy import Engine, inspect, text
from store_parts import Open

from app.flow.log import Choice
from app.settings import BadSetting, Settings
from app.store.database import open_engine, reading, writing
from app.store.opening import open_store
from app.store.runs import Runs
from app.store.schema import HEAD, prepare_schema, version_of, versions
from app.store.vault import open_vault

FIRST = Path(__file__).parent / "first_schema"
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def old(settings: Settings) -> Engine:
    """A store as the first version left it, with one run in it."""
    engine = open_engine(settings)
    with writing(engine) as connection:
        for line in (FIRST / f"{engine.dialect.name}.sql").read_text(encoding="utf-8").splitlines():
            if not line.startswith("--"):
                connection.exec_driver_sql(line.rstrip(";"))
    run = Runs(engine, open_vault(settings), settings, lambda: 1_800_000_000.0).create("ada", "https://gw.example/mcp")
    run.append(Choice("options", {"target": run.target}))
    return engine


def the_run(settings: Settings, engine: Engine) -> tuple[str, str]:
    runs = Runs(engine, open_vault(settings), settings, lambda: 1_800_000_001.0)
    listed = runs.runs_of("ada")[0]
    run = runs.load(listed.id, "ada")
    assert run is not None and isinstance(run.entries[0].body, Choice)
    return run.target, run.entries[0].body.values["target"]


def test_an_old_store_is_brought_up_to_date_and_keeps_its_runs(settings: Settings, old: Engine, open_again: Open) -> None:
    with reading(old) as connection:
        assert version_of(connection) == "0001"
    store = open_store(settings, lambda: 1_800_000_001.0, beside=(EVERY[1],))
    with reading(store.engine) as connection:
        assert version_of(connection) == HEAD
        assert not inspect(connection).has_table("schema_version")
    assert the_run(settings, store.engine) == ("https://gw.example/mcp", "https://gw.example/mcp")
    store.engine.dispose()
    old.dispose()


@pytest.mark.parametrize("how", ["by steps", "at once"])
def test_the_steps_end_where_the_tables_are(how: str, settings: Settings, request: pytest.FixtureRequest) -> None:
    engine: Engine = request.getfixturevalue("old") if how == "by steps" else open_engine(settings)
    prepare_schema(engine, EVERY[1])
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), EVERY)
    engine.dispose()
    assert differences == [], "a table was changed: write the step in app/store/schema/versions"


def test_a_missing_step_would_be_seen(settings: Settings) -> None:
    engine = open_engine(settings)
    prepare_schema(engine, EVERY[1])
    with engine.connect() as connection:
        connection.execute(text("ALTER TABLE runs ADD COLUMN forgotten INTEGER"))
        assert compare_metadata(MigrationContext.configure(connection), EVERY) != []
        connection.rollback()
    engine.dispose()


def _prepare(settings: Settings) -> str:
    engine = open_engine(settings)
    prepare_schema(engine, EVERY[1])
    with reading(engine) as connection:
        found = version_of(connection)
    engine.dispose()
    return found


def test_eight_workers_that_meet_an_old_store_take_each_step_once(settings: Settings, old: Engine) -> None:
    old.dispose()
    with FORK.Pool(8) as pool:
        assert pool.starmap(_prepare, [(settings,)] * 8, chunksize=1) == [HEAD] * 8


def test_a_store_of_a_newer_version_is_refused(settings: Settings) -> None:
    engine = open_engine(settings)
    prepare_schema(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(BadSetting, match="0999, which is newer"):
        prepare_schema(engine)
    engine.dispose()


def test_head_is_the_last_step() -> None:
    assert max(versions()) == HEAD
