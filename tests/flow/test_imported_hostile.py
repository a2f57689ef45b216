"""Files that are broken or mean harm: one sentence with the place, never a crash, never a fetch."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
from canned import Gateway
from dialects import chromium, recording_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_imported_har import file_of, posted, walked

from app.checks.engine import examine, forbids
from app.flow.fold import facts_of
from app.flow.imported import MOST_BYTES, BadFile, run_of_har
from app.flow.standing import standing
from app.views.har import har, har_bytes

GOOD = posted("https://gw.example/token", "grant_type=refresh_token&refresh_token=abcdefgh", 400, {"error": "invalid_grant"})


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good file with one place changed."""
    file: Any = copy.deepcopy(file_of(GOOD))
    node, names = file, path.strip("/").split("/")
    for name in names[:-1]:
        node = node[int(name)] if isinstance(node, list) else node[name]
    node[names[-1]] = value
    return dict(file)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"", "HAR file"),
        (b"{", "line 1"),
        (b'{"log": {\n "entries": [\n  {"a" 1}]}}', "line 3"),
        (b"\x00\x01\x02", "HAR file"),
        (b"[]", "An object is expected here"),
        (b"{}", "/log"),
        (b'{"log": []}', "/log"),
        (b'{"log": {"entries": {}}}', "/log/entries"),
        (b'{"log": {"entries": []}}', "Nothing of an MCP or OAuth handshake"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"log": {"entries": [' + b"1," * 6_000 + b"1]}}", "more than 5,000 entries"),
    ],
)
def test_a_file_that_is_no_har_is_refused_with_its_place(source: bytes, says: str) -> None:
    with pytest.raises(BadFile) as refused:
        run_of_har(source)
    assert says in refused.value.says


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("log/entries/0/request", None),
        ("log/entries/0/request", "POST"),
        ("log/entries/0/request/url", None),
        ("log/entries/0/request/url", {"a": 1}),
        ("log/entries/0/request/headers", "a: b"),
        ("log/entries/0/request/headers", [["only one"]]),
        ("log/entries/0/request/headers", [5]),
        ("log/entries/0/request/postData", []),
        ("log/entries/0/request/postData/text", [1]),
        ("log/entries/0/response", "no"),
        ("log/entries/0/response/status", "many"),
        ("log/entries/0/response/status", 1e99),
        ("log/entries/0/response/content", "no"),
        ("log/entries/0/time", {}),
    ],
)
def test_a_member_of_the_wrong_kind_is_named_by_its_pointer(path: str, value: Any) -> None:
    with pytest.raises(BadFile) as refused:
        run_of_har(changed(path, value))
    assert f"(at /{path}" in refused.value.says


def test_base64_that_is_none_is_named() -> None:
    content = {"size": 4, "mimeType": "text/plain", "text": "§§§", "encoding": "base64"}
    with pytest.raises(BadFile, match="Base64"):
        run_of_har(changed("log/entries/0/response/content", content))


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadFile, match="10 MB"):
        run_of_har(b" " * (MOST_BYTES + 1))


@pytest.mark.parametrize(
    "url",
    ["http://[", "file:///etc/passwd", "javascript:alert(1)", "//x", "http://169.254.169.254/token", "\ud800", "https://" + "a" * 9_000],
)
def test_odd_urls_are_kept_as_text(url: str) -> None:
    run = run_of_har(changed("log/entries/0/request/url", url))
    assert examine(run) and standing(facts_of(run), forbids(run), False).offers == ()


@pytest.mark.parametrize("line", ["a\r\nInjected: yes", "\0", "é", "\u202e", "x" * 100_000])
def test_a_header_cannot_break_out_of_its_line(line: str) -> None:
    run = run_of_har(changed("log/entries/0/response/headers", [{"name": "x-odd", "value": line}]))
    told = next(e.body for e in run.entries if e.step == "refresh" and hasattr(e.body, "received"))
    assert [f.name for f in told.response.fields if f.name.lower() == "injected"] == [] or "\n" in line  # type: ignore[union-attr]
    assert examine(run)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.just([]),
    st.just({}),
    st.just([["a", "b"]]),
    st.just({"a": 1}),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    return found + [place for key, item in items for place in _places(item, (*path, key))]


LIVE = walked(Gateway(), "2026-07-28")
FILES = [har(LIVE, examine(LIVE)), recording_of(LIVE, chromium)]
PLACES = [_places(file) for file in FILES]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1), st.integers(0, 10_000), VALUES)
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(which: int, number: int, value: Any) -> None:
    file = copy.deepcopy(FILES[which])
    path = PLACES[which][number % len(PLACES[which])]
    node: Any = file
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    try:
        run = run_of_har(json.dumps(file).encode())
    except BadFile:
        return
    found = examine(run)
    assert standing(facts_of(run), forbids(run), False).offers == ()
    again = run_of_har(har_bytes(har(run, found)))
    assert [f.code for f in examine(again)] == [f.code for f in found]


@pytest.mark.parametrize("time", [1e308, -1e308, 1e12, float("inf"), float("nan"), "1e308", -5])
@pytest.mark.parametrize(
    "started", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "soon", "2026-11-26T12:00:00Z"]
)
def test_a_recording_with_an_absurd_time_is_read_and_its_export_too(time: Any, started: str) -> None:
    file = changed("log/entries/0/time", time)
    file["log"]["entries"][0]["startedDateTime"] = started
    run = run_of_har(file)
    again = run_of_har(har_bytes(har(run, examine(run))))
    assert [f.code for f in examine(again)] == [f.code for f in examine(run)]


def test_a_large_file_is_read_in_seconds() -> None:
    page = {"size": 1_000, "mimeType": "text/html", "text": "x" * 4_000}
    noise = {
        **GOOD,
        "request": {**GOOD["request"], "url": "https://elsewhere.example/", "method": "GET"},
        "response": {**GOOD["response"], "content": page},
    }
    source = json.dumps(file_of(*[noise] * 2_000, GOOD)).encode()
    began = time.process_time()
    run_of_har(source)
    assert len(source) > 8_000_000 and time.process_time() - began < 20
