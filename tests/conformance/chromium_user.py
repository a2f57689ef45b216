"""The robot user with a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Mapping

import chromium
from playwright.sync_api import sync_playwright


class ChromiumUser:
    """The same moves as `robot.HttpUser`, by clicks."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=chromium.binary(), args=list(chromium.SWITCHES))
        self._page = self._browser.new_page()
        self._page.set_default_timeout(30_000)

    def start(self, values: Mapping[str, str | None]) -> None:
        self._page.goto(self.base + "/")
        for details in self._page.locator("form[data-action=new] details:not([open]) > summary").all():
            details.click()
        for name, value in values.items():
            field = self._page.locator(f"form[data-action=new] [name={name}]")
            if value is not None and field.count():
                if field.first.evaluate("e => e.tagName") == "SELECT":
                    field.first.select_option(value)
                else:
                    field.first.fill(value)
        self.press("new")

    def press(self, action: str) -> None:
        move = self._page.locator(f"[data-action={action}]").first
        button = move.locator("button, input[type=submit]").first if move.evaluate("e => e.tagName") == "FORM" else move
        details = move.locator("xpath=ancestor::details[not(@open)]")
        while details.count():
            details.first.locator("> summary").click()
        before = self._stamp()
        button.click()
        # Either a navigation or an htmx swap: the stamp on the old body goes away with both.
        self._page.wait_for_function("stamp => document.readyState == 'complete' && document.body.dataset.stamp != stamp", arg=before)

    def _stamp(self) -> str:
        stamp = os.urandom(6).hex()
        self._page.evaluate("stamp => { document.body.dataset.stamp = stamp }", stamp)
        return stamp

    def reload(self) -> None:
        self._page.reload(wait_until="load")

    @property
    def state(self) -> str:
        return self._page.locator("body").get_attribute("data-state") or ""

    @property
    def problem(self) -> str:
        for selector, name in (("[data-problem]", "data-problem"), ("[data-code][data-level=STOP]", "data-code")):
            found = self._page.locator(selector)
            if found.count():
                return found.first.get_attribute(name) or ""
        return ""

    @property
    def offers(self) -> set[str]:
        return {element.get_attribute("data-action") or "" for element in self._page.locator("[data-action]").all()}

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()
