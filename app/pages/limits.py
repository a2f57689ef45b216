"""How many runs may be started: by address in a minute, and by browser in all. Both say what to do."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import TooManyRequests

from app.pages.wired import wired

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def _per_minute() -> str:
    return f"{wired().settings.new_runs_per_minute} per minute"


def _is_unlimited() -> bool:
    return wired().settings.new_runs_per_minute == 0


TOO_MANY = "Too many runs were started from this address. Wait a minute and start again; runs that are open go on."
limit_new_runs = limiter.shared_limit(_per_minute, scope="new runs", exempt_when=_is_unlimited, error_message=TOO_MANY)


def check_room(owner: str) -> None:
    """Raises TooManyRequests where this browser has as many runs as it may have."""
    most = wired().settings.runs_per_browser
    if most and owner and wired().store.runs.count(owner) >= most:
        raise TooManyRequests(f"This browser has {most} runs, as many as it may. Delete one that you no longer need, and start again.")
