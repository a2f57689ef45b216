"""A run as a lesson shows it: all that crossed the wire, and none of what the app makes of it.

The log says here and there what is wrong (why a step ended short, past which finding the person went). A view is made from a copy
that keeps silent about it; the run itself is never changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.flow import choices
from app.flow.log import Choice, Entry, Run

SILENT: dict[str, dict[str, Any]] = {  # choice -> the values that would give the answer away, and what stands there instead
    choices.ENDED: {"reason": ""},
    choices.GO_ON: {"code": ""},
    choices.PROBE: {"says": ""},
}


def veiled(run: Run) -> Run:
    """The same run without its verdicts, for views only: what is appended to it is not kept."""
    silent = Run(run.id, run.owner, run.target, run.created_at, [_silent(entry) for entry in run.entries])
    silent.secrets = run.secrets  # the same are hidden in both
    return silent


def _silent(entry: Entry) -> Entry:
    body = entry.body
    if not isinstance(body, Choice) or body.name not in SILENT:
        return entry
    return replace(entry, body=replace(body, values={**body.values, **SILENT[body.name]}))
