"""A check is one question; a finding is the sentence when the answer is no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.flow.facts import Facts
from app.flow.log import Entry, Run

STOP, WARN, NOTE = "STOP", "WARN", "NOTE"


@dataclass(frozen=True)
class Evidence:
    """Where to look. One of header, pointer or range; none of them = the whole entry."""

    entry: int
    side: str = "response"  # request, response, leg
    header: str = ""  # a header name
    pointer: str = ""  # a JSON pointer into the body (RFC 6901), or a query/form parameter as "?name"
    start: int = 0  # byte range in the recorded bytes of that side
    end: int = 0


@dataclass(frozen=True)
class Seen:
    """What a check answers when something is wrong. `level` overrides the check's own."""

    says: str
    actual: str = ""
    expected: str = ""
    evidence: Evidence | None = None  # None = the whole entry that was asked about
    level: str = ""
    code: str = ""  # for checks that tell siblings apart (transport.*, redirect kinds)
    about: int = 0  # the entry the finding is about, where it is not the one that was asked about


@dataclass(frozen=True)
class NotAsked:
    """A check that could not be asked, and why. Shown, never counted as a pass."""

    because: str


Verdict = Seen | NotAsked | None  # None = the answer is fine


@dataclass(frozen=True)
class Question:
    """What a check may look at: the entry, the facts before and after it, and the run up to it."""

    run: Run
    entry: Entry
    before: Facts
    facts: Facts
    revision: str  # the revision whose rules apply: a key of revisions.REVISIONS


@dataclass(frozen=True)
class Spec:
    """A clause and its address."""

    name: str  # "RFC 9728 section 3.3"
    url: str


@dataclass(frozen=True)
class Check:
    """One question, asked of every entry that `on` matches. All texts are plain sentences for a tired person."""

    code: str  # <step>.<slug>
    asks: Callable[[Question], Verdict]
    # "<step>/<role>", "<step>/*", "*/*" for exchanges of the walk; "<step>/probe:<slug>:*", "*/probe:<slug>:<what>" for those of
    # separating probes, of which nothing else is asked; "leg:callback"; "ended:<step>"; "choice:gave_up"
    on: tuple[str, ...]
    level: str | dict[str, str]  # one level, or revision -> level (missing revision = not asked)
    title: str
    expected: str
    why: str
    spec: Spec
    fix_operator: str
    fix_client: str
    ends: bool = False  # ends the walk whatever its level (a denied consent, a connect link)
    last_resort: bool = False  # of a take that ended badly it is asked only where nothing else says why


@dataclass(frozen=True)
class Finding:
    """One sentence with its evidence. `entry` is the entry it is about."""

    code: str
    level: str
    step: str
    entry: int
    title: str
    says: str
    expected: str
    actual: str
    why: str
    spec: Spec
    fix_operator: str
    fix_client: str
    evidence: Evidence
    ends: bool = False
    past: str = ""  # why it no longer counts: superseded, solved; empty while it counts
    aside: bool = False  # found by a separating probe
    gone_past: bool = False  # the person chose to go on past it, here or (the same sentence) on an earlier lap


def level_for(check: Check, revision: str) -> str:
    """The level under a revision, or an empty string where the check is not asked."""
    return check.level if isinstance(check.level, str) else check.level.get(revision, "")
