"""Documents compared by pointer."""

from __future__ import annotations

from typing import Any

import pytest

from app.views.json_diff import MOST, Difference, differences


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("/a", "1", "2")]),
        ({"a": 1}, {}, [("/a", "1", "")]),
        ({}, {"a": "x"}, [("/a", "", "x")]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [("/a/b", "[1, 2]", "[1, 3]")]),
        ({"s": ["a", "b"]}, {"s": ["b", "a"]}, []),
        ({"s": ["a"]}, {"s": ["a", "b"]}, [("/s", "a", "a, b")]),
        ({"a": None}, {}, [("/a", "null", "")]),
        ({"a": ""}, {}, [("/a", '""', "")]),
        ({"a": True}, {"a": 1}, [("/a", "true", "1")]),
        ({"a/b~c": 1}, {"a/b~c": 2}, [("/a~1b~0c", "1", "2")]),
        ({"a": {}}, {"a": []}, [("/a", "{}", "[]")]),
    ],
)
def test_members_are_told_by_pointer(left: Any, right: Any, told: list[tuple[str, str, str]]) -> None:
    assert [(d.pointer, d.left, d.right) for d in differences(left, right)] == told


def test_the_kind_says_which_side_lacks_it() -> None:
    assert [Difference("/a", *sides).kind for sides in (("1", ""), ("", "1"), ("1", "2"))] == ["only_left", "only_right", "changed"]


def test_deep_and_wide_documents_are_bounded() -> None:
    deep: Any = 1
    other: Any = 2
    for _ in range(190):
        deep, other = {"a": deep}, {"a": other}
    assert len(differences(deep, other)) == 1
    assert len(differences({str(n): 1 for n in range(5_000)}, {})) == MOST
