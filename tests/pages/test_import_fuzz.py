"""Whatever stands in a recording, its pages answer: the run, every exchange, the twin and the files. Never a 500."""

from __future__ import annotations

import copy
import io
import json
from typing import Any

import pytest
from browsers import Browser
from canned import Gateway
from dialects import chromium, recording_of
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_imported_har import walked

from app.checks.engine import examine
from app.views.har import har

LIVE = walked(Gateway(), "2026-07-28")
FILES = [json.loads(json.dumps(har(LIVE, examine(LIVE)))), json.loads(json.dumps(recording_of(LIVE, chromium)))]
HOSTILE = [
    None, True, -1, 0, 1e308, -1e308, 10**400, 1e-320, "", "\0", "\ud800", "\u202e<script>", "x" * 20_000, "%", "http://[", "a:b@c:99999",
    "javascript:alert(1)", "9999-12-31T23:59:59.9Z", "0001-01-01T00:00:00Z", "==", "{{7*7}}",
    [], {}, [[]], [{"name": "a"}], {"a": [1]},
    "eyJhbGciOiJub25lIn0.e30.", "HTTP/1.1 200 OK\r\n\r\n", '{"access_token": {"a": 1}}', "[" * 500, "gzip, br, br, br", "chunked, chunked",
]  # fmt: skip
VALUES = st.sampled_from(HOSTILE) | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every member and item of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ([path] if path else []) + [place for key, item in items for place in places(item, (*path, key))]


PLACES = [places(file) for file in FILES]


def changed(which: int, changes: list[tuple[int, Any]]) -> bytes:
    """The file with these places changed; one that a change has taken away is left."""
    file = copy.deepcopy(FILES[which])
    for number, value in changes:
        path = PLACES[which][number % len(PLACES[which])]
        node: Any = file
        try:
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    return json.dumps(file).encode("utf-8", "surrogatepass")


@pytest.fixture
def person(make_app: Any) -> Browser:
    return Browser(make_app(new_runs_per_minute=0, runs_per_browser=0))


def look_at_all(person: Browser) -> None:
    run = f"/runs/{person.run_id}"
    assert person.get(run).status_code == 200
    twin = person.get(f"{run}.json")
    assert twin.status_code == 200
    paths = [f"{run}.har", f"{run}.md", f"{run}/export"]
    for exchange in json.loads(twin.data)["exchanges"]:
        paths += [f"{run}/exchanges/{exchange['seq']}", f"{run}/exchanges/{exchange['seq']}/response.txt"]
    for path in paths:
        assert person.get(path).status_code == 200, path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 1), changes=st.lists(st.tuples(st.integers(0, 100_000), VALUES), min_size=1, max_size=4))
def test_no_page_of_a_hostile_recording_breaks(person: Browser, app: Flask, which: int, changes: list[tuple[int, Any]]) -> None:
    answer = person.post("/import", {"har": (io.BytesIO(changed(which, changes)), "a.har")}, content_type="multipart/form-data")
    assert answer.status_code in (303, 400)
    if answer.status_code == 303:
        person.run_id = answer.location.rpartition("/")[2]
        look_at_all(person)
