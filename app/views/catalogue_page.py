"""The public catalogue of checks: what is asked, of what, and what to do when the answer is no."""

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
from app.views.wire_text import prose
from app.views.words import Words, words

FAMILIES = (*NAMES, "transport", "across")
FAMILY_TITLES = {**TITLES, "transport": "Transport", "across": "Across exchanges"}


@dataclass(frozen=True)
class CheckView:
    """One check."""

    code: Annotated[str, "the catalogue code"]
    href: Annotated[str, "its page"]
    title: Annotated[Markup, "what is asked"]
    verdict: Annotated[str, "the colour of its level under the newest revision"]
    glyph: Annotated[str, "the glyph of that level"]
    level: Annotated[str, "that level in words"]
    expected: Annotated[Markup, "what the specification expects"]
    why: Annotated[Markup, "why it matters"]
    spec_name: Annotated[str, "the clause"]
    spec_url: Annotated[str, "where to read it"]
    fix_operator: Annotated[Markup, "what the operator changes"]
    fix_client: Annotated[Markup, "what the client's author changes"]
    levels: Annotated[tuple[tuple[str, str], ...], "(revision, level) in order"]


@dataclass(frozen=True)
class Family:
    """The checks of one step."""

    name: Annotated[str, "the family's name, the first half of its codes"]
    title: Annotated[str, "its title"]
    words: Annotated[Words, "its introduction"]
    checks: Annotated[tuple[CheckView, ...], "its checks by code"]


@dataclass(frozen=True)
class CataloguePage:
    """All that templates/pages/checks.html prints."""

    title: Annotated[str, "the page's title"]
    count: Annotated[int, "how many checks there are"]
    families: Annotated[tuple[Family, ...], "in the order of the walk"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


@dataclass(frozen=True)
class CheckPage:
    """All that templates/pages/check.html prints."""

    title: Annotated[str, "the page's title"]
    family: Annotated[Family, "the family, with its introduction"]
    check: Annotated[CheckView, "the check"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


def catalogue_page(checks: Iterable[Check], *, settings: Terms) -> CataloguePage:
    """Every check, by family."""
    by_family: dict[str, list[CheckView]] = {}
    for one in checks:
        by_family.setdefault(one.code.partition(".")[0], []).append(check_view(one))
    names = [*(n for n in FAMILIES if n in by_family), *sorted(set(by_family) - set(FAMILIES))]
    families = tuple(_family(name, by_family[name]) for name in names)
    return CataloguePage("Checks", sum(len(f.checks) for f in families), families, keeping(settings))


def check_page(check: Check, *, settings: Terms) -> CheckPage:
    """One check."""
    view = check_view(check)
    return CheckPage(view.code, _family(check.code.partition(".")[0], [view]), view, keeping(settings))


def _family(name: str, checks: list[CheckView]) -> Family:
    return Family(name, FAMILY_TITLES.get(name, name.capitalize()), words(f"checks/{name}"), tuple(sorted(checks, key=lambda c: c.code)))


def check_view(check: Check) -> CheckView:
    """One check with its level under every revision."""
    levels = tuple((name, level_for(check, name) or "not asked") for name in REVISIONS)
    newest = levels[-1][1]
    asked = newest if newest != "not asked" else next((level for _, level in reversed(levels) if level != "not asked"), "")
    return CheckView(
        code=check.code,
        href=f"/checks/{check.code}",
        title=prose(check.title),
        verdict=asked.lower(),
        glyph=GLYPHS.get(asked.lower(), "i"),
        level=asked,
        expected=prose(check.expected),
        why=prose(check.why),
        spec_name=check.spec.name,
        spec_url=check.spec.url,
        fix_operator=prose(check.fix_operator),
        fix_client=prose(check.fix_client),
        levels=levels,
    )
