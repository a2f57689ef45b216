"""The bytes behind a JSON pointer (RFC 6901)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.parse.json import pointer_range

DOCUMENT = '{"\u00e9":[1,{"b/c":"x~"},[]],"":{"~":null},"n":{"n":1,"n":[2]},"q":"}\\"{"}'.encode()


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", DOCUMENT),
        ("/\u00e9/0", b"1"),
        ("/\u00e9/1/b~1c", b'"x~"'),
        ("/\u00e9/2", b"[]"),
        ("//~0", b"null"),
        ("/n/n", b"[2]"),
        ("/n/n/0", b"2"),
        ("/q", b'"}\\"{"'),
        ("/\u00e9/3", None),
        ("/\u00e9/01", None),
        ("/zz", None),
        ("n", None),
        ("/q/0", None),
    ],
)
def test_a_pointer_leads_to_its_bytes(pointer: str, found: bytes | None) -> None:
    span = pointer_range(DOCUMENT, pointer)
    assert (DOCUMENT[span[0] : span[1]] if span else None) == found


def test_a_pointer_works_up_to_the_break_of_broken_json() -> None:
    assert pointer_range(b'{"a": 1, "b": [2', "/a") == (6, 7)
    assert pointer_range(b'{"a": 1, "b": [2', "/b") is None
    assert pointer_range(b"\xff\xfe", "/a") is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_every_pointer_leads_to_the_value_that_stands_there(value: object, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    for pointer, inner in _members("", value):
        span = pointer_range(body, pointer)
        assert span is not None and json.loads(body[span[0] : span[1]]) == inner


def _members(pointer: str, value: object) -> list[tuple[str, object]]:
    found = [(pointer, value)]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += _members(f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", inner)
    return found
