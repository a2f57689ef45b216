"""HAR against a schema of the format, the twin against its own, and the support bundle."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from har_rules import HAR
from jsonschema import Draft202012Validator, FormatChecker

from app.checks.engine import examine, forbids, main_of
from app.checks.examples import corpus
from app.checks.examples.healthy import STEPS
from app.checks.examples.tape import options, run_of
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.standing import standing
from app.settings import Settings
from app.views.bundle import REQUEST_ID, bundle, environment
from app.views.har import har, har_bytes
from app.views.run_schema import SCHEMA
from app.views.secrets_of import secrets_of
from app.views.stand_in import STAND_IN
from app.views.twin import twin
from app.wire.messages import Exchange

WHOLE = run_of((options(), *(line for step in STEPS.values() for line in step)))
HAR_JUDGE = Draft202012Validator(HAR, format_checker=FormatChecker())
RUN_JUDGE = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def twin_of(run: Run) -> dict[str, Any]:
    facts = facts_of(run)
    return twin(run, facts, examine(run), standing(facts, forbids(run), False), main_of(run))


def every_run() -> list[Run]:
    return [WHOLE, *(run_of(example.fails) for example in corpus.EXAMPLES.values())]


def complaints(judge: Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in judge.iter_errors(value)]


@pytest.mark.parametrize("secrets", [False, True])
def test_every_har_file_is_valid(secrets: bool) -> None:
    for run in every_run():
        assert complaints(HAR_JUDGE, json.loads(har_bytes(har(run, examine(run), secrets=secrets)))) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("time",), -1),
        (("connection",), 5),
        (("serverIPAddress",), "gw.example:443"),
        (("request", "url"), "https://gw.example/#x"),
        (("request", "headersSize"), 1.5),
        (("response", "content", "size"), -1),
        (("timings", "send"), -1),
        (("startedDateTime",), "yesterday"),
        (("step",), "token"),
    ],
)
def test_the_har_rules_can_fail(place: tuple[str, ...], value: Any) -> None:
    file = json.loads(har_bytes(har(WHOLE, [])))
    inner = file["log"]["entries"][0]
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    assert complaints(HAR_JUDGE, file) != []


def test_a_connection_number_is_used_once() -> None:
    numbers = [entry["connection"] for entry in har(WHOLE, [])["log"]["entries"] if "connection" in entry]
    assert len(numbers) == len(set(numbers))


def test_the_schema_of_a_run_is_one_and_every_twin_fits_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for run in every_run():
        assert complaints(RUN_JUDGE, json.loads(json.dumps(twin_of(run)))) == []


@pytest.mark.parametrize(
    ("name", "value"), [("schema_version", 2), ("state", "odd"), ("problem", "no code"), ("steps", []), ("exchanges", {})]
)
def test_the_schema_of_a_run_can_fail(name: str, value: Any) -> None:
    assert complaints(RUN_JUDGE, {**twin_of(WHOLE), name: value}) != []
    assert complaints(RUN_JUDGE, {key: one for key, one in twin_of(WHOLE).items() if key != name}) != []


def bundle_of(run: Run) -> bytes:
    files = {"run.har": har_bytes(har(run, examine(run))), "environment.json": environment(run, facts_of(run), Settings())}
    return bundle(files)


def test_the_same_run_gives_the_same_bytes_and_another_one_others() -> None:
    first, second = bundle_of(run_of(corpus.EXAMPLES["token.pkce"].fails)), bundle_of(run_of(corpus.EXAMPLES["token.pkce"].fails))
    assert first == second != bundle_of(WHOLE)
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert packed.namelist() == ["README.txt", "run.har", "environment.json"] and packed.testzip() is None
        assert all(member.date_time[0] == 1980 and member.file_size for member in packed.infolist())


def test_the_environment_tells_limits_options_and_request_ids_and_no_secret() -> None:
    run = run_of((options(headers="X-Api-Key: planted-key-123", scope="mcp:tools"), *(line for step in STEPS.values() for line in step)))
    n = next(n for n, entry in enumerate(run.entries) if isinstance(entry.body, Exchange) and entry.body.response)
    entry = run.entries[n]
    assert isinstance(entry.body, Exchange)
    received = entry.body.received.replace(b"\r\n", b"\r\nzuplo-request-id: 01JX\r\nServer: gw/1\r\n", 1)
    run.entries[n] = replace(entry, body=replace(entry.body, received=received))
    content = environment(run, facts_of(run), Settings(outbound_proxy="http://user:pw@proxy.internal:3128"))
    told = json.loads(content)
    assert [(line["entry"], line["name"], line["value"]) for line in told["request_ids"]] == [(entry.seq, "zuplo-request-id", "01JX")]
    assert told["served_by"] == [{"name": "Server", "value": "gw/1"}] and told["header_names"] == ["X-Api-Key"]
    assert told["options"]["scope"] == "mcp:tools" and told["settings"]["outbound_proxy"] is True
    assert b"planted" not in content and b"proxy.internal" not in content
    assert [secret.kind for secret in secrets_of(run) if secret.value.encode() in STAND_IN.sub("", content.decode()).encode()] == []


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("x-request-id", True),
        ("request-id", True),
        ("zuplo-request-id", True),
        ("x-amzn-trace-id", True),
        ("cf-ray", True),
        ("traceparent", True),
        ("x-correlation-id", True),
        ("mcp-session-id", False),
        ("x-api-key", False),
        ("etag", False),
    ],
)
def test_headers_that_name_a_request(name: str, is_one: bool) -> None:
    assert (REQUEST_ID.match(name) is not None) is is_one
