"""The robot user with a real Chromium: the same words as `robot.HttpUser`, by clicks."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import chromium
from person import Person
from playwright.sync_api import sync_playwright

BROWSERS = 3  # at once: the suite starts all its scenarios together, and forty browsers on two cores time out


def wait_for_a_place() -> IO[bytes]:
    """One of few places for a browser, held as long as the returned file is open."""
    folder = Path(tempfile.gettempdir()) / f"explorer-browsers-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        for number in range(BROWSERS):
            place = (folder / str(number)).open("wb")
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                place.close()
            else:
                return place
        time.sleep(0.1)


class ChromiumUser:
    """Somebody in a browser of their own."""

    def __init__(self, base: str) -> None:
        self._place = wait_for_a_place()
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=chromium.binary(), args=list(chromium.SWITCHES))
        self._person = Person(self._browser.new_page(), base)

    def start(self, values: Mapping[str, str | None]) -> None:
        self._person.start(values)

    def press(self, action: str) -> None:
        self._person.press(action)

    def reload(self) -> None:
        self._person.page.reload()

    @property
    def state(self) -> str:
        return self._person.state

    @property
    def problem(self) -> str:
        """The main finding's code, else the first STOP's."""
        for selector, name in (("[data-problem]", "data-problem"), ("[data-code][data-level=STOP]", "data-code")):
            found = self._person.page.locator(selector)
            if found.count():
                return found.first.get_attribute(name) or ""
        return ""

    @property
    def offers(self) -> set[str]:
        return self._person.offers

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()
        self._place.close()
