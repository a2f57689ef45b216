"""Chromium audits the practice gateway: with one sign-in more, without JavaScript too, and its pages pass axe on a phone."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from person import Person

PHONE = {"width": 360, "height": 800}
WITH_ONE_SIGN_IN = ("no_token", "wrong_origin", "wrong_verifier", "missing_verifier", "old_refresh")


def _connected(person: Person) -> str:
    person.start({"target": f"{person.base.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1"})
    person.authorize()
    assert person.state == "connected"
    return person.page.url.split("#")[0]


def _audit(person: Person) -> str:
    """Mark some attempts, start, sign in once. Returns the run's address."""
    run = _connected(person)
    person.page.locator("main a", has_text="Audit").click()
    person.page.wait_for_url("**/audit")
    for box in person.page.locator("input[name=attempt]").all():
        box.set_checked(box.get_attribute("value") in WITH_ONE_SIGN_IN)
    person.press("audit")
    person._button("audit_authorize").click()
    person.page.wait_for_url("http://localhost:*/practice/**")
    person.allow()
    assert person.page.url == f"{run}/audit"
    return run


def _verdicts(person: Person, run: str) -> dict[str, str]:
    sheet = json.loads(person.page.request.get(f"{run}/score.json").text())
    return {one["attempt"]: one["verdict"] for one in sheet["audit"]["verdicts"]}


def _audits(person: Person) -> None:
    run = _audit(person)
    assert {slug: word for slug, word in _verdicts(person, run).items() if slug in WITH_ONE_SIGN_IN} == dict.fromkeys(
        WITH_ONE_SIGN_IN, "enforced"
    )
    assert "The audit is complete. " in person.page.locator("main").inner_text()
    assert person.state == "connected"
    person.page.goto(run)
    assert person.state == "connected", "the run stands where it stood"
    person.press("refresh")
    assert person.page.locator("[data-level=STOP]").count() == 0, "its own tokens still live"


def test_an_audit_with_one_sign_in_more(person: Person) -> None:
    _audits(person)


def test_an_audit_without_javascript(person_without_javascript: Person) -> None:
    _audits(person_without_javascript)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_pages_pass_axe_and_fit_a_phone(person: Person, colours: str) -> None:
    run = _audit(person)
    other = _connected(person)
    person.page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    person.page.set_viewport_size(PHONE)
    compare = f"{person.base}/compare?left={run.rpartition('/')[2]}&right={other.rpartition('/')[2]}"
    for url in (f"{run}/audit?all=1", f"{run}/score", f"{run}/consistency", compare):
        answer = person.page.goto(url)
        assert answer is not None and answer.status == 200
        person.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        found = Axe().run(person.page).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == [], url
        assert person.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], url
