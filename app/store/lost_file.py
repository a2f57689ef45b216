"""SQLite's file may be moved, deleted or put back while the app runs: nothing is ever written to a file that nobody will find again."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DisconnectionError

GONE = (
    "The store's file is gone: its folder was moved, deleted or not mounted. Put it back and the app goes on by itself; "
    "where it is lost, start the app again and it begins with an empty one."
)
_WHICH = "which_file"


class FileGone(Exception):
    """There is no file at the path any more."""


class SqliteFile:
    """One path, and what the engine asks of it when it opens a connection and when it lends one out."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path, self._seconds = path.absolute(), seconds

    def connect(self) -> sqlite3.Connection:
        """A connection to the file that is there; none is made anew, as that one would be empty. Raises FileGone."""
        self._which()
        address = f"{self._path.as_uri()}?mode=rw"
        return sqlite3.connect(address, uri=True, timeout=self._seconds, isolation_level=None, check_same_thread=False)

    def opened(self, _connection: Any, record: Any) -> None:
        """Remember which file it is."""
        record.info[_WHICH] = self._which()

    def lend(self, _connection: Any, record: Any, _proxy: Any) -> None:
        """Raises FileGone; where another file lies there now (a copy was put back), the engine opens that one instead."""
        if record.info.get(_WHICH) != self._which():
            raise DisconnectionError

    def _which(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            raise FileGone from None
        return found.st_dev, found.st_ino
