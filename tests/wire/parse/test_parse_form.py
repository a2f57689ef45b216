"""Form bodies and query strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.parse.form import ODDITIES_SHOWN, form_oddities, query_of, read_pairs, repeated_names, with_query, write_pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("a=1&b=2&a=3", (("a", "1"), ("b", "2"), ("a", "3"))),
        ("a&b=&=c&&", (("a", ""), ("b", ""), ("", "c"))),
        ("a+b=c%20d%2B", (("a b", "c d+"),)),
        ("a=b=c", (("a", "b=c"),)),
        ("a=%zz%4&b=%", (("a", "%zz%4"), ("b", "%"))),
        ("a=%C3%A9&b=%ff", (("a", "\u00e9"), ("b", "\ufffd"))),
        ("a=\u00e9", (("a", "\u00e9"),)),
        ("a=1;b=2", (("a", "1;b=2"),)),
    ],
)
def test_pairs_keep_their_order_and_their_duplicates(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert read_pairs(text) == pairs


def test_written_pairs_are_plain_ascii() -> None:
    assert write_pairs([("redirect_uri", "http://127.0.0.1:8000/callback"), ("scope", "a b+c~"), ("x", "\u00e9&="), ("", "")]) == (
        "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback&scope=a+b%2Bc~&x=%C3%A9%26%3D&="
    )
    assert write_pairs([("a", "\ud800")]) == "a=%3F"


@given(st.lists(st.tuples(st.text(), st.text())))
def test_what_is_written_is_read_back(pairs: list[tuple[str, str]]) -> None:
    written = write_pairs(pairs)
    assert read_pairs(written) == tuple(pairs)
    assert [o for o in form_oddities(written) if o.slug not in ("repeated_name", "empty_name")] == []


@given(st.text(max_size=60) | st.text("%+&=a\u00e9\ud800 ", max_size=40))
def test_any_text_is_read(text: str) -> None:
    read_pairs(text)
    assert all(0 <= o.start <= o.end <= len(text) for o in form_oddities(text))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://as.test/authorize", "https://as.test/authorize?a=1+2"),
        ("https://as.test/authorize?", "https://as.test/authorize?a=1+2"),
        ("https://as.test/authorize?tenant=%7Ex", "https://as.test/authorize?tenant=%7Ex&a=1+2"),
        ("https://as.test/authorize?x&", "https://as.test/authorize?x&a=1+2"),
        ("https://AS.test:443/a/../b?x=1#top?y", "https://AS.test:443/a/../b?x=1&a=1+2"),
    ],
)
def test_parameters_are_added_behind_the_url_s_own_query(url: str, expected: str) -> None:
    assert with_query(url, [("a", "1 2")]) == expected


def test_no_parameters_leave_the_url_alone_but_for_its_fragment() -> None:
    assert with_query("https://as.test/?x#y", []) == "https://as.test/?x"


def test_a_query_is_cut_out_as_written() -> None:
    assert query_of("https://as.test/cb?a=%7E&b#c?d") == "a=%7E&b"
    assert query_of("https://as.test/cb#?a") == ""


@pytest.mark.parametrize(
    ("text", "slug", "start"),
    [
        ("a=1&b=%zz", "bad_percent", 6),
        ("a=b c", "bad_character", 3),
        ("a=\u00e9", "bad_character", 2),
        ("a&b=%ff", "not_utf8", 2),
        ("a=1&=2", "empty_name", 4),
    ],
)
def test_what_the_encoding_forbids_is_named_with_its_place(text: str, slug: str, start: int) -> None:
    assert (slug, start) in [(o.slug, o.start) for o in form_oddities(text)]


def test_repeated_names_are_listed_once() -> None:
    assert repeated_names(read_pairs("code=1&state=2&code=3&code=4")) == ("code",)
    assert [o.slug for o in form_oddities("a=1&a=2")] == ["repeated_name"]
    assert form_oddities("a=1&b=2") == ()


def test_a_hostile_text_makes_a_bounded_list_of_complaints() -> None:
    assert len(form_oddities("%&=\u00e9" * 20_000)) == ODDITIES_SHOWN
