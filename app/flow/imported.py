"""Runs read from files: a HAR of a browser, a proxy or this app, or a pasted request with its response.

Nothing in a file is fetched or obeyed. What comes out is a run that can be judged like any other and never be taken further.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.flow import choices
from app.flow.har_file import MOST_BYTES as MOST_BYTES
from app.flow.har_file import BadFile as BadFile
from app.flow.har_file import Node, read_har
from app.flow.log import Choice, Entry, Run
from app.flow.own_file import is_own, own_entries, target_in
from app.flow.pasted import recorded_pair
from app.flow.recognised import overview_of
from app.flow.recorded import Recorded, recorded_in
from app.flow.retold import Retelling, options_for, tells_something
from app.settings import Settings

NOTHING = "Nothing of an MCP or OAuth handshake was found in it: no well-known URL, no JSON-RPC message, no token request."
READ_ONLY = "It can be looked at, but nothing can be sent."
MOST = Settings.exchanges_per_run


def run_of_har(source: bytes | Mapping[str, Any], *, most: int = MOST) -> Run:
    """The run that a HAR file tells, kept in memory; `most` exchanges at the most. Raises BadFile."""
    log = read_har(source)
    if is_own(log):
        return _own_run(log, most)
    found = recorded_in(log)
    return _retold("har", found, most, f"a HAR file with {_counted(len(log.child('entries').items()), 'entry', 'entries')}")


def run_of_pair(request_text: str, response_text: str, *, at: float = 0.0) -> Run:
    """The run that one pasted request and its response tell. `at` in seconds since the epoch. Raises BadFile."""
    return _retold("pair", [recorded_pair(request_text, response_text, at)], 1, "a pasted request and its response")


def run_of_requests(found: Sequence[Recorded], what: str, *, most: int = MOST) -> Run:
    """The run that the requests of a server's own log tell. Raises BadFile where nothing of a handshake is among them."""
    return _retold("log", found, most, what)


def _own_run(log: Node, most: int) -> Run:
    entries = own_entries(log)
    exchanges = sum(not isinstance(entry.body, Choice) for entry in entries)
    if exchanges > 3 * most:  # legs and separating probes count in a run too
        raise BadFile(f"The run in this file has {exchanges} exchanges; {most} may be imported.", "/log/entries")
    redacted = log.child("_explorer").flag("redacted")
    says = f"Imported from an export of this app{', its secrets masked' if redacted else ''}. {READ_ONLY}"
    first = Entry(1, entries[0].at if entries else 0.0, "", "", says, Choice(choices.IMPORTED, {"source": "own", "says": says}))
    if entries and isinstance(entries[0].body, Choice) and entries[0].body.name == choices.IMPORTED:
        entries = [first, *entries[1:]]
    else:
        entries = [first, *(_moved(entry) for entry in entries)]
    return Run("imported", "", target_in(log), first.at, entries)


def _moved(entry: Entry) -> Entry:
    """The entry one place further down, and what it says about places too."""
    body = entry.body
    if isinstance(body, Choice) and body.name == choices.GO_ON:
        body = Choice(body.name, {**body.values, "entry": int(body.values["entry"]) + 1})
    return replace(entry, seq=entry.seq + 1, body=body)


def _retold(source: str, found: Sequence[Recorded], most: int, what: str) -> Run:
    overview = overview_of(found)
    if not tells_something(found, overview):
        raise BadFile(NOTHING)
    run = Run("imported", "", overview.target, found[0].at)
    run.append(Choice(choices.IMPORTED, {"source": source}), at=found[0].at)
    run.append(Choice(choices.OPTIONS, options_for(overview)), why="Read from the recording.", at=found[0].at)
    retelling = Retelling(run, overview, most)
    retelling.tell(found)
    first = run.entries[0]
    says = f"Imported from {what}: {_summary(retelling)} {READ_ONLY}"
    run.entries[0] = replace(first, why=says, body=Choice(choices.IMPORTED, {"source": source, "says": says}))
    run.folded.clear()
    return run


def _summary(retelling: Retelling) -> str:
    kept = retelling.told - retelling.unread
    parts = [f"{_counted(kept, 'belongs', 'belong')} to the handshake"]
    parts += [f"{retelling.left_out} left out"] if retelling.left_out else []
    parts += [f"{_counted(retelling.unread, 'answer', 'answers')} without a body could not be judged"] if retelling.unread else []
    return ", ".join(parts) + "."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
