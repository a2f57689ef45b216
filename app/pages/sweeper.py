"""Each worker removes by itself what is over, every few minutes, whether or not anybody comes. No scheduler is needed."""

from __future__ import annotations

import secrets
import threading
import time

from app.pages import malloc
from app.pages.log_lines import log_event, log_failure
from app.pages.wired import Wired
from app.practice.tables import metadata as practice_tables
from app.settings import Settings
from app.store.database import StoreUnavailable
from app.store.sweep import Swept, sweep
from app.store.tables import metadata

SWEEP_SECONDS = 300.0  # against two hours, the shortest that something is promised to go within
SHARE = 4  # and where runs live shorter, so many sweeps in the time of one, or the store would hold several lives of them


def keep_sweeping(parts: Wired) -> threading.Thread:
    """Begin, in a thread of its own. Call it behind the fork: a fork copies no threads."""
    thread = threading.Thread(target=_sweep_on, args=(parts,), name="sweeper", daemon=True)
    thread.start()
    return thread


def sweep_once(parts: Wired, now: float) -> Swept:
    """Remove what is over, in the store and in what this worker remembers. A store in trouble is a line in the log."""
    try:
        swept = sweep(parts.store.engine, parts.settings, now, (metadata, practice_tables))
        for run_id in parts.store.runs.forget_gone(parts.memory.held()):
            parts.memory.forget(run_id)
    except StoreUnavailable as error:
        log_failure("not swept", error, reason=error.says)
        return {}
    if swept:
        log_event("swept", rows=sum(swept.values()), tables=" ".join(sorted(swept)))
    return swept


def pause_of(settings: Settings) -> float:
    """Seconds between two sweeps of one worker."""
    return max(1.0, min(SWEEP_SECONDS, min(settings.run_idle_seconds, settings.run_life_seconds) / SHARE))


def _sweep_on(parts: Wired) -> None:
    pause = pause_of(parts.settings)
    time.sleep(pause * secrets.randbelow(100) / 1_000)  # workers that start together need not sweep together
    while True:
        sweep_once(parts, time.time())
        malloc.give_back()
        time.sleep(pause)
