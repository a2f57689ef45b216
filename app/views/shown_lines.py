"""Lines of bytes as HTML: names that the specifications know explain themselves, evidence stands out with the finding's number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from app.views.evidence_spots import Spot
from app.views.known_words import Known
from app.views.wire_text import marked, prose

JSON_LINE = re.compile(r'((?:<span class="w">\s*</span>)?)(<span class="nt">.*?</span>)?(.*)', re.DOTALL)
VERDICTS = {"stop": 3, "warn": 2, "note": 1}


@dataclass
class Marker:
    """Makes lines of one page. Remembers which findings have been marked already, so that each gets one anchor, and counts the tips."""

    prefix: str  # of the ids: one for each side
    anchored: set[int] = field(default_factory=set)
    tips: int = 0

    def tip(self, name: Markup, known: Known | None) -> Markup:
        """A name that explains itself on hover and on focus, without a script."""
        if known is None:
            return name
        self.tips += 1
        tip_id = f"{self.prefix}-tip-{self.tips}"
        need = {"required": " Required.", "recommended": " Recommended.", "oidc": " Required in OpenID Connect."}.get(known.need, "")
        return Markup(
            '<span class="known"><dfn tabindex="0" aria-describedby="{id}">{name}</dfn>'
            '<span class="tip" role="tooltip" id="{id}">{means}{need} '
            '<a href="{url}" rel="noopener noreferrer" target="_blank">{clause}</a></span></span>'
        ).format(id=tip_id, name=name, means=prose(known.means), need=need, url=known.url, clause=known.clause)

    def mark(self, line: Markup, spots: Sequence[Spot]) -> Markup:
        """The line as evidence of these findings; the first mark of each finding is where its card jumps to."""
        if not spots:
            return line
        return self.marked(line, spots) + self.badges(spots)

    def marked(self, line: Markup, spots: Sequence[Spot]) -> Markup:
        """The line marked, without the findings' numbers."""
        worst = max(spots, key=lambda spot: VERDICTS.get(spot.verdict, 0)).verdict
        return Markup('<mark class="{}">{}</mark>').format(worst, line)

    def badges(self, spots: Sequence[Spot]) -> Markup:
        """The numbers of the findings that have not been marked before, each a way to its card."""
        new = [number for number in dict.fromkeys(spot.number for spot in spots) if number not in self.anchored]
        self.anchored.update(new)
        badge = Markup('<a class="to-finding" id="m{n}" href="#f{n}"><span class="sr">finding </span>{n}</a>')
        return Markup(" ").join(badge.format(n=number) for number in new)


def start_line(text: str) -> Markup:
    """A request line or status line."""
    return Markup('<span class="start-line">{}</span>').format(text)


def header_line(text: str, marker: Marker, known: Known | None, spots: Sequence[Spot]) -> Markup:
    """One header line; its name explains itself."""
    name, _, value = text.partition(":")
    shown = marker.tip(Markup('<span class="header-name">{}</span>').format(name), known)
    return marker.mark(Markup("{}:{}").format(shown, marked(escape(value))), spots)


def json_line(coloured: str, marker: Marker, known: Known | None, spots: Sequence[Spot]) -> Markup:
    """One line of coloured JSON (already HTML); its member's name explains itself."""
    found = JSON_LINE.fullmatch(coloured)
    before, name, rest = found.groups("") if found else ("", "", coloured)
    shown = marker.tip(Markup(name), known) if name else Markup()  # noqa: S704
    return Markup(before) + marker.mark(shown + marked(Markup(rest)), spots)  # noqa: S704


def text_line(text: str, marker: Marker, spots: Sequence[Spot], needle: str = "") -> Markup:
    """One line of plain text. Where `needle` stands in it, only that is marked."""
    if needle and needle in text and spots:
        before, _, after = text.partition(needle)
        return marked(escape(before)) + marker.mark(marked(escape(needle)), spots) + marked(escape(after))
    return marker.mark(marked(escape(text)), spots)


def joined(lines: Iterable[Markup]) -> Markup:
    """The lines, one below the other."""
    return Markup("\n").join(lines)
