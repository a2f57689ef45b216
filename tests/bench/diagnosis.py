"""How long the checks take for a long run: nothing remembered, every entry new."""

from __future__ import annotations

import statistics
import time

from figures import Figure

from app.checks.engine import examine
from app.checks.examples.healthy import refreshed, walk_through
from app.checks.examples.tape import Tape, answer, run_of, take
from app.wire.messages import Exchange

EXCHANGES, AT_MOST_MS = 200, 150.0


def long_walk(exchanges: int) -> Tape:
    """A whole walk, and refusals of a refresh until it has that many exchanges."""
    start = walk_through("confirm")
    missing = exchanges - sum(isinstance(line.body, Exchange) for line in start)
    words = (answer(400, {"error": "invalid_grant", "error_description": f"attempt {number}"}) for number in range(missing))
    return (*start, *take("refresh", *(refreshed(received) for received in words), outcome="failed", reason="refused"))


def measure_diagnosis(times: int = 15) -> list[Figure]:
    """Every check over a run of 200 exchanges that was just read from the store; the first pass, which loads modules, is not counted."""
    took = []
    for attempt in range(times + 1):
        run = run_of(long_walk(EXCHANGES))  # a new run each time: derived facts are kept on it
        began = time.perf_counter()
        examine(run)
        if attempt:
            took.append((time.perf_counter() - began) * 1_000)
    how = f"median of {times}, all checks over {EXCHANGES} exchanges, nothing remembered"
    return [Figure("diagnosing a run of 200 exchanges", statistics.median(took), "ms", AT_MOST_MS, how)]
