"""The public catalogue of checks: what is asked, of what, what people see, and who prints what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from app.checks.model import Check, level_for
from app.flow.revisions import REVISIONS
from app.flow.steps import NAMES
from app.views.finding_view import GLYPHS
from app.views.keeping import Terms, keeping
from app.views.steps import TITLES
from app.views.visible import shortened, visible
from app.views.wire_text import prose
from app.views.words import Words, words

FAMILIES = (*NAMES, "transport", "across")
FAMILY_TITLES = {**TITLES, "transport": "Transport", "across": "Across exchanges"}
NOT_ASKED = "not asked"
PASTED_SHOWN = 4_000  # characters of the paste that stand in the field again
Levels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told:
    """One check and what people see of it."""

    check: Check
    symptom: str = ""


@dataclass(frozen=True)
class Answer:
    """One entry for a pasted error: who prints it, and which words of the paste said so."""

    told: Told
    client: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class CheckView:
    """One check."""

    code: Annotated[str, "the catalogue code"]
    href: Annotated[str, "its page"]
    title: Annotated[Markup, "what is asked"]
    symptom: Annotated[Markup, "what people see"]
    verdict: Annotated[str, "the colour of its level under the newest revision"]
    glyph: Annotated[str, "the glyph of that level"]
    level: Annotated[str, "its level by revision, in words"]
    expected: Annotated[Markup, "what the specification expects"]
    why: Annotated[Markup, "why it matters"]
    spec_name: Annotated[str, "the clause"]
    spec_url: Annotated[str, "where to read it"]
    fix_operator: Annotated[Markup, "what the operator changes"]
    fix_client: Annotated[Markup, "what the client's author changes"]
    levels: Annotated[Levels, "(revision, level) in order"]


@dataclass(frozen=True)
class Family:
    """The checks of one step."""

    name: Annotated[str, "the family's name, the first half of its codes"]
    title: Annotated[str, "its title"]
    words: Annotated[Words, "its introduction"]
    checks: Annotated[tuple[CheckView, ...], "its checks by code"]


@dataclass(frozen=True)
class AnswerView:
    """One answer to a pasted error."""

    check: Annotated[CheckView, "the entry"]
    client: Annotated[str, "who prints it"]
    words: Annotated[str, "the words that were found in the paste"]


@dataclass(frozen=True)
class CataloguePage:
    """All that templates/pages/checks.html prints."""

    title: Annotated[str, "the page's title"]
    count: Annotated[int, "how many checks are listed"]
    families: Annotated[tuple[Family, ...], "in the order of the walk"]
    query: Annotated[str, "what was searched, visible"]
    pasted: Annotated[str, "what was pasted, visible; empty where nothing was"]
    answers: Annotated[tuple[AnswerView, ...], "the entries for it, best first"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


def catalogue_page(
    listed: Iterable[Check | Told], *, settings: Terms, query: str = "", pasted: str = "", answers: Iterable[Answer] = ()
) -> CataloguePage:
    """The checks by family, below what was searched or pasted."""
    by_family: dict[str, list[CheckView]] = {}
    for one in listed:
        told = one if isinstance(one, Told) else Told(one)
        by_family.setdefault(told.check.code.partition(".")[0], []).append(check_view(told.check, told.symptom))
    names = [*(n for n in FAMILIES if n in by_family), *sorted(set(by_family) - set(FAMILIES))]
    families = tuple(family_of(name, by_family[name]) for name in names)
    return CataloguePage(
        title=f"Checks: {visible(shortened(query, 60), one_line=True)}" if query else "Checks",
        count=sum(len(f.checks) for f in families),
        families=families,
        query=visible(shortened(query, 200), one_line=True),
        pasted=visible(shortened(pasted, PASTED_SHOWN)),
        answers=tuple(
            AnswerView(check_view(a.told.check, a.told.symptom), visible(a.client), visible(" … ".join(a.words))) for a in answers
        ),
        keeping=keeping(settings),
    )


def family_of(name: str, checks: list[CheckView]) -> Family:
    """A family with its introduction and these of its checks."""
    return Family(name, FAMILY_TITLES.get(name, name.capitalize()), words(f"checks/{name}"), tuple(sorted(checks, key=lambda c: c.code)))


def check_view(check: Check, symptom: str = "") -> CheckView:
    """One check with its level under every revision."""
    levels = tuple((name, level_for(check, name) or NOT_ASKED) for name in REVISIONS)
    newest = levels[-1][1]
    asked = newest if newest != NOT_ASKED else next((level for _, level in reversed(levels) if level != NOT_ASKED), "")
    return CheckView(
        code=check.code,
        href=f"/checks/{check.code}",
        title=prose(check.title),
        symptom=prose(symptom),
        verdict=asked.lower(),
        glyph=GLYPHS.get(asked.lower(), "i"),
        level=levels_in_words(levels),
        expected=prose(check.expected),
        why=prose(check.why),
        spec_name=check.spec.name,
        spec_url=check.spec.url,
        fix_operator=prose(check.fix_operator),
        fix_client=prose(check.fix_client),
        levels=levels,
    )


def levels_in_words(levels: Levels) -> str:
    """`WARN, STOP from 2025-11-25`: a level and where it changes."""
    told: list[str] = []
    before = ""
    for name, level in levels:
        if level != before:
            told.append(level if not before else f"{level} from {name}")
            before = level
    return ", ".join(told[1:] if told[0] == NOT_ASKED and len(told) > 1 else told)
