"""Named values are found fast, and exactly as the plain expressions find them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.views.secret_names import NAMED_MEMBER, NAMED_PAIR, members_in, pairs_in, rewritten

PIECES = (
    "access_token", "code", "state", "my.secret-x", "authorization", "token_endpoint", "apikey", "name", "x", "-", ".", "_", "=", "==", "&",
    "?", ";", "#", "#3f9a", '"', "'", ":", " ", "\n", "\\", '\\"', '\\\\"', "{", "}", ",", "(", "<", ">", "value-1",
    "é", "\u212a", "a" * 139, "b" * 61,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=24).map("".join) | st.text(max_size=40)


def spans(found: object) -> list[tuple[int, int]]:
    return [match.span() for match in found]  # type: ignore[attr-defined]


@settings(max_examples=1_500, deadline=None)
@given(TEXTS)
@example('{"access_token": "a", "state":"b","code" : "c=d&code=e"}')
@example("code=a=b&state=c\ncode=d#code=e")
def test_the_fast_search_finds_what_the_expressions_find(text: str) -> None:
    assert spans(members_in(text)) == spans(NAMED_MEMBER.finditer(text))
    assert spans(pairs_in(text)) == spans(NAMED_PAIR.finditer(text))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_text_is_rewritten_as_the_expressions_would(text: str) -> None:
    def write(match: re.Match[str]) -> str:
        return f"<{match['name']}>"

    assert rewritten(text, pairs_in(text), write) == NAMED_PAIR.sub(write, text)


@pytest.mark.parametrize("text", ["a" * 200_000, '"' * 200_000, "a=" * 100_000, '"a' * 100_000, '"a":' * 50_000, "code=" * 40_000])
def test_a_hostile_text_is_searched_in_a_blink(text: str) -> None:
    began = time.process_time()
    assert len(spans(members_in(text))) + len(spans(pairs_in(text))) >= 0
    assert time.process_time() - began < 2.0  # a quadratic search takes minutes
