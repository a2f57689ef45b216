"""The app's own configuration of gunicorn, with every logger at DEBUG: `gunicorn --config tests/attacks/ring/loud.py`."""

from __future__ import annotations

import logging
from typing import Any

from app.pages.log_lines import lines_of
from app.serving import *  # noqa: F403
from app.serving import settings

loglevel = "debug"


def on_starting(server: Any) -> None:
    """Everything that anybody says goes where our own lines go."""
    lines = logging.StreamHandler()
    lines.setFormatter(lines_of(settings.log_format))
    logging.basicConfig(level=logging.DEBUG, handlers=[lines])
