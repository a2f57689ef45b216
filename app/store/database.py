"""The engine behind DATABASE_URL, and the two ways to use it: `reading` and `writing`, both short.

No caller keeps either open across an outgoing call; that would let one silent gateway starve everybody.
"""

from __future__ import annotations

import math
import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    delete,
    event,
    literal,
    make_url,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.settings import BadSetting, Settings
from app.store.lost_file import GONE, FileGone, SqliteFile
from app.store.tables import metadata as metadata
from app.store.turns import NoTurn, Turns

BATCH_ROWS = 500  # of small rows: a few milliseconds
BUSY_SECONDS = 5.0  # forty writers at once were all served within one second
READ_ONLY = "The store cannot be written at the moment: it is read-only. What was kept can still be read."
BUSY = "The store is busy. Try again in a moment."
_CREATE_LOCK = 7_263_411  # any number, the same in every instance: PostgreSQL's advisory lock while tables are made
_turns: weakref.WeakKeyDictionary[Engine, Turns] = weakref.WeakKeyDictionary()  # of SQLite's engines


class StoreUnavailable(Exception):
    """The store could not do it: full, read-only, busy, unreachable or unreadable. `says` is one sentence for a person."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


class Declined(Exception):
    """A write that looked first and then said no: an answer to whoever asked, and no trouble of the store."""


def open_engine(settings: Settings) -> Engine:
    """The engine that DATABASE_URL names. Raises BadSetting where that names nothing usable; connects to SQLite only."""
    url = _usable(settings.database)
    # errors must not print bound values: they hold what people walked through
    shared: dict[str, Any] = {"hide_parameters": True, "pool_timeout": BUSY_SECONDS}
    engine = (_open_sqlite if url.get_backend_name() == "sqlite" else _open_postgresql)(url, shared)
    _let_go_after_fork(engine)
    return engine


def create_tables(engine: Engine, tables: MetaData = metadata) -> None:
    """Make the tables that are missing. Any number of workers and instances may call this at the same time."""
    with writing(engine) as connection:
        one_at_a_time(connection)
        tables.create_all(connection)


def one_at_a_time(connection: Connection) -> None:
    """Until the transaction ends nobody else changes tables: SQLite has one writer anyway, PostgreSQL has a lock for it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # an upgrade takes as long as it takes
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATE_LOCK})


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for selects only, without a transaction. Raises StoreUnavailable."""
    autocommit = {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    with _named_failures(engine), engine.connect().execution_options(**autocommit) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; committed at the end, rolled back by any exception.

    Raises StoreUnavailable. A broken constraint stays SQLAlchemy's IntegrityError: it is an answer, not a failure.
    Must not be nested.
    """
    with _turn(engine), _named_failures(engine), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def insert_into(engine: Engine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT in the engine's dialect."""
    return postgresql.insert(table) if engine.dialect.name == "postgresql" else sqlite.insert(table)


def delete_in_batches(engine: Engine, table: Table, over: ColumnElement[bool], *, rows: int = BATCH_ROWS, give_up: float = math.inf) -> int:
    """Delete what is over, in transactions of so many rows: other writers wait for one of them at most. Returns how many.

    Stops after the batch in which the monotonic clock passes `give_up`. Where nothing is over this only reads. Raises StoreUnavailable.
    """
    key, gone = tuple(table.primary_key.columns), 0
    # what goes is chosen within the statement: one that named it would be a new text each time, and every connection keeps those prepared
    batch = delete(table).where((tuple_(*key) if key[1:] else key[0]).in_(select(*key).where(over).limit(rows)), over)
    while True:
        with reading(engine) as connection:
            if connection.scalar(select(literal(1)).select_from(table).where(over).limit(1)) is None:
                return gone
        with writing(engine) as connection:
            deleted = connection.execute(batch).rowcount
        gone += deleted
        if deleted < rows or time.monotonic() > give_up:
            return gone


def _usable(database: str) -> URL:
    try:
        url = make_url(database.replace("postgres://", "postgresql://", 1) if database.startswith("postgres://") else database)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise BadSetting("DATABASE_URL cannot be read. It looks like postgresql://user:password@host/name.") from None
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise BadSetting("DATABASE_URL must begin with postgresql:// or sqlite:///.")
    if url.database in (None, "", ":memory:"):
        raise BadSetting("DATABASE_URL must name a file, such as sqlite:////var/lib/explorer/explorer.sqlite3: workers share it.")
    return url


def _open_sqlite(url: URL, shared: dict[str, Any]) -> Engine:
    file = SqliteFile(Path(str(url.database)), BUSY_SECONDS)
    _prepare_file(Path(str(url.database)))
    engine = create_engine(url, creator=file.connect, pool_size=8, max_overflow=56, **shared)
    event.listen(engine, "connect", file.opened)
    event.listen(engine, "checkout", file.lend)
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin)
    turns = _turns[engine] = Turns(Path(str(url.database)))
    event.listen(engine, "engine_disposed", lambda _: turns.close())
    weakref.finalize(engine, turns.close)
    return engine


