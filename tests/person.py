"""What a person does in a browser: presses what the page offers, signs in at the practice gateway, waits for the page to settle."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

SECONDS = 30_000  # milliseconds, as Playwright counts; a step may take 20 s


class Person:
    """One browser of one person. Fails on a page error, and on a request to a host that is not this machine's."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(f"{message.text} {message.location}") if _is_error(message) else None)
        page.on("request", lambda request: self.foreign.append(request.url) if not _is_here(request.url) else None)

    @classmethod
    @contextlib.contextmanager
    def at(cls, browser: Browser, base: str, **options: Any) -> Iterator[Person]:
        """Somebody with a fresh browser profile."""
        context = browser.new_context(**options)
        somebody = cls(context.new_page(), base)
        try:
            yield somebody
            if somebody.errors or somebody.foreign:
                raise AssertionError(f"the console said {somebody.errors}, other hosts were asked: {somebody.foreign}")
        finally:
            context.close()

    @property
    def state(self) -> str:
        return self.page.locator("body").get_attribute("data-state") or ""

    @property
    def step(self) -> str:
        return self.page.locator("body").get_attribute("data-step") or ""

    @property
    def offers(self) -> set[str]:
        return {found.get_attribute("data-action") or "" for found in self.page.locator("[data-action]").all()}

    def start(self, values: Mapping[str, str | None]) -> None:
        """Fill in the start form and send it."""
        self.page.goto(self.base + "/")
        form = self.page.locator("form[data-action=new]")
        form.evaluate("form => form.querySelectorAll('details').forEach(part => { part.open = true })")
        for name, value in values.items():
            if value is not None:
                field = form.locator(f"[name={name}]")
                if field.evaluate("field => field.tagName") == "SELECT":
                    field.select_option(value)
                else:
                    field.fill(value)
        self.press("new")

    def press(self, action: str) -> None:
        """Do a move and wait until its page stands still."""
        marked = self.page.locator("body[data-old]")
        self.page.locator("body").evaluate("body => { body.dataset.old = 1 }")  # gone with the next page, and with a swap of this one
        self._button(action).click()
        expect(marked).to_have_count(0, timeout=SECONDS)
        self.settle()

    def settle(self) -> None:
        expect(self.page.locator("body:not([data-state=running])")).to_have_count(1, timeout=SECONDS)

    def _button(self, action: str) -> Locator:
        move = self.page.locator(f"[data-action={action}]").first
        if move.evaluate("move => move.tagName") == "FORM":
            move = move.locator("button:not([type=button]), input[type=submit]").first
        while (closed := move.locator("xpath=ancestor::details[not(@open)]")).count():
            closed.first.locator("> summary").click()
        return move

    def allow(self) -> None:
        """At the practice gateway: sign in where asked, connect the upstream, authorize; back at the run at the end."""
        for name in ("login", "connect", "approve"):
            form = self.page.locator(f"form[data-practice={name}]")
            if form.count():
                form.locator("button").first.click()
                self.page.wait_for_load_state()
        self.page.wait_for_url(f"{self.base}/runs/**")
        self.settle()

    def authorize(self, action: str = "authorize") -> None:
        """Leave for the gateway and come back with its answer."""
        self._button(action).click()
        self.page.wait_for_url("http://localhost:*/practice/**")
        self.allow()


def _is_error(message: ConsoleMessage) -> bool:
    # Playwright may ask for styles between two stylesheets, while Pico's own icons still count; test_looks.py judges the loaded page
    return message.type == "error" and "Loading the image 'data:image/svg+xml" not in message.text


def _is_here(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "about:"))
