"""The handshake at the reference Python SDK's server in Chromium: the walks without a browser are in test_servers.py."""

from __future__ import annotations

import chromium
from person import Person
from playwright.sync_api import Playwright
from running import App


def test_the_handshake_in_chromium(app: App, sdk_server: str, playwright: Playwright) -> None:
    browser = playwright.chromium.launch(executable_path=chromium.binary(), args=list(chromium.SWITCHES))
    with Person.at(browser, app.url) as person:
        person.start({"target": sdk_server})
        person.page.locator("a[data-action=authorize]").first.click()
        person.page.get_by_role("button", name="Allow").click()
        person.page.wait_for_url(f"{app.url}/runs/**")
        person.settle()
        assert person.state == "connected"
    browser.close()
