"""What crossed the wire cannot be had again, so writing it down is tried for a while: a database that restarts loses no answer."""

from __future__ import annotations

import time
from dataclasses import replace

from app.flow.log import Entry, Keep, Run
from app.store.database import StoreUnavailable
from app.store.runs import RunGone
from app.wire.messages import Exchange

TRY_SECONDS = 30.0  # a database on its own machine is back by then; the lease is renewed beside it, or runs out
AGAIN_SECONDS = 0.5


def persistent(run: Run) -> Run:
    """The same run, for work beside the pages. Choices are not tried again: a person presses once more."""
    return replace(run, keep=_patient(run.keep))


def _patient(keep: Keep) -> Keep:
    def kept(entry: Entry) -> list[Entry]:
        give_up = time.monotonic() + TRY_SECONDS
        while True:
            try:
                return keep(entry)
            except RunGone:
                raise
            except StoreUnavailable:
                if not isinstance(entry.body, Exchange) or time.monotonic() > give_up:
                    raise
            time.sleep(AGAIN_SECONDS)

    return kept
