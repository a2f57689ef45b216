"""The walk at the reference Python SDK's server: how far it goes, and exactly which findings it gets."""

from __future__ import annotations

import chromium
import pytest
from person import Person
from playwright.sync_api import Playwright
from robot import HttpUser
from running import App
from walker import one_button_visit, walk

from app.flow.steps import NAMES

# What we say about mcp 2.3.0. Written down by hand from its source; a change is a change of the SDK or of ours.
EXPECTED: dict[str, set[tuple[str, str]]] = {
    "2025-11-25": set(),
    "2026-07-28": set(),
}


@pytest.mark.parametrize("revision", sorted(EXPECTED))
def test_the_whole_walk_by_http(app: App, sdk_server: str, revision: str) -> None:
    user = HttpUser(app.url)
    user.start({"target": sdk_server, "revision": revision})
    trail = walk(user, one_button_visit)
    twin = user.twin()
    states = {step["name"]: step["state"] for step in twin["steps"]}
    assert trail[-1] == "done", (trail, user.problem, states)
    assert states == dict.fromkeys(NAMES, "done")
    assert {(finding["level"], finding["code"]) for finding in twin["findings"]} == EXPECTED[revision]


def test_the_handshake_in_chromium(app: App, sdk_server: str, playwright: Playwright) -> None:
    browser = playwright.chromium.launch(executable_path=chromium.binary(), args=list(chromium.SWITCHES))
    with Person.at(browser, app.url) as person:
        person.start({"target": sdk_server})
        person.press("run")
        person.page.locator("a[data-action=authorize]").first.click()
        person.page.get_by_role("button", name="Allow").click()
        person.page.wait_for_url(f"{app.url}/runs/**")
        person.settle()
        assert person.state == "connected"
    browser.close()
