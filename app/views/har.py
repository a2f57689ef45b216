"""A run as a HAR 1.2 file: what browsers' tools open, and what our own import reads back without loss."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.checks.model import Finding
from app.flow.log import Body, Choice, Entry, Leg, Run
from app.flow.revisions import CLIENT_NAME, CLIENT_VERSION
from app.views.file_mask import FileMask
from app.views.har_entry import entry_of, hidden_headers, stamp, started, written
from app.views.leg_view import showable
from app.views.steps import TITLES
from app.wire.messages import Exchange

SCHEMA_VERSION = 1
MASKED = "Secrets are replaced: equal values have equal names, such as masked-access-3f9a. Sizes are those of the true bytes."
REVEALED = "This file holds live secrets: tokens, codes, cookies. Do not pass it on."


def har(run: Run, findings: Sequence[Finding], *, secrets: bool = False) -> dict[str, Any]:
    """The whole run. Without `secrets` every secret is replaced by a stand-in; importing the file gives the same findings."""
    hide = FileMask(run, reveals=secrets)
    # texts that may be another server's stay out of what people pass on (2026-07-28); the exact log keeps them
    legs = {} if secrets else showable(run, findings)
    about: dict[int, list[Finding]] = {}
    for finding in findings:
        about.setdefault(finding.entry, []).append(finding)
    made = [entry for entry in run.entries if isinstance(entry.body, Exchange)]
    exchanges = [(started(e), entry_of(e, e.body, about.get(e.seq, []), hide)) for e in made if isinstance(e.body, Exchange)]
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": CLIENT_NAME, "version": CLIENT_VERSION},
            "pages": _pages(made),
            "entries": [entry for _, entry in sorted(exchanges, key=lambda pair: pair[0])],
            "comment": REVEALED if secrets else MASKED,
            "_explorer": {
                "schema_version": SCHEMA_VERSION,
                "redacted": not secrets,
                "target": hide(run.target),
                "created_at": run.created_at,
                "entries": [
                    _line(entry, legs.get(entry.seq, entry.body), hide) for entry in run.entries if not isinstance(entry.body, Exchange)
                ],
            },
        }
    }


def har_bytes(file: Mapping[str, Any]) -> bytes:
    """The file as it is written: ASCII, so that no hidden character hides in it."""
    return json.dumps(file, indent=1).encode("ascii")


def _pages(made: Sequence[Entry]) -> list[dict[str, Any]]:
    """One page for each step that made an exchange."""
    first: dict[str, float] = {}
    for entry in made:
        first[entry.step] = min(started(entry), first.get(entry.step, started(entry)))
    numbers = {name: number for number, name in enumerate(TITLES, 1)}
    return [
        {
            "startedDateTime": stamp(at),
            "id": f"step-{step or 'none'}",
            "title": f"Step {numbers[step]}: {TITLES[step]}" if step in numbers else "Beside the walk",
            "pageTimings": {"onContentLoad": -1, "onLoad": -1},
        }
        for step, at in sorted(first.items(), key=lambda pair: pair[1])
    ]


def _line(entry: Entry, body: Body, hide: FileMask) -> dict[str, Any]:
    """A choice or a browser leg. `body` is what of it may be shown."""
    line = {"seq": entry.seq, "at": entry.at, "step": entry.step, "role": entry.role, "why": hide(entry.why)}
    if isinstance(body, Leg):
        leg = {"kind": body.kind, "url": hide(body.url), "method": body.method, "headers": hidden_headers(body.headers, hide)}
        return {**line, "leg": {**leg, "body": written(hide.octets(body.body))}}
    assert isinstance(body, Choice)
    values = hide.chosen(body.name, body.values)
    if body.name in ("authorize", "audit_request"):
        values["challenge"] = _still_fitting(body.values, values)
    return {**line, "choice": {"name": body.name, "values": values}}


def _still_fitting(true: Mapping[str, Any], masked: Mapping[str, Any]) -> Any:
    """Did the verifier fit the challenge? Then the stand-in of the verifier fits the challenge in the file."""
    if true.get("challenge") != _hashed(str(true.get("verifier"))):
        return masked.get("challenge")
    return _hashed(str(masked.get("verifier")))


def _hashed(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
