"""Every fault at every step: the page answers, names the step, shows the bytes, says one thing and who must act, and the person goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from callbacks import SHAPES, Shape
from families import FAULTS
from fault import Pair, pairs_of
from playing import House, open_house
from stage import SECRETS
from survived import EXACT, share_right
from walks import Met, come_back

GROUP = pytest.mark.xdist_group("faults")  # one app and one stage for all of them
pytestmark = GROUP
FAMILIES = sorted({fault.family for fault in FAULTS})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("faults")) as opened:
        yield opened
        _judge_log(opened)


def _judge_log(house: House) -> None:
    log = house.app.log.read_text(encoding="utf-8", errors="replace")
    assert [secret for secret in SECRETS if secret in log] == []
    assert "Traceback" not in log
    assert log.count("Booting worker") == 0 and "WORKER TIMEOUT" not in log  # none was lost and begun anew


@pytest.fixture(scope="module")
def met(house: House) -> dict[str, list[Met]]:
    found: dict[str, list[Met]] = {family: [] for family in FAMILIES}
    for one in house.meet_all(pairs_of(FAULTS)):
        found[one.pair.fault.family].append(one)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_no_fault_breaks_a_page_or_strands_a_person(family: str, met: dict[str, list[Met]]) -> None:
    assert {one.pair.id: one.wrong for one in met[family] if one.wrong} == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_main_finding_is_of_the_right_class(family: str, met: dict[str, list[Met]]) -> None:
    wrong = {one.pair.id: (one.problem, sorted(one.pair.fault.classes_at(one.pair.step))) for one in met[family] if not one.is_right_class}
    assert wrong == {} or (share_right(met[family]) >= 0.95 and not any(met_exactly(one) for one in met[family])), wrong


def met_exactly(one: Met) -> bool:
    """Is this a miss where none is allowed?"""
    return not one.is_right_class and bool(one.pair.fault.classes_at(one.pair.step) & EXACT)


def test_every_fault_was_really_played(house: House, met: dict[str, list[Met]]) -> None:
    played = {pair.id for pair in pairs_of(FAULTS) if pair.fault.breaks}
    assert played - set(house.stage.met) == set()


def test_the_right_class_is_not_given_for_anything(met: dict[str, list[Met]]) -> None:
    timeout = next(one for one in met["network"] if one.pair.id == "token/hang-before-response")
    assert Met(timeout.pair, problem="transport.reset").is_right_class is False
    assert Met(timeout.pair, problem="").is_right_class is False


@pytest.mark.attack("K4")
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.slug)
def test_every_shape_of_a_callback_is_named(house: House, shape: Shape) -> None:
    seen = come_back(house.app.url, house.stage, shape)
    assert seen.wrong == []
    assert seen.problem in shape.codes if shape.codes else seen.state == "connected"


def test_a_healthy_gateway_meets_no_complaint(house: House) -> None:
    healthy = Shape("healthy", "code={code}&state={state}&iss={iss}", ())
    seen = come_back(house.app.url, house.stage, healthy)
    assert (seen.state, seen.problem, seen.wrong) == ("connected", "", [])


def test_a_pair_names_step_and_fault() -> None:
    fault = FAULTS[0]
    assert Pair("token", fault).id == f"token/{fault.slug}"
