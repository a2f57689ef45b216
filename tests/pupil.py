"""A robot pupil: opens a lesson, walks its run by the lesson's own moves, takes hints, answers. Everything is read from pages."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from robot import HttpUser, Move, Page
from walker import practice_visit, walk

from app.practice.scenarios import Scenario

MOST_PRESSES = 30
TAGS = re.compile(r"<[^>]+>")


class Pupil(HttpUser):
    """One browser of one person who learns. `lesson` is the address of the lesson's page, `run` that of the run."""

    lesson = run = ""

    @property
    def is_home(self) -> bool:
        """Is the page one of the app's? The practice gateway may share its origin, where the app is hosted."""
        return super().is_home and not urlsplit(self.page.url).path.startswith("/practice/")

    def start_lesson(self, scenario: Scenario, base: str = "/lessons") -> Page:
        """Open the lesson and press its start button."""
        self.lesson = f"{base}/{scenario.slug}"
        self.open(self.lesson)
        self.send(self.form("/start"))
        self.run = self.page.url.split("#")[0]
        return self.wait()

    def form(self, ending: str) -> Move:
        """The form of this page whose address ends so."""
        return next(form for form in self.page.forms if form.url.split("?")[0].endswith(ending))

    def walk_lesson(self, scenario: Scenario) -> None:
        """Press what the lesson's moves say, from the run's page on."""
        for move in scenario.moves:
            name, _, what = move.partition(":")
            getattr(self, f"_{name}")(what)
        self.open(self.run)

    def _walk(self, _: str) -> None:
        walk(self, practice_visit)

    def _run(self, _: str) -> None:
        self.press("run")
        self.wait()

    def _press(self, action: str) -> None:
        self.press(action)
        self.wait()

    def _to(self, step: str) -> None:
        """One step at a time until the page stands before this one."""
        for _ in range(MOST_PRESSES):
            if self.page.step == step:
                return
            if self.state in ("authorize", "stepup"):
                self._authorize("")
            else:
                self.press("step")
                self.wait()
        raise RuntimeError(f"never at {step}: {self.state} at {self.page.step}")

    def _authorize(self, _: str) -> None:
        """Leave for the gateway, sign in, and come back."""
        for _ in range(MOST_PRESSES):
            if self.state in ("authorize", "stepup"):
                break
            self.press("step")
            self.wait()
        self.press("authorize" if "authorize" in self.offers else "stepup")
        practice_visit(self)
        self.wait()

    def _tool(self, name: str) -> None:
        """Call this tool as the page fills it in."""
        self.open(f"{self.run}?tool={name}")
        self.press("call_tool")
        self.wait()

    def _consent(self, _: str) -> None:
        """Leave, sign in, and authorize without connecting what may wait."""
        self._to("authorize")
        self.press("authorize")
        for _ in range(4):
            if self.is_home:
                break
            buttons = {button: form for form in self.page.forms for button in form.buttons}
            wanted = next(one for one in (("decision", "approve"), ("person", "ada")) if one in buttons)
            self.send(buttons[wanted].pressed(*wanted))
        self.wait()

    def _leave(self, _: str) -> None:
        """Leave for the gateway, and come back to the run's page by hand: nothing came back."""
        self.press("authorize")
        self.open(self.run)

    def _deny(self, _: str) -> None:
        """Sign in, and cancel at the consent page."""
        self.press("authorize")
        for _ in range(4):
            if self.is_home:
                break
            buttons = {button: form for form in self.page.forms for button in form.buttons}
            wanted = next(one for one in (("decision", "cancel"), ("person", "ada")) if one in buttons)
            self.send(buttons[wanted].pressed(*wanted))
        self.wait()

    def _break(self, what: str) -> None:
        step, _, slug = what.partition("/")
        self._to(step)
        form = next(form for form in self.page.forms if ("break", slug) in form.buttons)
        self.send(form.pressed("break", slug))
        self.wait()

    def answer(self, step: str, cause: str) -> Page:
        """Choose a step and a cause on the lesson's page."""
        self.open(self.lesson)
        move = self.form("/answer")
        return self.send(Move(move.method, move.url, {**move.values, "step": step, "cause": cause}))

    def hint(self) -> Page:
        """Open one hint."""
        self.open(self.lesson)
        return self.send(self.form("/hint"))

    @property
    def text(self) -> str:
        """What the page says, without its markup."""
        return unescape(TAGS.sub("", self.page.text))
