"""The pictures of a run: who spoke with whom, where the time went, and what became of every code and token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from app.checks.model import Finding
from app.flow.facts import Facts
from app.flow.log import Run
from app.views.keeping import Terms, keeping
from app.views.lifeline import Lifeline, lifeline
from app.views.mask import mask_for, secrets_of
from app.views.sequence import SequencePicture, sequence
from app.views.story import folded, story, window
from app.views.unjudged import unjudged
from app.views.visible import host_of, visible
from app.views.waterfall import Waterfall, waterfall


@dataclass(frozen=True)
class PicturesPage:
    """All that templates/pages/pictures.html prints."""

    title: Annotated[str, "the page's title: the host, never a secret"]
    run_id: Annotated[str, "the run's id"]
    target: Annotated[str, "the MCP URL, masked"]
    sequence: Annotated[SequencePicture, "who spoke with whom"]
    waterfall: Annotated[Waterfall, "where the time went"]
    lifeline: Annotated[Lifeline, "what became of codes and tokens"]
    older: Annotated[str, "where older exchanges are drawn, or empty"]
    newer: Annotated[str, "the same for newer ones"]
    left_out: Annotated[int, "how many older exchanges are not in these pictures"]
    exchanges: Annotated[int, "how many exchanges the run holds"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


def pictures_page(
    run: Run, facts: Facts, findings: Sequence[Finding], main: Finding | None, *, settings: Terms, now: float, until: int = 0
) -> PicturesPage:
    """The pictures of the newest exchanges, or of those up to the entry `until`. Codes and tokens are of the whole run."""
    hide, here = mask_for(secrets_of(run)), f"/runs/{run.id}"
    groups = story(run, findings, main, hide, keep=lambda entry: True)
    groups = tuple(map(unjudged, groups)) if facts.is_veiled else groups
    page = window(groups, until)
    base, stretches = here + (f"?until={until}" if page.newer else ""), folded(page.groups)
    return PicturesPage(
        title=f"Pictures · {host_of(run.target)}",
        run_id=run.id,
        target=visible(hide(run.target), one_line=True),
        sequence=sequence(run, stretches, hide, base=base),
        waterfall=waterfall(run, stretches, base=base),
        lifeline=lifeline(run, facts, hide, base=here, now=now),
        older=page.older,
        newer=page.newer,
        left_out=page.left_out,
        exchanges=sum(group.exchanges for group in groups),
        keeping=keeping(settings),
    )
