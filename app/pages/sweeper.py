"""Each worker removes by itself what is over, every few minutes, whether or not anybody comes. No scheduler is needed."""

from __future__ import annotations

import secrets
import threading
import time

from app.pages.log_lines import log_event, log_failure
from app.pages.wired import Wired
from app.practice.tables import metadata as practice_tables
from app.store.database import StoreUnavailable
from app.store.sweep import Swept, sweep
from app.store.tables import metadata

SWEEP_SECONDS = 300.0  # against two hours, the shortest that something is promised to go within


def keep_sweeping(parts: Wired) -> threading.Thread:
    """Begin, in a thread of its own. Call it behind the fork: a fork copies no threads."""
    thread = threading.Thread(target=_sweep_on, args=(parts,), name="sweeper", daemon=True)
    thread.start()
    return thread


def sweep_once(parts: Wired, now: float) -> Swept:
    """Remove what is over. A store in trouble is a line in the log."""
    try:
        swept = sweep(parts.store.engine, parts.settings, now, (metadata, practice_tables))
    except StoreUnavailable as error:
        log_failure("not swept", error, reason=error.says)
        return {}
    if swept:
        log_event("swept", rows=sum(swept.values()), tables=" ".join(sorted(swept)))
    return swept


def _sweep_on(parts: Wired) -> None:
    time.sleep(secrets.randbelow(30))  # workers that start together need not sweep together
    while True:
        sweep_once(parts, time.time())
        time.sleep(SWEEP_SECONDS)
