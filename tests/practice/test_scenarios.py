"""The lessons' files: each says all that a lesson needs, and the catalogue of checks knows what it speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.checks.catalogue import find as find_check
from app.flow.breaks import find_break
from app.flow.revisions import REVISIONS
from app.flow.steps import NAMES
from app.practice.faults import find_fault, find_profile
from app.practice.gateway import ROUTES
from app.practice.scenarios import FOLDER, Scenario, find_scenario, read_scenario, scenarios

MOVES = ("walk", "run", "authorize", "consent", "leave", "deny", "to", "press", "break", "tool")
GUIDE = (  # the rows of the guide's troubleshooting come first
    "call.wrong_audience", "replay.grant_killed", "token.missing_param", "token.missing_param", "token.code_expired", "token.code_reused",
    "token.resource_accepted_then_refused", "callback.never_came", "call.connect_required", "call.connect_required",
    "call.token_expired", "call.insufficient_scope",
)  # fmt: skip


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: one.slug)
def test_a_lesson_says_all_that_it_needs(scenario: Scenario) -> None:
    check = find_check(scenario.code)
    assert check is not None
    assert scenario.spec == check.spec.name
    assert scenario.level in (1, 2, 3)
    assert 1 <= len(scenario.hints) <= 3
    assert scenario.step in NAMES
    assert scenario.proof.step in NAMES
    assert scenario.proof.side in ("request", "response", "leg")
    assert find_scenario(scenario.next)
    assert all(len(text) > 20 for text in (scenario.symptom, scenario.goal, scenario.fix, *scenario.hints))
    _has_one_right_cause(scenario)
    _has_a_gateway_and_a_way(scenario)


def _has_one_right_cause(scenario: Scenario) -> None:
    keys = [cause.key for cause in scenario.causes]
    assert len(keys) == len(set(keys)) >= 3
    assert scenario.right in keys
    assert all(bool(cause.nudge) == (cause.key != scenario.right) for cause in scenario.causes), "a wrong choice needs its nudge"


def _has_a_gateway_and_a_way(scenario: Scenario) -> None:
    assert all(find_fault(slug) for slug in scenario.faults)
    assert not scenario.profile or find_profile(scenario.profile)
    assert scenario.route in [route.name for route in ROUTES]
    assert scenario.revision in ("auto", *REVISIONS)
    assert scenario.pace in ("run", "step")
    for move in scenario.moves:
        name, _, what = move.partition(":")
        assert name in MOVES
        assert name != "break" or find_break(*what.split("/"))


def test_there_are_thirty_lessons_and_the_guides_rows_come_first() -> None:
    listed = scenarios()
    assert len(listed) >= 30
    assert tuple(one.code for one in listed[: len(GUIDE)]) == GUIDE
    assert {one.level for one in listed} == {1, 2, 3}


def test_numbers_and_slugs_are_each_given_once() -> None:
    listed = scenarios()
    assert len({one.number for one in listed}) == len({one.slug for one in listed}) == len(listed)


def test_no_title_or_slug_gives_the_code_away() -> None:
    assert [one.slug for one in scenarios() if one.code.partition(".")[2].replace("_", "-") in one.slug] == []


@pytest.mark.parametrize("change", ["title =", "[answer]", "nonsense = 1"])
def test_a_file_that_says_too_little_or_too_much_is_refused(tmp_path: Path, change: str) -> None:
    text = next(FOLDER.glob("01-*.toml")).read_text(encoding="utf-8")
    bad = f"{change}\n{text}" if "= 1" in change else text.replace(change, "[question]" if change == "[answer]" else "titel =", 1)
    path = tmp_path / "01-bad.toml"
    path.write_text(bad, encoding="utf-8")
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_scenario(path)
