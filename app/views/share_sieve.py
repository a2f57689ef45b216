"""A page of a run, made fit for readers of a snapshot: what can be pressed is taken out, addresses lead to the snapshot.

It works on our own HTML, in which text of strangers is escaped: a `<` in it always begins one of our own elements.
"""

from __future__ import annotations

import re

FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
LINK = re.compile(r"<a\b[^>]*>.*?</a>", re.DOTALL)
HREF = re.compile(r'\bhref="([^"]*)"')
ONLY_FOR_THE_OWNER = ("hidden", "compare")  # sections whose point is a form
SECTION = re.compile(rf'<section id="(?:{"|".join(ONLY_FOR_THE_OWNER)})">.*?</section>', re.DOTALL)
SHARED = re.compile(r"(?:|/exchanges/\d+|/pictures|\.json|\.har)(?:[?#].*)?$")  # what there is of a run behind a link


def read_only(html: str, run_id: str, share_id: str) -> str:
    """The page without forms, moves and links that a reader cannot follow; the rest of the run's addresses lead to the snapshot."""
    html = FORM.sub("", SECTION.sub("", html))
    html = LINK.sub(lambda found: _kept(found[0], f"/runs/{run_id}"), html)
    return html.replace(f"/runs/{run_id}", f"/shared/{share_id}")


def _kept(link: str, place: str) -> str:
    opening = link[: link.index(">")]
    address = HREF.search(opening)
    if "data-action=" in opening or address is None:
        return ""
    if address[1].startswith(place):
        return link if SHARED.match(address[1][len(place) :]) else ""
    return link
