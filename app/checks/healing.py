"""When a finding no longer counts, and when it no longer forbids going on: rules over the log, one below the other."""

from __future__ import annotations

from app.checks.model import STOP, Finding
from app.checks.takes import Take, take_of
from app.flow.facts import Facts
from app.flow.log import Choice, Entry, Leg, Run
from app.flow.steps import NAMES
from app.wire.messages import Exchange
from app.wire.parse.json import read_json
from app.wire.parse.jwt import read_jwt

SUPERSEDED, SOLVED = "superseded", "solved"
# one candidate after the other until one is good: the entry that the facts keep is the good one
CANDIDATES = {"resource_metadata": "resource_metadata_entry", "server_metadata": "server_entry"}
ORDER = {name: place for place, name in enumerate(NAMES)}


def past_of(finding: Finding, run: Run, facts: Facts, takes: list[Take]) -> str:
    """superseded or solved, where the walk has healed what was found; empty while the finding counts."""
    if finding.code == "call.connect_required":
        return "" if facts.connect and facts.connect.entry == finding.entry else SOLVED
    if finding.code == "token.audience_mismatch" and _is_taken_all_the_same(finding, run):
        return SOLVED
    healed = _healed(finding, run, facts, takes)
    if healed and finding.code == "call.insufficient_scope":
        return SOLVED
    return SUPERSEDED if healed else ""


def _is_taken_all_the_same(finding: Finding, run: Run) -> bool:
    """Did the MCP server let in this token, or one for the same audience? Then it is set up so, as facades of identity providers are."""
    entry = run.entry(finding.entry)
    brought = read_json(entry.body.response.body).value if entry and isinstance(entry.body, Exchange) and entry.body.response else None
    token = brought.get("access_token") if isinstance(brought, dict) else None
    if not isinstance(token, str):
        return False
    fine = (e.body for e in run.entries if isinstance(e.body, Exchange) and 200 <= (e.body.status or 0) < 300)
    let_in = {x.request.header("authorization").partition(" ")[2] for x in fine}
    audience = _audience(token)  # of an opaque token none is known, and two such are not alike
    return token in let_in or (bool(audience) and audience in {_audience(other) for other in let_in if other})


def _audience(token: str) -> frozenset[str]:
    read = read_jwt(token)
    return frozenset(read.audience) if read else frozenset()


def _healed(finding: Finding, run: Run, facts: Facts, takes: list[Take]) -> bool:
    entry = run.entry(finding.entry)
    if entry is None:
        return False
    if isinstance(entry.body, Leg):
        return _answered_later(entry, run, facts)
    if entry.is_aside:
        return _probed_before(entry, facts, takes)
    take = take_of(takes, finding.step, finding.entry)
    later = [t for t in takes if t.step == finding.step and take is not None and t.began > take.began]
    if later and (finding.level == STOP or finding.ends):
        return True
    return _asked_again(entry, run, later) or _good_candidate(finding, facts, take) or _newer_era(entry, run, take)


def _asked_again(entry: Entry, run: Run, later: list[Take]) -> bool:
    """Was the same request made again in a later take?"""
    if not later or not isinstance(entry.body, Exchange):
        return bool(later)
    rest = run.entries[later[0].began :]
    return any(e.step == entry.step and e.role == entry.role and isinstance(e.body, Exchange) for e in rest)


def _good_candidate(finding: Finding, facts: Facts, take: Take | None) -> bool:
    """Was another candidate of the same take good?"""
    if take is None or finding.step not in CANDIDATES:
        return False
    good: int = getattr(facts, CANDIDATES[finding.step])
    return take.holds(good) and finding.entry < good


def _newer_era(entry: Entry, run: Run, take: Take | None) -> bool:
    """Did another request of the same take follow the modern first one? Then its answer only decided the era."""
    if take is None or entry.role != "discover" or not isinstance(entry.body, Exchange) or 200 <= (entry.body.status or 0) < 300:
        return False
    rest = run.entries[entry.seq : take.ended or None]
    return any(e.step == entry.step and e.role in ("initialize", "tools/list") and isinstance(e.body, Exchange) for e in rest)


def _answered_later(entry: Entry, run: Run, facts: Facts) -> bool:
    """Has a later callback brought a code that fits, or a newer request replaced the one with which the browser left?"""
    answer, asked = facts.answer, facts.authorization
    is_out = isinstance(entry.body, Leg) and entry.body.kind == "authorize"
    return (answer is not None and answer.entry > entry.seq) or (is_out and asked is not None and asked.entry > entry.seq)


def _probed_before(entry: Entry, facts: Facts, takes: list[Take]) -> bool:
    """What a probe found is over when its step is taken anew, or when the browser that it was made for came back."""
    answer = facts.answer
    came = entry.step == "authorize" and answer is not None and answer.entry > entry.seq
    return came or any(take.step == entry.step and take.began > entry.seq for take in takes)


def walked_back(run: Run, finding: Finding, until: int = 0) -> bool:
    """Has the walk begun again at the finding's step or before it, so that it is on its way around?"""
    place = ORDER.get(finding.step, 0)
    entries = run.entries[finding.entry : until or None]
    return any(_begins(entry, place) for entry in entries)


def _begins(entry: Entry, place: int) -> bool:
    body = entry.body
    if not isinstance(body, Choice) or body.name not in ("take", "again"):
        return False
    return ORDER.get(str(body.values.get("step", "")), len(ORDER)) <= place
