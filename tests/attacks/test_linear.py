"""Parsers of what strangers send take work that grows with the text and not with its square: counted in lines that run, not in seconds."""

from __future__ import annotations

import re
import re._constants as constants  # type: ignore[import-untyped]
import re._parser as sre  # type: ignore[import-untyped]
import sys
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.checks.client_errors import entries_for
from app.checks.dry_reading import DISABLED, META_POLICY, UNSEEN
from app.pages.pasted_servers import NOISE
from app.pages.pasted_target import VARIABLE
from app.views.json_text import PIECE
from app.views.visible import visible
from app.wire.parse.challenge import read_challenges
from app.wire.parse.form import form_oddities, read_pairs
from app.wire.parse.json import read_json
from app.wire.parse.jwt import read_jwt
from app.wire.parse.response import read_response
from app.wire.parse.sse import read_events

HEAD = b"HTTP/1.1 200 OK\r\n"
PARSERS: dict[str, Callable[[str], Any]] = {
    "challenge": lambda text: read_challenges([text]),
    "events": lambda text: read_events(text.encode()),
    "form": lambda text: (read_pairs(text), form_oddities(text)),
    "json": lambda text: read_json(text.encode()),
    "jwt": read_jwt,
    "headers": lambda text: read_response(HEAD + text.encode() + b"\r\n\r\n", "GET"),
    "body": lambda text: read_response(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + text.encode(), "GET"),
    "visible": visible,
    "pasted": entries_for,
}
UNITS: tuple[str, ...] = (
    'a="',
    ",",
    "Bearer ",
    '"\\',
    "a=b&",
    "%",
    "[",
    '{"a":',
    "data: x\n",
    "\n",
    ": ",
    "x:y\r\n",
    " \t",
    ".",
    "1\r\nx\r\n",
    "aadsts5",
    "\u0301",
)


LOOKED_AT = {
    "app.views.secret_names.PLAIN_WORD": "each round begins with a separator, which no letter is, and at most 40 characters are read"
}
PIECES = st.sampled_from([*UNITS, "\r\n", "é", "\x00", "=", "a", "0", "Bearer realm", "eyJhbGciOiJub25lIn0", "}", "]"])


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python run until the call is over."""
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


# pattern -> what opens and never closes. One call of a pattern is one line of Python, so these are timed
OPENED = {
    "comment": (NOISE, "/* "),
    "quote": (NOISE, '\\"'),
    "string": (PIECE, '\\"'),
    "tag": (UNSEEN, "<"),
    "script": (UNSEEN, "<script "),
    "note": (UNSEEN, "<!-- "),
    "button": (DISABLED, "<button "),
    "placeholder": (VARIABLE, "{{"),
    "policy": (META_POLICY, "<meta "),
}


def seconds_for(pattern: re.Pattern[str], text: str) -> float:
    """The least of three: others work on the machine too."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        pattern.findall(text)
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.attack("D2")
@pytest.mark.parametrize("name", OPENED)
def test_what_is_opened_again_and_again_and_never_closed_is_looked_through_once(name: str) -> None:
    pattern, unit = OPENED[name]
    assert seconds_for(pattern, unit * (24_000 // len(unit))) < 3 * seconds_for(pattern, unit * (12_000 // len(unit))) + 0.02


@pytest.mark.attack("D2")
@pytest.mark.parametrize("name", PARSERS)
def test_twice_the_text_is_at_most_twice_the_work(name: str) -> None:
    parse = PARSERS[name]
    steep = {}
    for unit in UNITS:
        parse(unit)  # what is compiled or imported once is not counted
        once, twice = lines_run(partial(parse, unit * 300)), lines_run(partial(parse, unit * 600))
        if twice > 2.3 * once + 300:
            steep[unit] = (once, twice)
    assert steep == {}


def test_work_that_grows_with_the_square_is_seen() -> None:
    def square(n: int) -> None:
        for _ in range(n):
            for _ in range(n):
                pass

    once, twice = lines_run(lambda: square(30)), lines_run(lambda: square(60))
    assert twice > 2.3 * once + 300


def nested_repeats(pattern: str) -> bool:
    """Has the pattern an endless repeat of an endless repeat, which tries every way to cut a text in pieces?"""
    return _nested(sre.parse(pattern), inside=False)


def _nested(parsed: Any, inside: bool) -> bool:
    return any(_is_nested(operation, argument, inside) for operation, argument in parsed)


def _is_nested(operation: Any, argument: Any, inside: bool) -> bool:
    if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
        _, most, inner = argument
        is_endless = most == constants.MAXREPEAT
        return (is_endless and inside) or _nested(inner, inside or (is_endless and not _begins_fixed(inner)))
    if operation == constants.BRANCH:
        return any(_nested(branch, inside) for branch in argument[1])
    return operation == constants.SUBPATTERN and _nested(argument[-1], inside)


def _begins_fixed(parsed: Any) -> bool:
    """Does each round begin with one certain character? Then there is one way to cut."""
    first = parsed[0] if len(parsed) else (None, None)
    if first[0] == constants.SUBPATTERN:
        return _begins_fixed(first[1][-1])
    return first[0] == constants.LITERAL


def patterns_of_ours() -> dict[str, str]:
    patterns: dict[str, str] = {}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("app."):
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    patterns[f"{module_name}.{name}"] = value.pattern if isinstance(value.pattern, str) else value.pattern.decode("latin-1")
    assert len(patterns) > 20
    return patterns


def looks_to_the_end(pattern: str) -> bool:
    """Does it read anything up to the end of the text before it has found a beginning? A search does so from every character."""
    first = next(iter(sre.parse(pattern)), (None, None))
    if first[0] in (constants.ASSERT, constants.ASSERT_NOT):
        return any(_is_endless_any(*one) for one in first[1][1])
    return _is_endless_any(*first)


def _is_endless_any(operation: Any, argument: Any) -> bool:
    if operation not in (constants.MAX_REPEAT, constants.MIN_REPEAT):
        return False
    return argument[1] == constants.MAXREPEAT and argument[2][0][0] == constants.ANY


def test_a_pattern_that_looks_to_the_end_from_everywhere_is_seen() -> None:
    assert looks_to_the_end(r"(?=.*missing).*resource") and looks_to_the_end(r".*x") and not looks_to_the_end(r"\A.*x|x.*y")


@pytest.mark.attack("D2")
def test_no_pattern_of_ours_looks_to_the_end_from_everywhere() -> None:
    assert [name for name, pattern in patterns_of_ours().items() if looks_to_the_end(pattern)] == []


@pytest.mark.attack("D2")
def test_no_pattern_of_ours_repeats_a_repeat() -> None:
    assert [name for name, pattern in patterns_of_ours().items() if nested_repeats(pattern) and name not in LOOKED_AT] == []
    assert nested_repeats(r"(a+)+b") and nested_repeats(r"(?:x|(a*))*") and not nested_repeats(r"a+b*(?:,c+)*")


@pytest.mark.attack("B6")
@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_any_mixture_is_read_or_refused(pieces: list[str]) -> None:
    for parse in PARSERS.values():
        parse("".join(pieces))
