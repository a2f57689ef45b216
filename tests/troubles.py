"""Real troubles of a real database, each for the length of a `with` block."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url

Trouble = Callable[[Engine], AbstractContextManager[None]]


@contextmanager
def _pragma(engine: Engine, begin: str, end: str) -> Iterator[None]:
    """Every connection that is lent out gets a PRAGMA first: the answers are SQLite's own."""
    said = [begin]

    def say(connection: Any, *_: object) -> None:
        connection.execute(said[0])

    event.listen(engine, "checkout", say)
    try:
        yield
    finally:
        said[0] = end


def read_only_file(engine: Engine) -> AbstractContextManager[None]:
    return _pragma(engine, "PRAGMA query_only=ON", "PRAGMA query_only=OFF")


def full_disk(engine: Engine) -> AbstractContextManager[None]:
    return _pragma(engine, "PRAGMA max_page_count=1", "PRAGMA max_page_count=1073741823")


@contextmanager
def locked_by_another_program(engine: Engine) -> Iterator[None]:
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def folder_moved_away(engine: Engine) -> Iterator[None]:
    folder = Path(str(engine.url.database)).parent
    away = folder.with_name(f"{folder.name}-away")
    folder.rename(away)
    try:
        yield
    finally:
        away.rename(folder)


@contextmanager
def folder_deleted_and_a_copy_put_back(engine: Engine) -> Iterator[None]:
    folder = Path(str(engine.url.database)).parent
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.copytree(folder, copy)
    shutil.rmtree(folder)
    try:
        yield
    finally:
        shutil.copytree(copy, folder)


def _say(engine: Engine, *statements: str) -> None:
    url = make_url(engine.url)
    with psycopg.connect(host=str(url.query["host"]), user="explorer", dbname="postgres", autocommit=True) as boss:
        for statement in statements:
            boss.execute(statement.format(name=url.database))  # type: ignore[call-overload]


END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


@contextmanager
def _altered(engine: Engine, begin: str, end: str) -> Iterator[None]:
    _say(engine, begin, END_SESSIONS)
    try:
        yield
    finally:
        _say(engine, end)


def read_only_database(engine: Engine) -> AbstractContextManager[None]:
    return _altered(
        engine, "ALTER DATABASE {name} SET default_transaction_read_only = on", "ALTER DATABASE {name} RESET default_transaction_read_only"
    )


def away(engine: Engine) -> AbstractContextManager[None]:
    return _altered(engine, "ALTER DATABASE {name} ALLOW_CONNECTIONS false", "ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def no_connection_left(engine: Engine) -> AbstractContextManager[None]:
    return _altered(engine, "ALTER ROLE plain CONNECTION LIMIT 0", "ALTER ROLE plain CONNECTION LIMIT -1")


@contextmanager
def full_volume(engine: Engine) -> Iterator[None]:
    """PostgreSQL's own words and code for it, from a trigger on every table."""
    body = "BEGIN RAISE EXCEPTION 'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = '53100'; END"
    url = make_url(engine.url)
    where: dict[str, Any] = {"host": str(url.query["host"]), "user": "explorer", "dbname": url.database, "autocommit": True}
    with psycopg.connect(**where) as boss:
        boss.execute(f"CREATE OR REPLACE FUNCTION full_volume() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")  # type: ignore[call-overload]
        names = [row[0] for row in boss.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for name in names:
            boss.execute(f"CREATE TRIGGER full_volume BEFORE INSERT OR UPDATE ON {name} EXECUTE FUNCTION full_volume()")  # type: ignore[call-overload]
    try:
        yield
    finally:
        with psycopg.connect(**where) as boss:
            boss.execute("DROP FUNCTION full_volume CASCADE")


@contextmanager
def locked_by_another_instance(engine: Engine) -> Iterator[None]:
    """Somebody holds the locks of a writer and does not let go."""
    url = make_url(engine.url)
    with psycopg.connect(host=str(url.query["host"]), user="explorer", dbname=url.database) as other:
        names = [row[0] for row in other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        other.execute(f"LOCK TABLE {', '.join(names)} IN EXCLUSIVE MODE")  # type: ignore[call-overload]
        yield


@contextmanager
def restarted(engine: Engine) -> Iterator[None]:
    """All sessions end; the database is there at once again."""
    _say(engine, END_SESSIONS)
    yield


SQLITE: dict[str, Trouble] = {
    "read-only": read_only_file,
    "full": full_disk,
    "locked": locked_by_another_program,
    "moved": folder_moved_away,
    "deleted": folder_deleted_and_a_copy_put_back,
}
POSTGRESQL: dict[str, Trouble] = {
    "read-only": read_only_database,
    "full": full_volume,
    "locked": locked_by_another_instance,
    "away": away,
    "no connection": no_connection_left,
    "restarted": restarted,
}
READABLE = ("read-only", "full", "locked", "restarted")  # what was kept is shown all the same
EVERY = [*(("sqlite", name) for name in SQLITE), *(("postgresql", name) for name in POSTGRESQL)]


def plain_role(server_url: str, database_url: str) -> str:
    """The URL of the same database for somebody who is not its superuser: limits do not bind superusers."""
    name = make_url(database_url).database
    with psycopg.connect(host=str(make_url(server_url).query["host"]), user="explorer", dbname="postgres", autocommit=True) as boss:
        boss.execute("DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        boss.execute(f"ALTER DATABASE {name} OWNER TO plain")  # type: ignore[call-overload]
    return database_url.replace("explorer@", "plain@", 1)
