"""The JSON twin of a run page (design: page contract). Masked; stable; `schema_version` changes when a member does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.checks.model import Finding
from app.flow.facts import Facts
from app.flow.log import Entry, Leg, Run
from app.flow.moves import Standing
from app.views.leg_view import showable
from app.views.mask import Mask, mask_for, secrets_of
from app.views.steps import rail
from app.views.times import iso
from app.wire.messages import Exchange

SCHEMA_VERSION = 1


def twin(run: Run, facts: Facts, findings: Sequence[Finding], standing: Standing, main: Finding | None) -> dict[str, Any]:
    """Everything a program needs from the run page."""
    hide, legs = mask_for(secrets_of(run)), showable(run, findings)
    return {
        "schema_version": SCHEMA_VERSION,
        "id": run.id,
        "target": hide(run.target),
        "revision": facts.options.revision,
        "state": standing.state,
        "step": standing.step,
        "problem": main.code if main else None,
        "steps": [
            {"name": step.name, "state": step.state, "verdict": step.verdict or None, "reason": step.reason}
            for step in rail(run, facts, findings, standing, hide)
        ],
        "findings": [_finding(finding, hide) for finding in findings],
        "exchanges": [_exchange(entry, entry.body, hide) for entry in run.entries if isinstance(entry.body, Exchange)],
        "legs": [_leg(entry, legs[entry.seq], hide) for entry in run.entries if entry.seq in legs],
    }


def _finding(finding: Finding, hide: Mask) -> dict[str, Any]:
    return {
        "code": finding.code,
        "level": finding.level,
        "step": finding.step,
        "entry": finding.entry,
        "says": hide(finding.says),
        "expected": hide(finding.expected),
        "spec": {"name": finding.spec.name, "url": finding.spec.url},
        "fix": {"operator": hide(finding.fix_operator), "client": hide(finding.fix_client)},
    }


def _exchange(entry: Entry, exchange: Exchange, hide: Mask) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "step": entry.step,
        "why": hide(entry.why),
        "method": exchange.request.method,
        "url": hide(exchange.request.url),
        "status": exchange.status,
        "failure": exchange.failure.kind if exchange.failure else None,
        "ms": exchange.ms,
    }


def _leg(entry: Entry, leg: Leg, hide: Mask) -> dict[str, Any]:
    return {"seq": entry.seq, "kind": leg.kind, "url": hide(leg.url), "at": iso(entry.at)}
