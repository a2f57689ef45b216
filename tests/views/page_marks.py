"""What a robot reads of a page: data attributes, moves, titles, and where scripts could hide."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from app.checks import engine
from app.flow.engine import preview
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.standing import standing
from app.settings import Settings
from app.views.run_page import RunPage, Wanted, run_page
from app.views.twin import twin

NOW = 2_000.0


@dataclass
class Marks(HTMLParser):
    """One pass over a page."""

    html: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:  # the parser's own name for it
        self.text.append(data)

    def values(self, name: str) -> list[str]:
        """The values of an attribute, in document order."""
        return [attrs[name] for _, attrs in self.tags if name in attrs]

    def holders(self, name: str) -> list[tuple[str, dict[str, str]]]:
        return [(tag, attrs) for tag, attrs in self.tags if name in attrs]

    @property
    def body(self) -> dict[str, str]:
        return next(attrs for tag, attrs in self.tags if tag == "body")


def page_of(run: Run, *, busy: bool = False, now: float = NOW, **wanted: Any) -> RunPage:
    """The run page as the app makes it."""
    facts, findings = facts_of(run), engine.examine(run)
    stands = standing(facts, engine.forbids(run), busy)
    ask = preview(facts, stands.step) if stands.step and not busy else None
    main = engine.main_of(run)
    progress = "POST x" if busy else None
    asked = Wanted(**wanted)
    return run_page(run, facts, findings, stands, settings=Settings(), now=now, main=main, ask=ask, progress=progress, wanted=asked)


def twin_of(run: Run, *, busy: bool = False) -> dict[str, object]:
    facts = facts_of(run)
    return twin(run, facts, engine.examine(run), standing(facts, engine.forbids(run), busy), engine.main_of(run))
