"""Verdicts of an audit as rows of a table: on the audit's page, on the score sheet and in comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from markupsafe import Markup

from app.views.mask import Mask
from app.views.visible import shortened, visible
from app.views.wire_text import prose

LOOKS = {  # verdict word -> (glyph, the verdict's colour)
    "enforced": ("✓", "ok"),
    "not enforced": ("✗", "stop"),
    "advertised only": ("i", "note"),
    "could not judge": ("?", "none"),
}


class AttemptLike(Protocol):
    """An attempt, as far as a page needs to know it."""

    @property
    def slug(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def sends(self) -> str: ...
    @property
    def good(self) -> str: ...
    @property
    def needs(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def spec(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def costs(self) -> str: ...


class VerdictLike(Protocol):
    """A verdict on an attempt."""

    @property
    def slug(self) -> str: ...
    @property
    def word(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def entries(self) -> tuple[int, ...]: ...
    @property
    def control(self) -> int: ...


@dataclass(frozen=True)
class Row:
    """One verdict."""

    slug: Annotated[str, "the attempt, for data-attempt"]
    label: Annotated[str, "the attempt in words"]
    sends: Annotated[str, "what is sent"]
    word: Annotated[str, "enforced, not enforced, advertised only or could not judge"]
    glyph: Annotated[str, "the verdict's glyph"]
    colour: Annotated[str, "ok, stop, note or none"]
    says: Annotated[Markup, "why"]
    evidence: Annotated[tuple[tuple[int, str], ...], "(number, address) of each exchange to look at"]
    control: Annotated[tuple[int, str] | None, "the exchange that was let in with everything right"]
    level: Annotated[str, "MUST, SHOULD or best practice"]
    spec: Annotated[str, "the clause"]
    url: Annotated[str, "where to read it"]


def verdict_rows(run_id: str, attempts: Sequence[AttemptLike], verdicts: Iterable[VerdictLike], hide: Mask) -> tuple[Row, ...]:
    """One row for each verdict, in the order of the attempts."""
    by_slug = {attempt.slug: attempt for attempt in attempts}
    return tuple(_row(run_id, by_slug[verdict.slug], verdict, hide) for verdict in verdicts)


def _row(run_id: str, attempt: AttemptLike, verdict: VerdictLike, hide: Mask) -> Row:
    def link(seq: int) -> tuple[int, str]:
        return seq, f"/runs/{run_id}/exchanges/{seq}"

    glyph, colour = LOOKS[verdict.word]
    if verdict.word == "not enforced" and attempt.level != "MUST":
        glyph, colour = "!", "warn"
    return Row(
        slug=attempt.slug,
        label=attempt.label,
        sends=attempt.sends,
        word=verdict.word,
        glyph=glyph,
        colour=colour,
        says=prose(visible(shortened(hide(verdict.says), 600))),
        evidence=tuple(map(link, verdict.entries)),
        control=link(verdict.control) if verdict.control else None,
        level=attempt.level,
        spec=attempt.spec,
        url=attempt.url,
    )


def summary(rows: Sequence[Row]) -> str:
    """`12 enforced, 1 not enforced, 1 could not be judged`."""
    counts = [(word, sum(row.word == word for row in rows)) for word in LOOKS]
    return ", ".join(f"{count} {word}" for word, count in counts if count)
