"""Every fault: switched on, a walk names it and nothing graver; switched off, nothing is named."""

from __future__ import annotations

import pytest
from faulty import Act, Explorer, left, pressed, tried
from measured import note_walk
from running import ROOT

from app.checks.catalogue import find as find_check
from app.checks.explains import RULES
from app.practice.faults import FAULTS, PLACES, PROFILES, Fault, Profile, broken_by
from app.practice.gateway import healthy
from app.practice.gateways import load_gateway, set_faults

DRY = (left, tried("dry_authorize"))
STUCK = ("loopback-renamed", "error-page", "redirect-refused", "form-action", "cookie-dropped", "login-circle", "client-forgotten-at-once")
# what a person does to see a fault that a straight walk does not meet
ACTS: dict[str, tuple[Act, ...]] = {
    **dict.fromkeys(
        ("error-page", "redirect-refused", "form-action", "cookie-dropped", "login-circle", "client-forgotten-at-once", "loopback-renamed"),
        DRY,
    ),
    "replay-not-noticed": (pressed("refresh", "replay", "replay"),),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.slug)
def test_a_walk_at_a_broken_gateway_names_what_is_broken(explorer: Explorer, fault: Fault) -> None:
    walked = explorer.walked(explorer.open(fault.slug), acts=ACTS.get(fault.slug, ()))
    found = walked.told()
    symptoms = {rule.symptom for rule in RULES if rule.cause == fault.code}
    # a fault breaks what it breaks, and lesser consequences are true; only another STOP would be an alarm
    grave = [(f["level"], f["code"]) for f in walked.twin["findings"] if f["level"] == "STOP" or f["code"] == fault.code]
    note_walk(grave, expected=[fault.code], excused=symptoms)
    assert walked.main == fault.code or (not walked.main and fault.code in walked.codes("NOTE")), found
    assert walked.codes("STOP") <= {fault.code} | symptoms, found


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.slug)
def test_a_walk_at_a_gateway_with_the_habits_of_a_product_says_its_true_findings_and_nothing_else(
    explorer: Explorer, profile: Profile
) -> None:
    walked = explorer.walked(explorer.open(profile=profile.slug))
    note_walk([(f["level"], f["code"]) for f in walked.twin["findings"]], expected=profile.true_findings)
    assert walked.codes("STOP", "WARN") == set(profile.true_findings), walked.told()


def test_faults_are_named_once_sit_at_a_place_and_stand_in_the_catalogue() -> None:
    slugs = [fault.slug for fault in FAULTS]
    assert len(set(slugs)) == len(slugs)
    assert {fault.place for fault in FAULTS} <= set(PLACES)
    assert [fault.slug for fault in FAULTS if find_check(fault.code) is None] == []


def test_an_opened_gateway_is_healthy_until_a_switch_is_set_and_healthy_again_after(explorer: Explorer) -> None:
    instance = explorer.open()
    assert explorer.walked(instance).codes("STOP", "WARN") == set()
    set_faults(explorer.engine, instance.id, ["issuer-slash"])
    changed = load_gateway(explorer.engine, instance.id)
    assert changed is not None and changed.faults == ("issuer-slash",)
    assert explorer.walked(instance).main == "server_metadata.issuer_slash"
    set_faults(explorer.engine, instance.id, [])
    assert explorer.walked(instance).codes("STOP", "WARN") == set()


def test_every_fault_changes_something_and_any_two_of_them_combine() -> None:
    gateway = healthy("http://localhost:8000")
    assert broken_by(gateway, ()) == gateway
    assert [fault.slug for fault in FAULTS if fault.breaks(gateway) == gateway] == []
    for one in FAULTS:
        broken = one.breaks(gateway)
        assert all(other.breaks(broken).id == gateway.id for other in FAULTS)


def test_the_readme_counts_them_right() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(FAULTS)} switches" in readme and f"on {len({fault.code for fault in FAULTS})} codes" in readme
    assert len(PROFILES) == 12 and "Twelve habits of real products" in readme
