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

# What we say about mcp 2.3.0, written down from its source: it wants `client_secret` in the form of a revocation even where the client
# uses Basic (its issue 3508), so that Basic clients cannot revoke; it has no client without a secret in its metadata; its provider
# protocol refuses a used refresh token without ending the grant.
ALWAYS = {
    ("NOTE", "probe.error_without_token"),
    ("NOTE", "replay.rejected_grant_alive"),
}
BASIC = {
    ("WARN", "server_metadata.no_none_method"),
    ("WARN", "revoke.unexpected_status"),
    ("WARN", "revoke.no_effect"),
    ("NOTE", "revoke.partial"),
}
STREAMS = {("NOTE", "call.sse_body")}
EXPECTED = {
    ("2025-11-25", "auto"): ALWAYS | BASIC | STREAMS,
    ("2025-11-25", "client_secret_post"): ALWAYS | STREAMS,
    ("2026-07-28", "auto"): ALWAYS | BASIC,
    ("2026-07-28", "client_secret_post"): ALWAYS,
    ("auto", "auto"): ALWAYS | BASIC,
}


@pytest.mark.parametrize(("revision", "client_auth"), EXPECTED)
def test_the_whole_walk_and_exactly_these_findings(app: App, sdk_server: str, revision: str, client_auth: str) -> None:
    user = HttpUser(app.url)
    user.start({"target": sdk_server, "revision": revision, "client_auth": client_auth})
    trail = walk(user, one_button_visit)
    twin = user.twin()
    states = {step["name"]: step["state"] for step in twin["steps"]}
    assert trail[-1] == "done", (trail, user.problem, states)
    assert states == dict.fromkeys(NAMES, "done")
    assert {(finding["level"], finding["code"]) for finding in twin["findings"]} == EXPECTED[revision, client_auth]


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
