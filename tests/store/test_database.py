from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from app.settings import BadSetting, Settings
from app.store.database import StoreUnavailable, metadata, open_engine, reading, writing
from app.store.opening import Store
from app.store.schema import HEAD, prepare_schema

FORK = multiprocessing.get_context("fork")


def in_processes(count: int, work: object, *arguments: object) -> list[object]:
    """What `work(*arguments)` returned in each of `count` processes that start together."""
    with FORK.Pool(count) as pool:
        return pool.starmap(work, [arguments] * count, chunksize=1)  # type: ignore[arg-type]


def _begin_a_store(settings: Settings) -> list[str]:
    engine = open_engine(settings)
    prepare_schema(engine)
    with reading(engine) as connection:
        versions = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    names = inspect(engine).get_table_names()
    engine.dispose()
    return [*sorted(names), *(str(version) for (version,) in versions)]


def test_eight_workers_that_start_at_once_all_find_whole_tables(settings: Settings) -> None:
    assert in_processes(8, _begin_a_store, settings) == [[*sorted(metadata.tables), HEAD]] * 8


def test_a_forked_worker_does_not_use_its_parents_connections(store: Store) -> None:
    with reading(store.engine):
        pass
    assert store.engine.pool.checkedin() == 1  # type: ignore[attr-defined]
    ours, theirs = FORK.Pipe()
    worker = FORK.Process(target=lambda: theirs.send(store.engine.pool.checkedin()))  # type: ignore[attr-defined]
    worker.start()
    worker.join(30)
    assert ours.recv() == 0


def test_an_exception_inside_takes_the_whole_transaction_back(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), writing(store.engine) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        raise ZeroDivisionError
    with reading(store.engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_every_trouble_of_the_database_has_one_name_and_shows_no_values(store: Store) -> None:
    with pytest.raises(StoreUnavailable) as caught, reading(store.engine) as connection:
        connection.execute(text("SELECT * FROM nowhere WHERE a = :a"), {"a": "planted-secret"})
    assert "planted-secret" not in f"{caught.value}{caught.value.__cause__}"
    assert caught.value.says.endswith(".")


def test_a_lost_server_is_a_sentence(tmp_path: Path) -> None:
    engine = open_engine(Settings(database_url=f"postgresql://explorer@/explorer?host={tmp_path}"))
    with pytest.raises(StoreUnavailable, match="cannot be reached"), reading(engine):
        pass


def test_a_connection_that_the_server_ended_is_replaced(postgres_database: str) -> None:
    engine = open_engine(Settings(database_url=postgres_database))
    with reading(engine) as connection:
        lost = connection.scalar(text("SELECT pg_backend_pid()"))
    killer = create_engine(postgres_database)
    with killer.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost})
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != lost
    killer.dispose()
    engine.dispose()


@pytest.mark.attack("D3")
def test_a_full_disk_is_named_and_what_was_kept_stays_readable(tmp_path: Path) -> None:
    engine = open_engine(Settings(data_dir=str(tmp_path)))
    prepare_schema(engine)
    with pytest.raises(StoreUnavailable, match="full"), writing(engine) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 40")
        for _ in range(40):
            connection.exec_driver_sql("INSERT INTO sessions VALUES (hex(randomblob(16)), zeroblob(8000), 0)")
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    engine.dispose()


def test_a_store_that_may_only_be_read_is_named(tmp_path: Path) -> None:
    engine = open_engine(Settings(data_dir=str(tmp_path)))
    prepare_schema(engine)
    with pytest.raises(StoreUnavailable, match="read-only"), reading(engine) as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.execute(text("DELETE FROM alembic_version"))
    engine.dispose()


@pytest.mark.attack("L8", "P4")
def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        engine = open_engine(Settings(data_dir=str(tmp_path / "kept")))
        prepare_schema(engine)
        files = list((tmp_path / "kept").iterdir())
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}
    finally:
        os.umask(before)
    engine.dispose()
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    assert modes == dict.fromkeys([f"explorer.sqlite3{end}" for end in ("", "-wal", "-shm", "-turn")], 0o600)


def test_sqlite_writes_ahead_and_holds_to_foreign_keys(tmp_path: Path) -> None:
    engine = open_engine(Settings(data_dir=str(tmp_path)))
    with reading(engine) as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    engine.dispose()
    assert found == ["wal", 1, 1]


@pytest.mark.parametrize("spelling", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_postgresql_may_be_spelled_in_three_ways(spelling: str) -> None:
    engine = open_engine(Settings(database_url=spelling))
    assert engine.url.render_as_string(hide_password=False) == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    ("database_url", "says"),
    [
        ("mysql://h/d", "must begin with"),
        ("no url", "cannot be read"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:////proc/no/such/file", "cannot be made"),
        ("sqlite:////proc/version", "cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_in_one_sentence(database_url: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        open_engine(Settings(database_url=database_url))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "explorer.sqlite3").write_bytes(b"something else " * 100)
    with pytest.raises(BadSetting, match="cannot be opened"):
        open_engine(Settings(data_dir=str(tmp_path)))
