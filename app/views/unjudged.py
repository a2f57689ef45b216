"""A page without its verdicts: in a lesson a tick would tell as much as a cross."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from app.views.finding_view import WORDS

BLANK = {"verdict": "", "glyph": "", "verdict_words": WORDS[""]}
Page = TypeVar("Page")


def unjudged(page: Page) -> Page:
    """The same page, each thing in it that carries a verdict without it. A glyph that stands for something else stays."""
    if not is_dataclass(page) or isinstance(page, type):
        return page
    changed: dict[str, Any] = {field.name: _inside(getattr(page, field.name)) for field in fields(page)}
    if "verdict" in changed:
        changed |= {name: blank for name, blank in BLANK.items() if name in changed}
    if "tell" in changed:  # a group of the story tells its items only when asked, and what was printed of it is kept by what it told
        tell = changed["tell"]
        changed |= {"tell": lambda: _inside(tell()), "told": ("unjudged", changed["told"])}
    return replace(page, **changed)


def _inside(value: Any) -> Any:
    if isinstance(value, tuple) and value:
        items = [_inside(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return unjudged(value)
