"""What has happened, in order of time: attempts and laps one after the other, nothing overwritten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from app.checks.model import Finding
from app.flow.log import Choice, Entry, Leg, Run
from app.views.exchange_view import ExchangeView, exchange_row, exchange_view
from app.views.finding_view import FindingView, finding_view, worst
from app.views.leg_view import LegView, leg_view, showable
from app.views.mask import Mask
from app.views.steps import TITLES
from app.views.visible import shortened, visible
from app.wire.messages import Exchange

LEADING = ("edit", "go_on", "again", "forget", "server", "call_tool", "retry_connect")
FULL = 12  # exchanges of the newest step that are shown with their bytes


@dataclass(frozen=True)
class Item:
    """One thing that happened: exactly one of exchange, leg and note is there."""

    exchange: Annotated[ExchangeView | None, "an exchange"] = None
    leg: Annotated[LegView | None, "a browser leg"] = None
    note: Annotated[str, "a choice of the person or the app, as a sentence"] = ""
    findings: Annotated[tuple[FindingView, ...], "what is said about it; the page's main finding stands at its top instead"] = ()
    is_main: Annotated[bool, "is the page's main finding about it?"] = False


@dataclass(frozen=True)
class Group:
    """One take of a step."""

    step: Annotated[str, "the step's name"]
    anchor: Annotated[str, "its id on the page: the step's name for the newest take"]
    title: Annotated[str, "the step's title"]
    attempt: Annotated[str, "`second attempt` and the like, or empty"]
    outcome: Annotated[str, "how it ended, one sentence, or empty"]
    verdict: Annotated[str, "the worst of its findings, ok, or empty"]
    items: Annotated[tuple[Item, ...], "what happened, in order"]
    is_full: Annotated[bool, "are the bytes shown?"] = False


def story(run: Run, findings: Sequence[Finding], main: Finding | None, hide: Mask) -> tuple[Group, ...]:
    """All groups, oldest first; the newest one that has exchanges is in full."""
    drafts = list(_takes(run))
    newest = max((n for n, draft in enumerate(drafts) if any(isinstance(e.body, Exchange) for e in draft)), default=-1)
    about: dict[int, list[Finding]] = {}
    for finding in findings:
        about.setdefault(finding.entry, []).append(finding)
    repeats = _repeats(findings)
    attempts: dict[str, int] = {}
    legs = showable(run, findings)
    groups = []
    for number, draft in enumerate(drafts):
        group = _group(run.id, draft, about, main, repeats, legs, hide, is_full=number == newest)
        if group.items or group.outcome:
            attempts[group.step] = attempts.get(group.step, 0) + (1 if _is_take(draft) else 0)
            groups.append(replace(group, attempt=_tool(draft, hide) or _attempt(attempts[group.step])))
    newest_of = {group.step: number for number, group in enumerate(groups)}
    return tuple(g if newest_of[g.step] == n else replace(g, anchor=f"{g.step}-{n}") for n, g in enumerate(groups))


def _repeats(findings: Sequence[Finding]) -> frozenset[int]:
    """Findings whose code a later one has as well: the newest is told in full."""
    newest = {finding.code: id(finding) for finding in findings}
    return frozenset(id(finding) for finding in findings if newest[finding.code] != id(finding))


def _takes(run: Run) -> Iterator[list[Entry]]:
    """The log cut where a take begins or the step changes; entries without a step stay where they are."""
    draft: list[Entry] = []
    for entry in run.entries:
        if draft and _cuts(entry, draft):
            yield draft
            draft = []
        draft.append(entry)
    if draft:
        yield draft


def _cuts(entry: Entry, draft: list[Entry]) -> bool:
    """Does the entry begin a group of its own? What a separating probe sent stays together, whatever steps it belongs to."""
    if _is_probe(draft):
        return not entry.is_aside and not _is_end_of(entry, draft)
    other = bool(entry.step and _step(draft) and entry.step != _step(draft))
    return _begins(entry, draft) or other or _is_probe([entry])


def _is_probe(draft: list[Entry]) -> bool:
    return isinstance(draft[0].body, Choice) and draft[0].body.name == "probe"


def _is_end_of(entry: Entry, draft: list[Entry]) -> bool:
    closed = any(_values(one).get("phase") == "end" for one in draft)
    return _is_probe([entry]) and _values(entry).get("phase") == "end" and not closed


def _values(entry: Entry) -> Mapping[str, Any]:
    return entry.body.values if isinstance(entry.body, Choice) else {}


def _title(draft: list[Entry], step: str, hide: Mask) -> str:
    label = str(_values(draft[0]).get("label", "")) if _is_probe(draft) else ""
    return visible(hide(f"Tried: {label}"), one_line=True) if label else TITLES.get(step, "")


def _begins(entry: Entry, draft: list[Entry]) -> bool:
    """A take begins a group; what the person chose after the last one ended leads the next."""
    if not isinstance(entry.body, Choice):
        return False
    is_over = any(isinstance(e.body, Choice) and e.body.name == "ended" for e in draft)
    return (entry.body.name == "take" and _is_take(draft)) or (entry.body.name in LEADING and is_over)


def _step(draft: list[Entry]) -> str:
    if _is_probe(draft):
        return f"try_{_values(draft[0]).get('slug', '')}"
    return next((entry.step for entry in draft if entry.step), "")


def _is_take(draft: list[Entry]) -> bool:
    return any(isinstance(entry.body, Choice) and entry.body.name == "take" for entry in draft)


def _tool(draft: list[Entry], hide: Mask) -> str:
    names = [str(e.body.values.get("name", "")) for e in draft if isinstance(e.body, Choice) and e.body.name == "call_tool"]
    return visible(shortened(hide(f"tool {names[-1]}"), 80), one_line=True) if names else ""


def _attempt(count: int) -> str:
    return {0: "", 1: "", 2: "second attempt", 3: "third attempt"}.get(count, f"attempt {count}")


def _group(
    run_id: str,
    draft: list[Entry],
    about: Mapping[int, list[Finding]],
    main: Finding | None,
    repeats: frozenset[int],
    legs: Mapping[int, Leg],
    hide: Mask,
    *,
    is_full: bool,
) -> Group:
    step = _step(draft)
    last = max((entry.seq for entry in draft if isinstance(entry.body, Exchange)), default=0)
    full = {entry.seq for entry in [e for e in draft if isinstance(e.body, Exchange)][-FULL:]} if is_full else set()
    items = []
    for entry in draft:
        told = about.get(entry.seq, [])
        views = tuple(finding_view(f, hide, run_id, is_repeat=id(f) in repeats) for f in told if f is not main)
        item = Item(findings=views, is_main=any(finding is main for finding in told))
        item = _fill(item, run_id, entry, told, legs, hide, is_full=entry.seq in full, is_open=entry.seq == last)
        if item.exchange or item.leg or item.note or item.findings:
            items.append(item)
    ended = next((e.body for e in reversed(draft) if isinstance(e.body, Choice) and e.body.name == "ended"), None)
    is_done = ended is not None and ended.values.get("outcome") == "done"
    verdict = worst(f for entry in draft for f in about.get(entry.seq, [])) or ("ok" if is_done else "")
    return Group(step, step, _title(draft, step, hide), "", _outcome(ended, hide), verdict, tuple(items), is_full)


def _fill(
    item: Item,
    run_id: str,
    entry: Entry,
    told: Sequence[Finding],
    legs: Mapping[int, Leg],
    hide: Mask,
    *,
    is_full: bool,
    is_open: bool,
) -> Item:
    body = entry.body
    if isinstance(body, Exchange):
        view = exchange_view(run_id, entry, told, hide, is_open=is_open) if is_full else exchange_row(run_id, entry, told, hide)
        return replace(item, exchange=view)
    if isinstance(body, Leg):
        return replace(item, leg=leg_view(entry, legs.get(entry.seq, body), hide))
    return replace(item, note=visible(shortened(hide(choice_words(body)), 500)))


def _outcome(ended: Choice | None, hide: Mask) -> str:
    if ended is None or ended.values.get("outcome") == "done":
        return ""
    words = {"skipped": "Skipped", "cancelled": "Cancelled", "refused": "Stopped", "failed": "Ended short"}
    word, reason = words.get(str(ended.values.get("outcome")), "Ended"), str(ended.values.get("reason", ""))
    return visible(shortened(hide(f"{word}: {reason}" if reason else word), 500))


def choice_words(choice: Choice) -> str:
    """A choice as a sentence; empty for those that show elsewhere."""
    values = choice.values
    written = {
        "edit": f"You changed the request: {_edit_words(values)}.",
        "go_on": f"You went on past {values.get('code', '')}.",
        "again": f"You asked for {TITLES.get(str(values.get('step')), 'this step')} again.",
        "forget": f"You let go of the client at {values.get('issuer', '')}.",
        "server": f"You chose the authorization server {values.get('issuer', '')}.",
        "call_tool": f"You asked for the tool {values.get('name', '')}.",
        "retry_connect": "You said that the upstream is connected.",
        "probe": str(values.get("says", "")),
        "gave_up": "You said that nothing came back.",
        "session_lost": "A browser without this app's session brought an answer. It was not used.",
    }
    return written.get(choice.name, "")


def _edit_words(values: Mapping[str, Any]) -> str:
    parts = [f"{name} = {value}" for name, value in (*values.get("set_params", ()), *values.get("set_headers", ()))]
    parts += [f"left out {name}" for name in (*values.get("drop_params", ()), *values.get("drop_headers", ()))]
    if values.get("url"):
        parts.append(f"sent to {values['url']}")
    return ", ".join(parts) or str(values.get("named", "")) or "nothing"
