"""A PostgreSQL server of our own for one test session: Debian's binaries, a private folder, a socket in it, no network."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

BINARIES = Path("/usr/lib/postgresql")
START_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
# a test's data may be lost in a power cut; without these a commit waits for the disk
QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200")


def server_binaries() -> Path:
    """The newest version's folder. Fails, never skips: a store that was only tried on SQLite is not tried."""
    found = sorted(BINARIES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail("PostgreSQL's server binaries are missing; `make test` installs them.", pytrace=False)
    return found[-1].parent


def _as_somebody_else() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in known else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _end_with_the_tests() -> None:
    """Linux ends the server when the tests are killed and cannot: the fixture's own clean-up would never run."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


@dataclass
class Cluster:
    """A server that a test stops and starts again; what it holds stays."""

    folder: Path
    start: Callable[[], subprocess.Popen[bytes]]
    server: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://explorer@/explorer?host={self.folder}"

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)  # "fast": ends open connections instead of waiting for them
        self.server.wait(30)

    def start_again(self) -> None:
        self.server = self.start()
        _until_ready(self.folder, self.server, "SELECT 1")


@contextmanager
def running_postgres(options: tuple[str, ...] = QUICK) -> Iterator[str]:
    """The URL of a fresh server's database `explorer`; the server ends with the block."""
    with running_cluster(options) as cluster:
        yield cluster.url


@contextmanager
def running_cluster(options: tuple[str, ...] = QUICK) -> Iterator[Cluster]:
    """A fresh server with a database `explorer`; it ends with the block."""
    binaries, account = server_binaries(), _as_somebody_else()
    folder = Path(tempfile.mkdtemp(prefix="explorer-pg-"))
    if account:
        os.chown(folder, account["user"], account["group"])
    try:
        init = [binaries / "initdb", "-D", folder / "cluster", "-U", "explorer", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(init, cwd=folder, capture_output=True, text=True, **account)
        assert made.returncode == 0, made.stderr
        serve = [binaries / "postgres", "-D", folder / "cluster", "-k", folder, "-c", "listen_addresses=", *options]
        started: dict[str, Any] = {"cwd": folder, "preexec_fn": _end_with_the_tests, **account}
        with (folder / "log").open("ab") as log:
            start = partial(subprocess.Popen, serve, stdout=log, stderr=log, **started)
            cluster = Cluster(folder, start, start())
            try:
                _until_ready(folder, cluster.server, "CREATE DATABASE explorer")
                yield cluster
            finally:
                cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database on the server; dropped with the block."""
    folder = server_url.partition("?host=")[2]
    name = f"t{time.monotonic_ns()}"
    _command(folder, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield server_url.replace("/explorer?", f"/{name}?")
    finally:
        _command(folder, f"DROP DATABASE {name} WITH (FORCE)")


def _until_ready(folder: Path, server: subprocess.Popen[bytes], statement: str) -> None:
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            _command(str(folder), statement)
        except psycopg.OperationalError:
            assert server.poll() is None and time.monotonic() < give_up, (folder / "log").read_text()
            time.sleep(0.05)
        else:
            return


def _command(folder: str, statement: str) -> None:
    with psycopg.connect(host=folder, user="explorer", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
