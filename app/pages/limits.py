"""How many runs may be started: by address in a minute, and by browser in all. Both say what to do."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import TooManyRequests

from app.pages.browser import owner
from app.pages.pupil import is_in_a_room
from app.pages.wired import wired

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def _per_minute() -> str:
    return f"{wired().settings.new_runs_per_minute} per minute"


def _is_unlimited() -> bool:
    return wired().settings.new_runs_per_minute == 0


def _starter() -> str:
    """Who starts runs: an address, or a person where a whole room may sit behind one address."""
    return f"in a room: {owner()}" if is_in_a_room() else get_remote_address()


TOO_MANY = "Too many runs were started from this address. Wait a minute and start again; runs that are open go on."
limit_new_runs = limiter.shared_limit(_per_minute, scope="new runs", key_func=_starter, exempt_when=_is_unlimited, error_message=TOO_MANY)

# codes to join by and codes of progress: only wrong ones count, so a room full of people at one address gets in
WRONG_CODES_PER_MINUTE = 60
MISTYPED = "Too many wrong codes came from this address. Wait a minute, look at the code once more, and type it again."
limit_wrong_codes = limiter.shared_limit(
    f"{WRONG_CODES_PER_MINUTE} per minute",
    scope="wrong codes",
    deduct_when=lambda answer: answer.status_code == 400,
    error_message=MISTYPED,
)


def check_room(owner: str) -> None:
    """Raises TooManyRequests where this browser has as many runs as it may have."""
    most = wired().settings.runs_per_browser
    if most and owner and wired().store.runs.count(owner) >= most:
        raise TooManyRequests(f"This browser has {most} runs, as many as it may. Delete one that you no longer need, and start again.")
