"""The words of a page, without its tags."""

from __future__ import annotations

from html.parser import HTMLParser


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def words_of(html: str) -> str:
    """All text of a page, blanks made one."""
    parser = _Words()
    parser.feed(html)
    return " ".join(" ".join(parser.found).split())
