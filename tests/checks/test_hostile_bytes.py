"""No answer of a gateway, however odd, makes a check raise: a page that cannot be shown helps nobody."""

from __future__ import annotations

import json

from corpus import EXAMPLES
from healthy import STEPS
from hypothesis import given, settings
from hypothesis import strategies as st
from tape import Line, Tape, answer, options, run_of

from app.checks.engine import examine, forbids, main_of
from app.flow.log import Leg
from app.wire.messages import Exchange

WALK: Tape = (options(revision="auto"), *(line for step in STEPS.values() for line in step))
ODD_URLS = (
    "http://[",
    "https://[::1",
    "//",
    "https://",
    "javascript:alert(1)",
    "https://gw.example:99999999/",
    "\x00",
    "https://gw.example/\udc80",
)
NAMES = [
    "resource",
    "authorization_servers",
    "scopes_supported",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "code_challenge_methods_supported",
    "token_endpoint_auth_methods_supported",
    "grant_types_supported",
    "client_id",
    "client_secret",
    "client_secret_expires_at",
    "redirect_uris",
    "access_token",
    "refresh_token",
    "token_type",
    "expires_in",
    "scope",
    "error",
    "error_description",
    "result",
    "jsonrpc",
    "id",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(ODD_URLS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.sampled_from(["WWW-Authenticate", "Location", "Date", "Retry-After", "Allow", "Content-Type", "Server", "Cache-Control"])
HEADER_VALUES = st.sampled_from(
    [*(f'Bearer resource_metadata="{u}"' for u in ODD_URLS[:-1]), *ODD_URLS[:-1], "Bearer", '"', "Thu, 99 Foo 2026", "x" * 90]
)


def changed(line: Line, received: bytes) -> Line:
    if not isinstance(line.body, Exchange):
        return line
    body = line.body
    return Line(line.step, Exchange(body.request, body.sent, received, body.started_at), line.role, line.later)


@settings(max_examples=120, deadline=None)
@given(
    at=st.integers(0, len(WALK) - 1),
    status=st.sampled_from([200, 201, 301, 400, 401, 403, 404, 405, 406, 429, 500, 501]),
    body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6) | VALUES,
    headers=st.lists(st.tuples(HEADERS, HEADER_VALUES), max_size=3),
)
def test_any_json_at_any_place_is_judged_without_an_accident(at: int, status: int, body: object, headers: list[tuple[str, str]]) -> None:
    raw = json.dumps(body).encode("utf-8", "replace")
    lines = [f"{name}: {value}" for name, value in headers if "\x00" not in value]
    line = changed(WALK[at], answer(status, raw, *lines, kind="application/json"))
    run = run_of((*WALK[:at], line, *WALK[at + 1 :]))
    examine(run), forbids(run), main_of(run)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(WALK) - 1), received=st.binary(max_size=80))
def test_any_bytes_at_any_place_are_judged_without_an_accident(at: int, received: bytes) -> None:
    run = run_of((*WALK[:at], changed(WALK[at], received), *WALK[at + 1 :]))
    examine(run)


@settings(max_examples=60, deadline=None)
@given(query=st.text(max_size=60), method=st.sampled_from(["GET", "POST"]), body=st.binary(max_size=40))
def test_any_callback_is_judged_without_an_accident(query: str, method: str, body: bytes) -> None:
    leg = Line("callback", Leg("callback", f"http://127.0.0.1:8000/callback?{query}", method, (), body))
    start = tuple(line for line in WALK if line.step in ("", "probe", "resource_metadata", "server_metadata", "register", "authorize"))
    run = run_of((*start, leg))
    assert forbids(run) is not None


def test_every_example_points_its_evidence_at_an_entry_of_the_run() -> None:
    for code, example in EXAMPLES.items():
        run = run_of(example.fails)
        for finding in examine(run):
            assert run.entry(finding.entry) is not None and run.entry(finding.evidence.entry) is not None, code
