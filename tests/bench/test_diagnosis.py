"""What the bench measures in this process still runs; how long it takes is the bench's."""

from __future__ import annotations

from diagnosis import heavy_walk, hide_all, long_walk, median_ms

from app.checks.engine import examine


def test_short_runs_are_diagnosed_and_hidden_with_every_memory_empty() -> None:
    took = [median_ms(walk(12), work, 1) for walk in (long_walk, heavy_walk) for work in (examine, hide_all)]
    assert all(milliseconds > 0 for milliseconds in took)
