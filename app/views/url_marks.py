"""Two URLs side by side: the characters that differ are marked, and the piece that differs is named."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from markupsafe import Markup

from app.views.visible import shortened, visible
from app.views.wire_text import prose
from app.wire.parse.url import compare

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,15}://[^\s'\"`<>]+")
PIECE = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)
LONGEST = 1_200  # characters of one text; longer ones are cut before they are compared
BEGIN, END = "\ue000", "\ue001"  # private characters that stand for <mark> until everything else has been escaped


def marked_pair(one: str, two: str) -> tuple[Markup, Markup]:
    """Both texts, safe, with the characters that differ in <mark>. Nothing is marked where they are equal."""
    cut = tuple(_without_marks(shortened(text, LONGEST)) for text in (one, two))
    left, right = _marks(*cut)
    return _shown(left), _shown(right)


def marked_texts(one: str, two: str) -> tuple[Markup, Markup, str] | None:
    """The same for two sentences that hold one URL each, and the difference in words. None where there is nothing to compare."""
    found, other = _only_url(one), _only_url(two)
    if found is None or other is None or found[0] == other[0]:
        return None
    left, right = _marks(_without_marks(found[0]), _without_marks(other[0]))
    shown = [
        _shown(_without_marks(text[: m.start()]) + marks + _without_marks(text[m.end() :]))
        for text, m, marks in ((one, found, left), (two, other, right))
    ]
    return shown[0], shown[1], compare(found[0], other[0]).says


def _only_url(text: str) -> re.Match[str] | None:
    found = list(URL.finditer(text))
    return found[0] if len(found) == 1 and len(text) <= LONGEST else None


def _without_marks(text: str) -> str:
    return text.replace(BEGIN, "").replace(END, "")


def _marks(one: str, two: str) -> tuple[str, str]:
    """Compared word by word first, so that a host that differs is not marked letter by letter at random."""
    left, right = PIECE.findall(one), PIECE.findall(two)
    out_left, out_right = "", ""
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        x, y = "".join(left[a:b]), "".join(right[c:d])
        if tag == "equal":
            out_left, out_right = out_left + x, out_right + y
            continue
        head = _alike(x, y)
        tail = _alike(x[head:][::-1], y[head:][::-1])
        out_left, out_right = out_left + _around(x, head, tail), out_right + _around(y, head, tail)
    return out_left, out_right


def _alike(one: str, two: str) -> int:
    """How many characters both begin with."""
    return next((n for n, (x, y) in enumerate(zip(one, two, strict=False)) if x != y), min(len(one), len(two)))


def _around(text: str, head: int, tail: int) -> str:
    middle = text[head : len(text) - tail]
    return text[:head] + (f"{BEGIN}{middle}{END}" if middle else "") + text[len(text) - tail :]


def _shown(text: str) -> Markup:
    return Markup(str(prose(visible(text))).replace(BEGIN, '<mark class="differs">').replace(END, "</mark>"))  # noqa: S704
