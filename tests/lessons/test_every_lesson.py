"""Every lesson can be solved from what the pages show: walked, kept silent about, answered, proved by the bytes on the page."""

from __future__ import annotations

import html
import json

import pytest
from pupil import Pupil

from app.checks.catalogue import CHECKS
from app.flow.steps import NAMES
from app.practice.scenarios import Scenario, scenarios

CODES = {check.code for check in CHECKS}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: one.slug)
def test_a_lesson_is_solved_from_what_its_pages_show(pupil: Pupil, scenario: Scenario) -> None:
    pupil.start_lesson(scenario)
    pupil.walk_lesson(scenario)
    _keeps_silent(pupil)
    _shows_the_proving_bytes(pupil, scenario)
    _takes_a_wrong_answer(pupil, scenario)
    pupil.answer(scenario.step, scenario.right)
    assert "Solved." in pupil.text
    assert f'data-code="{scenario.code}"' in pupil.page.text, [code for _, code in pupil.open(pupil.run).codes]
    marked = [html.unescape(part.split("</mark>")[0]) for part in pupil.page.text.split("<mark>")[1:]]
    assert any(scenario.proof.find in line for line in marked)
    pupil.open(pupil.run)
    assert scenario.code in [code for _, code in pupil.page.codes]
    assert pupil.twin()["problem"] == (pupil.page.problem or None)


def _keeps_silent(pupil: Pupil) -> None:
    """The run's page, its twin and its exchanges say where the walk stands, and nothing of what the checks find."""
    page, twin = pupil.open(pupil.run), pupil.twin()
    assert page.state
    assert (page.codes, page.problem) == ([], "")
    assert (twin["findings"], twin["problem"]) == ([], None)
    assert {step["verdict"] for step in twin["steps"]} == {None}
    assert twin["state"] == page.state
    told = json.dumps(twin) + page.text
    assert not [code for code in CODES if f'"{code}"' in told or f">{code}<" in told or f" {code}." in told]


def _shows_the_proving_bytes(pupil: Pupil, scenario: Scenario) -> None:
    """Some page that a pupil can open before the answer holds what proves it."""
    twin = pupil.twin()
    places = [f"{pupil.run}/exchanges/{one['seq']}" for one in twin["exchanges"] if one["step"] == scenario.proof.step]
    shown = []
    for place in [*reversed(places), pupil.run]:
        pupil.open(place)
        shown.append(pupil.text)
        assert pupil.page.codes == []
    assert any(scenario.proof.find in text for text in shown), scenario.proof


def _takes_a_wrong_answer(pupil: Pupil, scenario: Scenario) -> None:
    wrong = next(cause for cause in scenario.causes if cause.key != scenario.right)
    elsewhere = next(name for name in NAMES if name != scenario.step)
    pupil.answer(elsewhere, wrong.key)
    assert "1 wrong answer" in pupil.text
    assert "Solved." not in pupil.text
    assert scenario.code not in [code for _, code in pupil.page.codes]
    assert "At the gateway" not in pupil.text
