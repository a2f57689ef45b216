"""A finding as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from app.checks.model import Evidence, Finding
from app.views.mask import Mask
from app.views.url_marks import marked_texts
from app.views.visible import shortened, visible
from app.views.wire_text import prose

LONGEST = 1_200  # characters of one sentence; what a gateway says in it may be a book
GLYPHS = {"ok": "✓", "note": "i", "warn": "!", "stop": "✗", "": "–"}
WORDS = {"ok": "as expected", "note": "note", "warn": "warning", "stop": "stop", "": "nothing to judge"}
ORDER = ("stop", "warn", "note", "ok")


@dataclass(frozen=True)
class FindingView:
    """One finding. Texts are masked and visible."""

    code: Annotated[str, "the catalogue code, for data-code"]
    level: Annotated[str, "STOP, WARN or NOTE, for data-level"]
    verdict: Annotated[str, "stop, warn or note: the colour"]
    glyph: Annotated[str, "the verdict's glyph"]
    title: Annotated[Markup, "the check's title"]
    says: Annotated[Markup, "what was seen"]
    expected: Annotated[Markup, "what the specification expects"]
    actual: Annotated[Markup, "what came instead"]
    why: Annotated[Markup, "why it matters"]
    spec_name: Annotated[str, "the clause"]
    spec_url: Annotated[str, "where to read it"]
    fix_operator: Annotated[Markup, "what the operator of the gateway changes"]
    fix_client: Annotated[Markup, "what the author of a client changes"]
    entry: Annotated[int, "the exchange or leg that it is about"]
    where: Annotated[str, "where to look: side and header, member or bytes"]
    past: Annotated[str, "why it no longer counts, or empty"]
    href: Annotated[str, "the exchange's page, or the run page's anchor"]
    anchor: Annotated[str, "its place on the run page, for links to it"]
    is_repeat: Annotated[bool, "is the same code told in full at a newer exchange? Then one sentence is enough"] = False
    differs: Annotated[str, "where expected and received are two URLs: the piece in which they differ, in words"] = ""


def finding_view(finding: Finding, hide: Mask, run_id: str, *, is_repeat: bool = False) -> FindingView:
    """One finding, masked. A repeat carries its first sentence only."""

    def text(value: str) -> Markup:
        return prose(shortened(visible(hide(value)), LONGEST))

    pair = None if is_repeat else marked_texts(hide(finding.expected), hide(finding.actual))
    expected, actual, differs = pair or (text(finding.expected), text(finding.actual), "")
    return FindingView(
        code=finding.code,
        level=finding.level,
        verdict=finding.level.lower(),
        glyph=GLYPHS.get(finding.level.lower(), "i"),
        title=text(finding.title),
        says=text(finding.says),
        expected=text("") if is_repeat else expected,
        actual=text("") if is_repeat else actual,
        why=text("" if is_repeat else finding.why),
        spec_name=finding.spec.name,
        spec_url=finding.spec.url,
        fix_operator=text("" if is_repeat else finding.fix_operator),
        fix_client=text("" if is_repeat else finding.fix_client),
        entry=finding.entry,
        where=visible(hide(place(finding.evidence)), one_line=True),
        past=visible(hide(finding.past)),
        href=f"#e{finding.evidence.entry or finding.entry}",
        anchor=f"finding-{finding.entry}-{finding.code}",
        is_repeat=is_repeat,
        differs=differs,
    )


def place(evidence: Evidence) -> str:
    """Where the evidence stands, in words."""
    if evidence.header:
        return f"{evidence.side}, header {evidence.header}"
    if evidence.pointer.startswith("?"):
        return f"{evidence.side}, parameter {evidence.pointer[1:]}"
    if evidence.pointer:
        return f"{evidence.side}, member {evidence.pointer}"
    if evidence.end > evidence.start:
        return f"{evidence.side}, bytes {evidence.start:,} to {evidence.end:,}"
    return evidence.side


def worst(findings: Iterable[Finding]) -> str:
    """The verdict of the worst finding that still counts, or an empty string."""
    levels = {finding.level.lower() for finding in findings if not finding.past}
    return next((level for level in ORDER if level in levels), "")