def _open_postgresql(url: URL, shared: dict[str, Any]) -> Engine:
    # prepare_threshold: a pooler in transaction mode hands the next statement to a server that never saw the prepared one
    # the rest: a server that vanished without a word is given up within 15 s, not within the kernel's quarter of an hour
    silence = {"tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 2, "keepalives_count": 2}
    arguments = {"connect_timeout": 5, "prepare_threshold": None, **silence}
    try:
        engine = create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=5, max_overflow=15, pool_recycle=1800, **shared)
    except ModuleNotFoundError:
        raise BadSetting("PostgreSQL needs its driver: pip install 'mcp-flow-explorer[postgres]'.") from None
    event.listen(engine, "connect", _wait_no_longer)
    return engine


def _wait_no_longer(connection: Any, _record: object) -> None:
    # of whoever holds a lock and does not let go, an instance that was frozen for one, a page says so
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{BUSY_SECONDS * 1_000:.0f}ms",))
    connection.commit()


def make_private_directory(folder: Path) -> None:
    """Create it for its owner alone; one that exists keeps the rights somebody gave it. Raises BadSetting."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"The data directory {folder} cannot be made: {error.strerror}. Set DATA_DIR to one that can.") from None


def _prepare_file(path: Path) -> None:
    make_private_directory(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise BadSetting(f"The store {path} cannot be opened: {error.strerror}.") from None
    _switch_to_wal(path)


def _switch_to_wal(path: Path) -> None:
    """WAL is a property of the file. The switch wants it alone and does not queue, so workers that start together try again."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise BadSetting(f"The store {path} cannot be opened: {error}.") from None
        except sqlite3.DatabaseError as error:
            raise BadSetting(f"The store {path} cannot be opened: {error}.") from None
        finally:
            connection.close()
        time.sleep(0.02)


def _tune(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")  # in WAL a power cut may lose the last commits, never the file
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    # taking the write lock first queues writers; a read that turns into a write would fail at once instead
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _let_go_after_fork(engine: Engine) -> None:
    """A connection opened before gunicorn forks must not be used by two processes."""
    alive = weakref.ref(engine)

    def drop() -> None:
        if (forked := alive()) is not None:
            forked.dispose(close=False)

    os.register_at_fork(after_in_child=drop)


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    if (turns := _turns.get(engine)) is None:
        yield
        return
    try:
        with turns.turn(BUSY_SECONDS):
            yield
    except NoTurn:
        raise StoreUnavailable(BUSY) from None


@contextmanager
def _named_failures(engine: Engine) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except FileGone as error:
        raise StoreUnavailable(GONE) from error
    except DBAPIError as error:
        says = _sentence(str(error.orig).lower())
        if says == READ_ONLY:
            engine.dispose()  # PostgreSQL's sessions would stay read-only when their server no longer is
        raise StoreUnavailable(says) from error
    except PoolTimeout as error:
        raise StoreUnavailable(BUSY) from error


# what the databases say -> what a person reads; the first that fits
_FULL = ("is full", "no space left", "disk quota", "could not extend file", "file too large")
_SENTENCES = (
    (_FULL, "The store is full: nothing new can be written down. What was kept can still be read."),
    (("readonly", "read-only"), READ_ONLY),
    (("disk i/o error",), "The store's disk does not take it: it is full or broken. What was kept can still be read."),
    (
        ("too many clients", "too many connections", "connection slots"),
        "The database takes no more connections at the moment. Try again.",
    ),
    (("locked", "lock timeout"), BUSY),
    (("unable to open database file", "no such table"), GONE),
)
_UNREACHABLE = "The store cannot be reached at the moment. Try again; if it stays so, tell the people who run this app."


def _sentence(reason: str) -> str:
    return next((says for words, says in _SENTENCES if any(word in reason for word in words)), _UNREACHABLE)
