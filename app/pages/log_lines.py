"""One line per event, without secrets: our own words, ids and class names, never values that a gateway or a person gave.

`LOG_FORMAT=text` writes `time level logger: says name="value" …`, `json` one object a line. Both escape what would break the line.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

log = logging.getLogger("explorer")
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
CAPABILITY = re.compile(r"[A-Za-z0-9_-]{20,}")  # ids in addresses: whoever reads the log must not be able to open what they open
Fields = dict[str, str | int | None]


def log_event(says: str, **named: str | int | None) -> None:
    """Write one line. `says` is a constant of ours, one for each kind of decision: metrics count them by it."""
    _write(logging.INFO, says, named)


def log_failure(says: str, error: BaseException, **named: str | int | None) -> None:
    """An unexpected error by its class and the places it passed; its message may quote a secret and stays out."""
    _write(logging.ERROR, says, {**named, **_places(error)})


def _write(level: int, says: str, named: Fields) -> None:
    told = {name: value for name, value in {**named, "request": REQUEST_ID.get() or None}.items() if value is not None}
    log.log(level, "%s", _line(says, told), extra={"says": says, "told": told})


def _places(error: BaseException) -> Fields:
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-4:]]
    return {"error": type(error).__name__, "where": " < ".join(reversed(places))}


def _line(says: str, told: dict[str, Any]) -> str:
    return " ".join([says, *(f"{name}={json.dumps(value)}" for name, value in told.items())])


def without_capabilities(path: str) -> str:
    """The path with every long id cut to its beginning: enough to find the lines of one run, too little to open it."""
    return CAPABILITY.sub(lambda found: found[0][:6] + "~", path)


class TextLines(logging.Formatter):
    """`2026-11-23T10:00:01Z INFO explorer: run started run="…"`. Other people's loggers get the same, and no trace of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, whatever is in it."""
        says = CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", record.getMessage())
        return f"{_at(record)} {record.levelname} {record.name}: {says}{_error_of(record)}"


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, says, and what the event names."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, whatever is in it."""
        says, told = getattr(record, "says", None) or record.getMessage(), getattr(record, "told", {})
        error = _places(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        return json.dumps({"at": _at(record), "level": record.levelname, "logger": record.name, "says": says, **told, **error}, default=str)


def _at(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def _error_of(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return " " + _line("", _places(error)).strip() if error else ""


def lines_of(log_format: str) -> logging.Formatter:
    """The formatter that LOG_FORMAT names."""
    return JsonLines() if log_format == "json" else TextLines()


class Listener(logging.Handler):
    """Calls a function with the words of every event, and with nothing else of it."""

    def __init__(self, hears: Callable[[str], None]) -> None:
        super().__init__()
        self._hears = hears

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the words."""
        if says := getattr(record, "says", ""):
            self._hears(says)
