"""What a log holds of secrets is read entry by entry as it grows, and is what reading it whole would find."""

from __future__ import annotations

import json

import pytest

from app.checks.engine import adopt
from app.flow.log import Choice, Run
from app.flow.veil import veiled
from app.views import secrets_of as module
from app.views.secrets_of import ANSWERED, ANSWERED_IN_ALL, secrets_of
from app.wire.messages import Exchange, Request

TOKEN_URL = "https://gw.example/token"


def a_run(name: str, *bodies: Choice | Exchange) -> Run:
    run = Run(name, "o", "https://gw.example/mcp", 0.0)
    for body in bodies:
        run.append(body, step="token", at=1.0)
    return run


def answer(*tokens: str) -> Exchange:
    body = json.dumps([{"access_token": token} for token in tokens]).encode()
    return Exchange(Request("POST", TOKEN_URL), received=b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def edit(value: str) -> Choice:
    return Choice("edit", {"set_params": [["client_secret", value]]})


WALK = (
    answer("first-token", "second-token"),
    edit("first-token"),
    edit("a-secret-of-mine"),
    answer(),
    answer("second-token", "third-token"),
)


def test_a_log_that_was_read_while_it_grew_holds_the_same_as_one_read_at_once() -> None:
    growing, told = a_run("grown"), []
    for body in WALK:
        growing.append(body, step="token", at=1.0)
        told.append(secrets_of(growing))
    assert told == [secrets_of(a_run(f"at once {end}", *WALK[:end])) for end in range(1, len(WALK) + 1)]
    assert [secret.value for secret in told[-1]] == ["first-token", "second-token", "a-secret-of-mine", "third-token"]


def test_what_was_read_of_a_log_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run, read = a_run("read once", *WALK[:3]), []
    of_entry = module._of_entry
    monkeypatch.setattr(module, "_of_entry", lambda entry: read.append(entry.seq) or of_entry(entry))
    found = secrets_of(run)
    assert secrets_of(run) is found
    run.append(edit("one-more-secret"), step="token", at=1.0)
    secrets_of(run)
    assert read == [1, 2, 3, 4]


def test_what_was_read_of_a_longer_log_is_not_told_of_a_shorter_one() -> None:
    """A request may hold the run as it was read before another one saw it grow."""
    before, after = a_run("a run", *WALK[:2]), a_run("a run", *WALK)
    secrets_of(after)
    adopt(before, after)
    assert secrets_of(before) == secrets_of(a_run("a run", *WALK[:2])) and secrets_of(after)[-1].value == "third-token"


def test_a_lesson_hides_the_same_as_the_run_that_it_is_walked_in() -> None:
    run = a_run("in a lesson", *WALK)
    assert secrets_of(veiled(run)) is secrets_of(run)


def test_a_run_takes_no_more_from_answers_however_it_was_read() -> None:
    bodies = [answer(*(f"token-{n:03}-{m:03}" for m in range(ANSWERED + 8))) for n in range(ANSWERED_IN_ALL // ANSWERED + 3)]
    growing = a_run("many answers")
    for body in bodies:
        growing.append(body, step="token", at=1.0)
        secrets_of(growing)
    assert secrets_of(growing) == secrets_of(a_run("many answers at once", *bodies))
    assert len(secrets_of(growing)) == ANSWERED_IN_ALL


@pytest.mark.attack("L3")
def test_credentials_that_look_like_a_header_line_a_thousand_deep_are_read_once() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"authorization: " * 10_000
    run = a_run("nested", Exchange(Request("GET", "https://gw.example/mcp"), received=page))
    assert {secret.kind for secret in secrets_of(run)} <= {"authorization"}
