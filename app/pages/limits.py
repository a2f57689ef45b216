"""Brakes on what strangers could do without end. Each says what was too much, how much is allowed, and when to come again."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import TypeVar

from flask import request
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from app.pages.browser import owner
from app.pages.log_lines import log_event
from app.pages.pupil import is_in_a_room
from app.pages.wired import wired

MINUTE = 60.0
Answer = TypeVar("Answer")
Answered = TypeVar("Answered", bound=Response)


def brake(what: str, who: str, most: int, says: str, *, seconds: float = MINUTE) -> None:
    """Count one more of `what` for `who`. Raises TooManyRequests with `says` and Retry-After where `most` is reached; 0 = no limit."""
    wait = wired().store.counters.take(what, who, most, seconds) if most else 0.0
    if wait:
        log_event("braked", what=what)
        soon = math.ceil(wait)
        raise TooManyRequests(f"{says} Try again in {soon} s.", retry_after=soon)


def address() -> str:
    """Where the request comes from. Of IPv6 the network of 64 bits: whoever has one address there has them all."""
    written = (request.remote_addr or "").partition("%")[0]
    try:
        found = ip_address(written)
    except ValueError:
        return written
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or found.exploded[:19])


def starter() -> str:
    """Who starts runs: an address, or a person where a whole room may sit behind one address."""
    return f"in a room: {owner()}" if is_in_a_room() else address()


def limit_new_runs(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """A view that begins a run: NEW_RUNS_PER_MINUTE of them for one address, on all workers and instances together."""

    @wraps(view)
    def limited(*args: object, **named: object) -> Answer:
        most = wired().settings.new_runs_per_minute
        brake("new runs", starter(), most, f"{most} runs were started from this address within a minute, as many as may be.")
        return view(*args, **named)

    return limited


# codes to join by and codes of progress: only wrong ones count, so a room full of people at one address gets in
WRONG_CODES_PER_MINUTE = 60
MISTYPED = f"{WRONG_CODES_PER_MINUTE} wrong codes came from this address within a minute. Look at the code once more."


def limit_wrong_codes(view: Callable[..., Answered]) -> Callable[..., Answered]:
    """A view that answers 400 to a wrong code. Every try counts before it is judged, and right ones are given back."""

    @wraps(view)
    def limited(*args: object, **named: object) -> Answered:
        brake("wrong codes", address(), WRONG_CODES_PER_MINUTE, MISTYPED)
        answer = view(*args, **named)
        if answer.status_code != 400:
            wired().store.counters.give_back("wrong codes", address())
        return answer

    return limited


def limit_new_gateways(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """A view that opens a practice gateway: as many for one address as runs."""

    @wraps(view)
    def limited(*args: object, **named: object) -> Answer:
        most = wired().settings.new_runs_per_minute
        brake(
            "new gateways", starter(), most, f"{most} practice gateways were opened from this address within a minute, as many as may be."
        )
        return view(*args, **named)

    return limited


def check_room(owner: str) -> None:
    """Raises StoreFull where the store takes no more, TooManyRequests where this browser has as many runs as it may have."""
    wired().store.size.check()
    most = wired().settings.runs_per_browser
    if most and owner and wired().store.runs.count(owner) >= most:
        log_event("braked", what="runs of one browser")
        told = f"This browser has {most} runs, as many as it may."
        raise TooManyRequests(f"{told} Open one that you no longer need, delete it at the foot of its page, and start again.")
