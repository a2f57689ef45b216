"""Is what somebody sent still only text on this page? Read with a parser, as a browser does, and not by searching for spellings."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BEGINS = re.compile(r"<[a-zA-Z!?].{0,14}", re.S)  # a tag with what stands in it first

OURS = (
    "html head body meta title link script main header footer nav section article aside div span p a b i em strong small code pre kbd "
    "samp h1 h2 h3 h4 ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td form fieldset legend label input textarea "
    "select optgroup option button details summary figure figcaption time mark bdi abbr br hr wbr sub sup var q cite del ins output "
    "progress meter dialog template svg g path rect line circle polyline polygon text tspan defs marker use desc noscript dfn search "
    "blockquote img "
)


class _Look(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.alive: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if f" {tag} " not in f" {OURS}":
            self.alive.append(f"<{tag}>")
        if tag in ("script", "img", "link") and not values.get("src", values.get("href", "")).startswith(("/static/", "/")):
            self.alive.append(f"<{tag}> from elsewhere")
        for name, value in values.items():
            begins = "".join(value.split()).lower()[:11]
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.alive.append(f"<{tag} {name}>")
            if name in ("href", "src", "action", "formaction", "xlink:href") and begins.startswith(("javascript:", "vbscript:", "data:")):
                self.alive.append(f"<{tag} {name}={begins}>")

    handle_startendtag = handle_starttag


def comes_back(text: str, html: str) -> bool:
    """Does it stand on the page with a tag or a quote of its own in it? A quick look, for thousands of pages."""
    if any(begin in html for begin in BEGINS.findall(text) if len(begin) > 6):
        return True
    return len(text.strip()) > 3 and any(character in text for character in "<>\"'") and text in html


def alive(html: str) -> list[str]:
    """Elements, handlers and addresses on a page that none of our templates writes."""
    look = _Look()
    look.feed(html)
    look.close()
    return look.alive
