"""The texts that teach, from app/words: Markdown in, safe HTML out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import mistune
from markupsafe import Markup

FOLDER = Path(__file__).resolve().parent.parent / "words"
SECTION = re.compile(r"^## (.+)$", re.M)


class _Links(mistune.HTMLRenderer):
    """Links leave this app without telling where from."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        html = super().link(text, url, title)
        return html.replace("<a href=", '<a rel="noopener noreferrer" href=', 1) if url.startswith("http") else html


_markdown: Any = mistune.create_markdown(renderer=_Links(escape=True), plugins=["table"])


@dataclass(frozen=True)
class Words:
    """One text."""

    title: Annotated[str, "the heading"]
    lead: Annotated[Markup, "what stands before the first section"]
    sections: Annotated[tuple[tuple[str, Markup], ...], "(heading, HTML) in order"]


NONE = Words("", Markup(), ())


@lru_cache(maxsize=64)
def words(name: str) -> Words:
    """The text of a step, `start`, or `checks/<family>`; an empty one where there is none."""
    path = FOLDER / f"{name}.md"
    if not re.fullmatch(r"[a-z_]+(?:/[a-z_]+)?", name) or not path.is_file():
        return NONE
    text = path.read_text(encoding="utf-8")
    head, *rest = SECTION.split(text)
    title, _, lead = head.strip().partition("\n")
    sections = tuple((heading.strip(), _html(body)) for heading, body in zip(rest[::2], rest[1::2], strict=True))
    return Words(title.removeprefix("# ").strip(), _html(lead), sections)


def _html(text: str) -> Markup:
    return Markup(_markdown(text.strip()))  # noqa: S704
