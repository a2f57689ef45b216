"""The whole walk over real sockets: our engine and our wire against the practice gateway, in every revision it speaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from practice_person import Person, practice_gateway

from app.checks.engine import examine
from app.flow.log import Exchange
from app.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A practice gateway on a port of its own."""
    with practice_gateway(tmp_path) as settings:
        yield settings


@pytest.mark.parametrize("revision", ["auto", "2025-06-18", "2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("route", ["linear-v1", "github-v1"])
def test_the_healthy_gateway_is_walked_to_its_end_without_a_complaint(settings: Settings, revision: str, route: str) -> None:
    person = Person(settings, revision, route)
    person.press("run")
    assert person.state == "authorize"
    person.browse()
    assert person.state == "connected"
    person.press("run")
    assert person.state == "authorize" and person.facts.replay_outcome == "grant_killed"
    person.browse()
    assert person.state == "done"
    assert [f.code for f in examine(person.run) if f.level in ("STOP", "WARN")] == []
    last = [e.body for e in person.run.entries if e.step == "confirm" and isinstance(e.body, Exchange)]
    assert [e.status for e in last] == [401, 400]


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_an_upstream_link_is_opened_and_the_call_comes_through(settings: Settings, revision: str) -> None:
    person = Person(settings, revision, "github-v1")
    person.press("run")
    person.browse()
    person.press("call_tool", tool="list_projects")
    assert person.state == "connect" and person.facts.connect is not None
    link = person.facts.connect.urls[0]
    person.press_there(person.send("GET", link, {}, b""), "connect")
    person.press("retry")
    assert person.state == "connected" and person.facts.pending is None


def test_a_tool_that_needs_more_scope_is_repeated_after_the_step_up(settings: Settings) -> None:
    person = Person(settings, "2026-07-28", "linear-v1")
    person.press("run")
    person.browse()
    person.press("call_tool", tool="delete_workspace")
    assert person.state == "stepup"
    person.browse()
    assert person.state == "connected" and person.facts.pending is None
    assert [f.level for f in examine(person.run) if f.code == "call.insufficient_scope"] == ["NOTE"]
