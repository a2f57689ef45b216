"""What crossed the wire cannot be had again, so writing it down is tried for a while: a database that restarts loses no answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from app.flow.log import Entry, Keep, Run
from app.store.database import StoreUnavailable
from app.store.runs import RunGone
from app.wire.messages import Exchange

TRY_SECONDS = 30.0  # a database on its own machine is back by then; the lease is renewed beside it, or runs out
AGAIN_SECONDS = 0.5


Find = Callable[[str, Entry], list[Entry]]


def persistent(run: Run, find: Find) -> Run:
    """The same run, for work beside the pages. Choices are not tried again: a person presses once more.

    `find` gives the entries up to this one where it has been kept all the same: a database may end between a commit and its answer.
    """
    return replace(run, keep=_patient(run.keep, partial(find, run.id)))


def _patient(keep: Keep, find: Callable[[Entry], list[Entry]]) -> Keep:
    def kept(entry: Entry) -> list[Entry]:
        give_up, tried = time.monotonic() + TRY_SECONDS, False
        while True:
            try:
                return (find(entry) if tried else []) or keep(entry)
            except RunGone:
                raise
            except StoreUnavailable:
                if not isinstance(entry.body, Exchange) or time.monotonic() > give_up:
                    raise
            tried = True
            time.sleep(AGAIN_SECONDS)

    return kept
