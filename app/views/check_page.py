"""The page of one check: what people see, the rule, an exchange that fails and one that passes, the fixes, what is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from app.checks.model import Check, Finding
from app.flow.log import Choice, Entry, Leg
from app.views.catalogue_page import CheckView, Family, Told, check_view, family_of
from app.views.finding_view import place
from app.views.keeping import Terms, keeping
from app.views.leg_view import rows_of
from app.views.mask import Mask
from app.views.visible import visible
from app.views.wire_text import NOTHING, Row, Side, prose, request_side, response_side
from app.wire.messages import Exchange
from app.wire.parse.form import query_of


class _Clear(Mask):
    """Nothing is hidden: the tokens of examples are made up."""

    def __call__(self, text: str) -> str:
        return text

    def pair(self, name: str, value: str) -> str:
        return value


CLEAR = _Clear(())


@dataclass(frozen=True)
class Story:
    """What the page is made of. `printed` is (client, sentence); `related` is (title, code, in what way)."""

    told: Told
    printed: tuple[tuple[str, str], ...] = ()
    related: tuple[tuple[str, str, str], ...] = ()
    finding: Finding | None = None
    fails: Entry | None = None
    passes: Entry | None = None
    others: tuple[str, ...] = ()  # what other checks found in the exchange that passes
    faults: tuple[tuple[str, str], ...] = ()  # (slug, title) of the practice gateway's faults that it finds


@dataclass(frozen=True)
class ExampleView:
    """One exchange or browser leg of an example walk, in clear."""

    title: Annotated[str, "method and URL, or what the browser did"]
    outcome: Annotated[str, "the status, or how the exchange failed"]
    request: Annotated[Side, "what was sent"]
    response: Annotated[Side, "what came"]
    rows: Annotated[tuple[Row, ...], "the parameters of a browser leg"] = ()


@dataclass(frozen=True)
class CheckPage:
    """All that templates/pages/check.html prints."""

    title: Annotated[str, "the page's title"]
    family: Annotated[Family, "the family, with its introduction"]
    check: Annotated[CheckView, "the check"]
    summary: Annotated[str, "one plain sentence for search engines"]
    printed: Annotated[tuple[tuple[str, str], ...], "(client, what it prints)"]
    related: Annotated[tuple[tuple[str, str, str], ...], "(title, code, in what way)"]
    says: Annotated[Markup, "what this check says of the example"]
    expected: Annotated[Markup, "what it expected there"]
    actual: Annotated[Markup, "what stands there"]
    where: Annotated[str, "where to look in the example"]
    fails: Annotated[ExampleView | None, "the exchange that fails"]
    passes: Annotated[ExampleView | None, "the exchange that passes"]
    is_same: Annotated[bool, "do both have the same bytes, so that only what went before differs?"]
    others: Annotated[tuple[str, ...], "what other checks found in the exchange that passes"]
    practise: Annotated[tuple[tuple[str, str], ...], "(where to open a practice gateway that has it, what is broken there)"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


def check_page(one: Check | Story, *, settings: Terms) -> CheckPage:
    """One check with its example."""
    story = one if isinstance(one, Story) else Story(Told(one))
    view = check_view(story.told.check, story.told.symptom)
    finding, fails, passes = story.finding, _example(story.fails), _example(story.passes)
    return CheckPage(
        title=view.code,
        family=family_of(view.code.partition(".")[0], [view]),
        check=view,
        summary=f"{view.title.striptags()}. {view.symptom.striptags()}".strip(),
        printed=tuple((client, visible(sentence)) for client, sentence in story.printed),
        related=story.related,
        says=_text(finding.says if finding else ""),
        expected=_text(finding.expected if finding else ""),
        actual=_text(finding.actual if finding else ""),
        where=visible(place(finding.evidence), one_line=True) if finding else "",
        fails=fails,
        passes=passes,
        is_same=fails is not None and fails == passes,
        others=story.others,
        practise=tuple((f"/practice/faults?fault={slug}", title) for slug, title in story.faults),
        keeping=keeping(settings),
    )


def _text(said: str) -> Markup:
    return prose(visible(said))


def _example(entry: Entry | None) -> ExampleView | None:
    if entry is None or isinstance(entry.body, Choice):
        return None
    body = entry.body
    if isinstance(body, Exchange):
        title = f"{body.request.method} {visible(body.request.url, one_line=True)}"
        outcome = body.failure.says if body.failure else f"{body.response.status}" if body.response else ""
        return ExampleView(title, visible(outcome), request_side(body, CLEAR), response_side(body, CLEAR))
    return _leg(body)


def _leg(leg: Leg) -> ExampleView:
    went = "The browser leaves for" if leg.kind == "authorize" else f"The browser comes back with {leg.method}"
    text = leg.body.decode("latin-1") if leg.method == "POST" else query_of(leg.url)
    return ExampleView(f"{went} {visible(leg.url.partition('?')[0], one_line=True)}", "", NOTHING, NOTHING, rows_of(text, CLEAR))
