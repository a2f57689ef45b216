"""Two URLs: what differs is marked, nothing else, and no text of a stranger gets out of its place."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from app.views.url_marks import marked_pair, marked_texts


def marks(html: Markup) -> list[str]:
    return re.findall(r'<mark class="differs">(.*?)</mark>', str(html))


def plain(html: Markup) -> str:
    return html.striptags()


@pytest.mark.attack("K8")
@pytest.mark.parametrize(
    ("one", "two", "left", "right"),
    [
        ("https://a.example/mcp", "https://a.example/mcp", [], []),
        ("https://a.example/mcp", "https://a.example/mcp/", [], ["/"]),
        ("http://a.example/mcp", "https://a.example/mcp", [], ["s"]),
        ("https://a.example:8443/mcp", "https://a.example/mcp", [":8443"], []),
        ("https://a.example/one/mcp", "https://a.example/two/mcp", ["one"], ["two"]),
        ("https://A.example/mcp", "https://a.example/mcp", ["A"], ["a"]),
        ("https://a.internal/mcp", "https://a.intern/mcp", ["al"], []),
    ],
)
def test_only_what_differs_is_marked(one: str, two: str, left: list[str], right: list[str]) -> None:
    a, b = marked_pair(one, two)
    assert (marks(a), marks(b)) == (left, right)
    assert (plain(a), plain(b)) == (one, two)


def test_the_difference_is_said_in_words_too() -> None:
    found = marked_texts("https://a.example/mcp", "'https://a.example/mcp/'")
    assert found is not None and found[2] == "They differ in a slash at the end."


@pytest.mark.parametrize(
    ("one", "two"),
    [("a sentence", "https://a.example"), ("https://a.example", "https://a.example"), ("https://a https://b", "https://c"), ("", "")],
)
def test_where_there_are_no_two_urls_nothing_is_compared(one: str, two: str) -> None:
    assert marked_texts(one, two) is None


@pytest.mark.parametrize(
    "hostile",
    [
        "https://a.example/<script>x</script>",
        "https://a.example/\ue000\ue001\ue001",
        'https://a.example/"onload=x',
        "https://a.example/`x`",
    ],
)
def test_hostile_urls_stay_text_and_marks_stay_whole(hostile: str) -> None:
    for html in (*marked_pair(hostile, "https://b.example/"), *marked_pair("https://b.example/", hostile)):
        assert "<script" not in html and html.count("<mark") == html.count("</mark>") and "\ue000" not in html


def test_a_long_text_is_cut_before_it_is_compared() -> None:
    one, two = marked_pair("https://a.example/" + "a" * 100_000, "https://a.example/" + "b" * 100_000)
    assert len(one) < 3_000 and len(two) < 3_000
