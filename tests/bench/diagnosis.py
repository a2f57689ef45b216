"""How long the checks take for a long run, and the search for its secrets: nothing remembered, every entry new."""

from __future__ import annotations

import functools
import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from figures import Figure

from app.checks.engine import examine
from app.checks.examples.healthy import refreshed, tools, walk_through
from app.checks.examples.tape import Tape, answer, result, run_of, take
from app.flow.log import Run
from app.views.mask import Mask, secrets_of
from app.wire.messages import Exchange

EXCHANGES, AT_MOST_MS = 200, 150.0
LARGE = 20_000  # bytes of one answer: the tools of a large gateway
Work = Callable[[Run], object]


def long_walk(exchanges: int) -> Tape:
    """A whole walk, and refusals of a refresh until it has that many exchanges."""
    start = walk_through("confirm")
    missing = exchanges - sum(isinstance(line.body, Exchange) for line in start)
    words = (answer(400, {"error": "invalid_grant", "error_description": f"attempt {number}"}) for number in range(missing))
    return (*start, *take("refresh", *(refreshed(received) for received in words), outcome="failed", reason="refused"))


def heavy_walk(exchanges: int) -> Tape:
    """A handshake, and lists of tools of 20 kB each until it has that many exchanges; no two are the same."""
    start = walk_through("call")
    missing = exchanges - sum(isinstance(line.body, Exchange) for line in start)
    lists = (listing(number) for number in range(missing))
    return (*start, *(line for received in lists for line in take("call", tools(received))))


def listing(number: int) -> bytes:
    schema = {"type": "object", "properties": {"state": {"type": "string"}, "page": {"type": "integer"}}}
    named = [{"name": f"tool-{number}-{n}", "description": "Reads a list. " * 12, "inputSchema": schema} for n in range(LARGE // 290)]
    return answer(200, result({"tools": named}))


def forget_all() -> None:
    """Empty every memory of ours, as in a worker that has just been started."""
    for held in gc.get_objects():
        if isinstance(held, functools._lru_cache_wrapper) and str(held.__module__).startswith("app."):
            held.cache_clear()


def median_ms(tape: Tape, work: Work, times: int) -> float:
    """The median of so many runs that were just read from the store; the first one, which loads modules, is not counted."""
    took = []
    for attempt in range(times + 1):
        run = run_of(tape)  # a new run of new exchanges each time: what is derived is kept on them
        run.entries = [replace(e, body=replace(e.body)) if isinstance(e.body, Exchange) else e for e in run.entries]
        forget_all()
        began = time.process_time()
        work(run)
        if attempt:
            took.append((time.process_time() - began) * 1_000)
    return statistics.median(took)


def hide_all(run: Run) -> None:
    """Find the secrets and hide them in every byte of both directions: more than any page shows."""
    hide = Mask(secrets_of(run))
    for entry in run.entries:
        if isinstance(entry.body, Exchange):
            hide(entry.body.sent.decode("latin-1"))
            hide(entry.body.received.decode("latin-1"))


def measure_diagnosis(times: int = 15) -> list[Figure]:
    """Every check over a run of 200 exchanges, small answers (the bar) and large ones; and its secrets found and hidden."""
    how = f"median of {times} in processor time, {EXCHANGES} exchanges, every memory empty"
    small, large = long_walk(EXCHANGES), heavy_walk(EXCHANGES)
    return [
        Figure("diagnosing a run of 200 exchanges", median_ms(small, examine, times), "ms", AT_MOST_MS, f"all checks, {how}"),
        Figure("the same with answers of 20 kB", median_ms(large, examine, times), "ms", None, f"all checks, {how}"),
        Figure("finding and hiding its secrets", median_ms(small, hide_all, times), "ms", None, f"all bytes of both directions, {how}"),
        Figure("the same with answers of 20 kB", median_ms(large, hide_all, times), "ms", None, f"all bytes of both directions, {how}"),
    ]
