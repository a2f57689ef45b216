"""A person's browser over Flask's test client: a cookie jar, pages that were read by the contract, buttons."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from canned import TARGET
from flask import Flask
from robot import Page
from werkzeug.test import TestResponse

from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Run

BASE = "http://127.0.0.1:8000"


class Browser:
    """One browser at one app. `page` is what it shows, `answer` the last answer as it came."""

    def __init__(self, app: Flask, base: str = BASE) -> None:
        self.app, self.base = app, base
        self.client = app.test_client()
        self.run_id = ""
        self.logins = 0
        self.answer: TestResponse
        self.page: Page

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._open("GET", path, **options)

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self._open("POST", path, data=form or {}, **options)

    def _open(self, method: str, path: str, **options: Any) -> TestResponse:
        url = path if path.startswith("http") else self.base + path
        self.answer = self.client.open(url, method=method, **options)
        return self.answer

    def start(self, target: str = TARGET, **form: str) -> None:
        """Fill the start form and look at the run."""
        self.post("/runs", {"target": target, "revision": "2026-07-28", **form})
        assert self.answer.status_code == 303, self.answer.text
        self.run_id = self.answer.location.rpartition("/")[2]
        self.look()

    def look(self) -> Page:
        """Open the run page."""
        self.get(f"/runs/{self.run_id}")
        assert self.answer.status_code == 200, self.answer.text
        self.page = Page(f"{self.base}/runs/{self.run_id}", self.answer.text)
        return self.page

    def press(self, action: str, **form: str) -> Page:
        """Press a button of the page that is shown, and look at what comes."""
        move = self.page.moves[action]
        self.post(move.url, {**move.values, **form}) if move.method == "POST" else self.get(move.url)
        assert self.answer.status_code == 303, self.answer.text
        return self.settled()

    def settled(self) -> Page:
        """Wait for what is under way, however slow this machine is just now, and look."""
        self._let_work_end()
        return self.look()

    def _let_work_end(self) -> None:
        for job in list(self.app.extensions["explorer"].jobs._running.values()):
            assert job.ended.wait(30)

    def leave(self) -> dict[str, str]:
        """Follow the authorize link; the parameters that the authorization server gets."""
        self.get(self.page.moves["authorize" if "authorize" in self.page.moves else "stepup"].url)
        assert self.answer.status_code == 302, self.answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(self.answer.location).query).items()}

    def come_back(self, **answer: str) -> TestResponse:
        """Come back to /callback with these parameters."""
        self.get("/callback", query_string=answer)
        self._let_work_end()
        return self.answer

    def log_in(self) -> Page:
        """Go out and come back with a code, as after a login and a consent."""
        sent = self.leave()
        self.logins += 1
        self.come_back(code=f"the-code-{self.logins}", state=sent["state"], iss="https://gw.example")
        assert self.answer.status_code == 303, self.answer.text
        return self.settled()

    @property
    def run(self) -> Run:
        """The run as it is kept, read from the store."""
        run = self.app.extensions["explorer"].store.runs.load_any(self.run_id)
        assert run is not None
        return run

    @property
    def facts(self) -> Facts:
        return facts_of(self.run)
