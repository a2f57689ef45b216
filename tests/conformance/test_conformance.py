"""The official suite judges our pages as a client; a silent client must not look like a good one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import EXPECTED_REFUSAL
from driver import verdict
from running import App, running_app
from server_suite import judge_practice_gateway
from suite import PARTS, Part, read_results, run_part

pytestmark = pytest.mark.xdist_group("conformance")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("conformance")) as running:
        yield running


@pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])
def test_every_authorization_scenario_passes_and_every_refusal_names_its_reason(part: Part, app: App, tmp_path: Path) -> None:
    outcome = run_part(part, app.url, tmp_path)
    assert {s.name: s.troubles for s in outcome.ours if s.troubles} == {}
    assert {s.name: s.told for s in outcome.ours if s.told} == {}
    assert {s.name: s.troubles for s in outcome.extensions if s.troubles} == {}
    assert len(outcome.ours) == part.wanted
    assert outcome.is_good, outcome.printed[-3000:]


def test_the_practice_gateway_passes_as_an_authorization_server(app: App, tmp_path: Path) -> None:
    judged = judge_practice_gateway(app, tmp_path)
    assert {scenario.name: scenario.troubles for scenario in judged} == {
        "authorization-server-metadata-endpoint": (),
        "authorization-code-grant": (),
    }


def test_a_client_that_does_nothing_passes_no_scenario(tmp_path: Path) -> None:
    outcome = run_part(PARTS[2], "http://127.0.0.1:1", tmp_path)
    assert len(outcome.ours) == 2
    assert outcome.passing == outcome.rightly_told == []


def test_a_real_browser_walks_a_scenario(app: App, tmp_path: Path) -> None:
    only = ("--scenario", "auth/metadata-default", "--spec-version", "2025-11-25")
    outcome = run_part(PARTS[1], app.url, tmp_path, chromium=True, only=only)
    assert [(s.troubles, s.told) for s in outcome.ours] == [((), "")]


def test_a_refusal_for_the_wrong_reason_is_not_right() -> None:
    scenario = "auth/iss-wrong-issuer"
    assert verdict(scenario, {"state": "failed", "problem": "callback.iss_mismatch"})[0]
    assert not verdict(scenario, {"state": "failed", "problem": "token.invalid_grant"})[0]
    assert not verdict(scenario, {"state": "connected", "problem": ""})[0]
    assert not verdict("auth/metadata-default", {"state": "failed", "problem": "callback.iss_mismatch"})[0]
    assert len(EXPECTED_REFUSAL) == 7


@pytest.mark.parametrize("time", ["26T21-20-33-123Z", "26T21-31-20-123Z", "26T20-31-33-204Z", "20T21-31-33-004Z"])
def test_a_scenario_keeps_its_name_whatever_the_time_that_the_suite_adds(tmp_path: Path, time: str) -> None:
    saved = tmp_path / "auth" / f"wif-jwt-bearer-2026-11-{time}"
    saved.mkdir(parents=True)
    (saved / "checks.json").write_text("[]")
    assert [scenario.name for scenario in read_results(tmp_path)] == ["auth/wif-jwt-bearer"]


def test_an_empty_folder_has_no_scenarios(tmp_path: Path) -> None:
    assert read_results(tmp_path) == ()
