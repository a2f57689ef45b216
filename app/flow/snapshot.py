"""A run as it was when somebody shared it: read from a masked file of our own, entry for entry, under the same numbers."""

from __future__ import annotations

from app.flow.har_file import BadFile, read_har
from app.flow.log import Run
from app.flow.own_file import is_own, own_entries, target_in


def snapshot_of(content: bytes, run_id: str) -> Run:
    """The run in memory, with this id. Raises BadFile where the file is not a masked one of ours."""
    log = read_har(content)
    own = log.child("_explorer")
    if not is_own(log) or not own.flag("redacted"):
        raise BadFile("A snapshot is a masked file of this app.")
    return Run(run_id, "", target_in(log), max(0.0, own.number("created_at")), own_entries(log))
