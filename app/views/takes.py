"""The log cut into takes: one for every time a step was tried, in order of time, and one for every separating probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.flow.log import AUDIT_ROLE, Choice, Entry, Run
from app.views.mask import Mask
from app.views.steps import TITLES
from app.views.visible import shortened, visible
from app.wire.messages import Exchange

BESIDE = ("probe", "audit")  # choices that begin something beside the walk
LEADING = ("edit", "go_on", "again", "forget", "server", "call_tool", "retry_connect")


@dataclass
class Take:
    """One try of a step while the log is read; or what a separating probe did, whatever steps its requests belong to."""

    entries: list[Entry] = field(default_factory=list)
    exchanges: list[Entry] = field(default_factory=list)
    step: str = ""  # the step's name; `try_<slug>` for a separating probe
    is_probe: bool = False
    is_taken: bool = False  # was the step taken, or are these only things that happened beside it?
    ended: Choice | None = None  # the choice that ended it
    probe_ended: bool = False

    def add(self, entry: Entry) -> None:
        """Take one more entry in."""
        body = entry.body
        if not self.entries and entry.role.startswith(AUDIT_ROLE):
            self.is_probe, self.step = True, "try_audit"  # what came of an audit after the walk had gone on
        if isinstance(body, Choice):
            self._note(body)
        elif isinstance(body, Exchange):
            self.exchanges.append(entry)
        self.step = self.step or entry.step
        self.entries.append(entry)

    def _note(self, choice: Choice) -> None:
        if choice.name in BESIDE and not self.entries:
            self.is_probe, self.step = True, f"try_{choice.values.get('slug', choice.name)}"
        self.is_taken = self.is_taken or choice.name == "take"
        self.ended = choice if choice.name == "ended" else self.ended
        self.probe_ended = self.probe_ended or choice.values.get("phase") == "end"

    def ends_before(self, entry: Entry) -> bool:
        """Does the entry begin a take of its own? One begins a take; what the person chose after the end of one leads the next."""
        name = entry.body.name if isinstance(entry.body, Choice) else ""
        if self.is_probe:
            is_its_end = name == "probe" and _values(entry).get("phase") == "end" and not self.probe_ended
            return not entry.is_aside and not is_its_end
        other = bool(entry.step and self.step and entry.step != self.step) or entry.role.startswith(AUDIT_ROLE)
        return other or name in BESIDE or (name == "take" and self.is_taken) or (name in LEADING and self.ended is not None)


def takes_of(run: Run) -> Iterator[Take]:
    """The log cut where a take begins or the step changes; entries without a step stay where they are."""
    take = Take()
    for entry in run.entries:
        if take.entries and take.ends_before(entry):
            yield take
            take = Take()
        take.add(entry)
    if take.entries:
        yield take


def _values(entry: Entry) -> Mapping[str, Any]:
    return entry.body.values if isinstance(entry.body, Choice) else {}


def title_of(take: Take, hide: Mask) -> str:
    """The step's title, or what the separating probe is called."""
    if take.step == "try_audit":
        return "Audit"
    label = str(_values(take.entries[0]).get("label", "")) if take.is_probe else ""
    return visible(hide(f"Tried: {label}"), one_line=True) if label else TITLES.get(take.step, "")


def tool_of(take: Take, hide: Mask) -> str:
    """`tool search` where the person asked for one, else empty."""
    if take.step != "call":
        return ""
    names = [str(e.body.values.get("name", "")) for e in take.entries if isinstance(e.body, Choice) and e.body.name == "call_tool"]
    return visible(shortened(hide(f"tool {names[-1]}"), 80), one_line=True) if names else ""


def outcome_of(take: Take, hide: Mask) -> str:
    """How it ended as a sentence; empty where it ended well or goes on."""
    if take.ended is None or take.ended.values.get("outcome") == "done":
        return ""
    words = {"skipped": "Skipped", "cancelled": "Cancelled", "refused": "Stopped", "failed": "Ended short"}
    word, reason = words.get(str(take.ended.values.get("outcome")), "Ended"), str(take.ended.values.get("reason", ""))
    return shortened(visible(hide(f"{word}: {reason}" if reason else word)), 500)


def choice_words(choice: Choice) -> str:
    """A choice as a sentence; empty for those that show elsewhere."""
    values = choice.values
    written = CHOICE_WORDS.get(choice.name)
    if choice.name == "edit":
        return f"You changed the request: {_edit_words(values)}."
    if choice.name == "again":
        return f"You asked for {TITLES.get(str(values.get('step')), 'this step')} again."
    if not written:
        return ""
    told = {name: values.get(name, "") for name in ("code", "issuer", "name", "says")}
    return written.format(**told | {"code": told["code"] or "the refusal"})


CHOICE_WORDS = {
    "go_on": "You went on past {code}.",
    "lesson_over": "The lesson is over: what the checks find is shown.",
    "forget": "You let go of the client at {issuer}.",
    "server": "You chose the authorization server {issuer}.",
    "call_tool": "You asked for the tool {name}.",
    "retry_connect": "You said that the upstream is connected.",
    "probe": "{says}",
    "audit": "{says}",
    "gave_up": "You said that nothing came back.",
    "session_lost": "A browser without this app's session brought an answer. It was not used.",
}


def _edit_words(values: Mapping[str, Any]) -> str:
    parts = [f"{name} = {value}" for name, value in (*values.get("set_params", ()), *values.get("set_headers", ()))]
    parts += [f"left out {name}" for name in (*values.get("drop_params", ()), *values.get("drop_headers", ()))]
    if values.get("url"):
        parts.append(f"sent to {values['url']}")
    return ", ".join(parts) or str(values.get("named", "")) or "nothing"
