"""One line per event, without secrets: our own words, ids and class names, never values that a gateway or a person gave."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

log = logging.getLogger("explorer")


def log_event(says: str, **named: str | int | None) -> None:
    """Write `says name="value" …`. Values are escaped, so one event is one line."""
    log.info("%s", _line(says, named))


def log_failure(says: str, error: BaseException, **named: str | int | None) -> None:
    """An unexpected error by its class and the places it passed; its message may quote a secret and stays out."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-4:]]
    log.error("%s", _line(says, {**named, "error": type(error).__name__, "at": " < ".join(reversed(places))}))


def _line(says: str, named: dict[str, str | int | None]) -> str:
    return " ".join([says, *(f"{name}={json.dumps(value)}" for name, value in named.items() if value is not None)])
