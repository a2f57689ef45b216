"""Which take of which step an entry belongs to, and what the person changed in it."""

from __future__ import annotations

from dataclasses import dataclass

from app.flow.facts import Edit, Facts
from app.flow.log import Choice, Run


@dataclass(frozen=True)
class Take:
    """One take of a step: the entries from its choice to its end. `ended` is 0 while it is under way."""

    step: str
    began: int
    ended: int = 0
    outcome: str = ""

    def holds(self, seq: int) -> bool:
        """Does the entry lie within it?"""
        return self.began <= seq and (not self.ended or seq <= self.ended)


def takes_of(run: Run) -> list[Take]:
    """Every take, in order. One that never ended lasts until the next one begins."""
    takes: list[Take] = []
    for entry in run.entries:
        body = entry.body
        if not isinstance(body, Choice):
            continue
        if body.name == "take":
            takes = _closed(takes, entry.seq - 1, "")
            takes.append(Take(str(body.values.get("step", "")), entry.seq))
        elif body.name == "ended":
            takes = _closed(takes, entry.seq, str(body.values.get("outcome", "")))
    return takes


def _closed(takes: list[Take], seq: int, outcome: str) -> list[Take]:
    if not takes or takes[-1].ended:
        return takes
    last = takes[-1]
    return [*takes[:-1], Take(last.step, last.began, seq, outcome)]


def take_of(takes: list[Take], step: str, seq: int) -> Take | None:
    """The take of that step which holds the entry, or None (a callback belongs to none)."""
    return next((t for t in reversed(takes) if t.step == step and t.holds(seq)), None)


def edit_in_words(facts: Facts, takes: list[Take], seq: int) -> str:
    """What the person changed in the request of this take before it was sent; empty where nothing."""
    take = next((t for t in reversed(takes) if t.holds(seq)), None)
    if take is None:
        return ""
    earlier = max((t.began for t in takes if t.step == take.step and t.began < take.began), default=0)
    edit = next((e for e in reversed(facts.edits) if e.step == take.step and earlier < e.entry < take.began), None)
    return _said(edit) if edit else ""


def _said(edit: Edit) -> str:
    dropped = [*edit.drop_params, *edit.drop_headers]
    changed = [name for name, _ in (*edit.set_params, *edit.set_headers)]
    parts = [f"you left out {', '.join(dropped)}"] if dropped else []
    parts += [f"you changed {', '.join(changed)}"] if changed else []
    parts += ["you sent it to another URL"] if edit.url else []
    return f"You edited this request before it was sent: {'; '.join(parts)}." if parts else ""
