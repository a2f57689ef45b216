"""JSON: what is accepted, what is refused and why, and what is odd. Rows in the spirit of JSONTestSuite (y, n, i), own cases."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import DEEPEST_JSON as DEEPEST
from app.wire.parse.bounds import BOUNDS
from app.wire.parse.json import looks_like_html, pointer_range, read_json

ACCEPTED = [
    b"{}",
    b"[]",
    b"0",
    b"-0",
    b"1.5e-3",
    b"1E+2",
    b'""',
    b"null",
    b"true",
    b" \t\r\n[1 , 2]\n",
    b'{"a":{"b":[1,{}]}}',
    b'"\\u00e9\\n\\/"',
    b'"\\ud83d\\ude00"',
    '"\u00e9\u2028\x7f"'.encode(),
    b'{"":0}',
    b'{"a\\u0000b":1}',
    b"[[]]",
    b"123456789012345678901234567890",
]
REFUSED = [
    b"",
    b" ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[1",
    b"[1,",
    b"[1,]",
    b"[,1]",
    b"[1 2]",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b"{a:1}",
    b"{'a':1}",
    b"{1:1}",
    b'{"a":1 "b":2}',
    b'{"a":1}}',
    b"[1]]",
    b"1 2",
    b"{}x",
    b"tru",
    b"True",
    b"nul",
    b"01",
    b"-01",
    b"+1",
    b".5",
    b"1.",
    b"1e",
    b"1e+",
    b"0x1",
    b"--1",
    b"NaN",
    b"[Infinity]",
    b"-Infinity",
    b'"',
    b'"a',
    b'"\\"',
    b'"\\x"',
    b'"\\u12"',
    b'"a\nb"',
    b'"\t"',
    b'"\0"',
    b"/**/1",
    b"1//",
    b"\xa0",
    b"[\xff]",
    b"\x0c1",
    b"<html>",
    b"undefined",
    b"'a'",
    b"\\",
    b"\0",
    b'["a",\n4\n,1,',
]
EITHER = [
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b"1e999",
    b"-1e999",
    b"1e-999",
    b"\xef\xbb\xbf{}",
    b'{"a":1,"a":2}',
    b"[" * 500 + b"]" * 500,
    b"9" * 5000,
]


@pytest.mark.parametrize("body", ACCEPTED)
def test_json_is_accepted(body: bytes) -> None:
    read = read_json(body)
    assert (read.error, read.at, read.oddities) == ("", -1, ())
    assert read.value == json.loads(body)


@pytest.mark.attack("B3")
@pytest.mark.parametrize("body", REFUSED)
def test_what_is_not_json_is_refused_with_a_sentence(body: bytes) -> None:
    read = read_json(body)
    assert read.value is None
    assert read.error.endswith(".") and read.at >= 0


@pytest.mark.parametrize("body", EITHER, ids=range(len(EITHER)))
def test_what_parsers_disagree_on_is_read_or_refused_but_never_raises(body: bytes) -> None:
    read = read_json(body)
    assert read.error or json.dumps(read.value, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("body", "slug", "value"),
    [
        (b"\xef\xbb\xbf[1]", "bom", [1]),
        ("[1]".encode("utf-16"), "utf16", [1]),
        ("[1]".encode("utf-16-le"), "utf16", [1]),
        ("[1]".encode("utf-16-be"), "utf16", [1]),
        ("[1]".encode("utf-32"), "utf16", [1]),
        (b'["\xff"]', "not_utf8", ["\ufffd"]),
        (b'["\\ud800x"]', "lone_surrogate", ["\ufffdx"]),
        (b'{"\\udc00":1}', "lone_surrogate", {"\ufffd": 1}),
        (b'{"a":1,"a":2}', "duplicate_member", {"a": 2}),
        (b"[1e999]", "big_number", [1.7976931348623157e308]),
        (b"[-" + b"9" * 401 + b"]", "big_number", [-1.7976931348623157e308]),
    ],
)
def test_an_oddity_is_named_and_the_value_can_be_written(body: bytes, slug: str, value: object) -> None:
    read = read_json(body)
    assert (read.error, read.value) == ("", value)
    assert slug in [oddity.slug for oddity in read.oddities]
    json.dumps(read.value, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(("body", "slug"), [(b'["NaN", NaN]', "nan"), (b"[1] \n x", "trailing_bytes"), (b"[-Infinity]", "nan")])
def test_an_oddity_that_makes_it_no_json_is_both(body: bytes, slug: str) -> None:
    read = read_json(body)
    assert (read.value, [o.slug for o in read.oddities]) == (None, [slug])
    span = body[read.oddities[0].start : read.oddities[0].end]
    assert span in (b"NaN", b"-Infinity", b"x")


def test_a_repeated_member_is_named_with_its_pointer_and_place() -> None:
    body = '{"\u00e9":[{"a/b":1,"a/b":2}],"\u00e9":3}'.encode()
    odd = read_json(body).odd("duplicate_member")
    assert [(o.pointer, body[o.start : o.end].decode()) for o in odd] == [("/\u00e9/0/a~1b", '"a/b"'), ("/\u00e9", '"\u00e9"')]


def test_nesting_is_read_up_to_the_limit_and_refused_behind_it() -> None:
    assert read_json(b"[" * 200 + b"]" * 200).error == ""
    refused = read_json(b"[" * 201 + b"]" * 201)
    assert (refused.at, "deeper than 200" in refused.error) == (200, True)
    assert read_json(b'["[[[[", "\\"[[["]', depth=2).error == ""
    assert "deeper than" in read_json(b'{"a":' * 100_000).error


def test_a_caller_cannot_ask_for_more_depth_than_python_has() -> None:
    assert read_json(b"[" * DEEPEST + b'"\\ud800"' + b"]" * DEEPEST, depth=100_000).error == ""
    assert read_json(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), depth=100_000).error


def test_the_longest_integer_is_kept_and_the_next_one_is_not() -> None:
    assert read_json(b"9" * BOUNDS.json_digits).value == 10**BOUNDS.json_digits - 1
    assert isinstance(read_json(b"9" * (BOUNDS.json_digits + 1)).value, float)
    assert read_json(b"9" * 500_000).error == ""


def test_the_place_of_an_error_is_a_byte_offset() -> None:
    body = '["\u00e9\u00e9", x]'.encode()
    read = read_json(body)
    assert body[read.at : read.at + 1] == b"x"
    assert "character 7" in read.error
    marked = b"\xef\xbb\xbf" + body
    assert marked[read_json(marked).at :] == b"x]"


def test_only_objects_are_documents() -> None:
    assert read_json(b'{"a":1}').is_object and read_json(b'{"a":1}').document == {"a": 1}
    assert not read_json(b"[1]").is_object and read_json(b"[1]").document == {}
    assert not read_json(b"{").is_object


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (b"<!DOCTYPE html><p>", True),
        (b" \n<HTML lang=en>", True),
        (b"\xef\xbb\xbf<html>", True),
        (b'<?xml version="1.0"?><!doctype html>', True),
        (b"<!-- x --><html>", True),
        (b"<head>", True),
        (b"<htmlx>", False),
        (b'{"a":"<html>"}', False),
        (b"<a>", False),
        (b"", False),
    ],
)
def test_html_is_known_by_its_beginning(body: bytes, html: bool) -> None:
    assert looks_like_html(body) is html
    assert ("HTML" in read_json(body).error) is html


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_what_is_written_is_read_back(value: object, ascii_only: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()).value == value


@given(st.binary(max_size=60) | st.text('[]{}:,"\\ud8 01NaInfty-.eE\n', max_size=40).map(str.encode), st.sampled_from(["", "/a", "/0/1"]))
def test_any_bytes_are_read(body: bytes, pointer: str) -> None:
    read = read_json(body)
    assert (read.value is None) or not read.error
    assert all(0 <= o.start <= o.end <= len(body) for o in read.oddities)
    pointer_range(body, pointer)
    json.dumps(read.value, allow_nan=False).encode()
