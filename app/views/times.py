"""Durations and moments in words."""

from __future__ import annotations

from datetime import UTC, datetime


def duration(seconds: float) -> str:
    """`45 s`, `3 min 20 s`, `2 h 5 min`, `3 days`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    if whole < 172_800:
        return f"{whole // 3_600} h" + (f" {whole % 3_600 // 60} min" if whole % 3_600 >= 60 else "")
    return f"{whole // 86_400} days"


def milliseconds(ms: float) -> str:
    """`0.4 ms`, `12 ms`, `3.2 s`."""
    if ms >= 1_000:
        return f"{ms / 1_000:.1f} s"
    return f"{ms:.0f} ms" if ms >= 1 else f"{ms:.1f} ms"


def clock(at: float) -> str:
    """The time of day in UTC with seconds; `2026-11-23T10:00:01Z` is for `iso`."""
    return _moment(at).strftime("%H:%M:%S")


def iso(at: float) -> str:
    """A moment in UTC, for files and `<time datetime>`."""
    return _moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(at: float) -> datetime:
    try:
        return datetime.fromtimestamp(at, UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)
