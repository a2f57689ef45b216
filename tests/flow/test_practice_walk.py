"""The whole walk over real sockets: our engine and our wire against the practice gateway, in every revision it speaks."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from running import free_port
from werkzeug.serving import make_server

from app.checks.engine import examine, forbids
from app.flow import choices
from app.flow.acts import act
from app.flow.engine import Means, run_on
from app.flow.facts import Facts, Options
from app.flow.fold import facts_of
from app.flow.log import Choice, Exchange, Leg, Run
from app.flow.standing import standing
from app.practice import create_practice
from app.settings import Settings
from app.store.database import open_engine
from app.wire.recorder import Wire

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "practice"))
from dance import FORM, Answer, through_requests  # noqa: E402  # lives with the practice gateway's own tests


class Person:
    """Someone at the buttons, whose browser walks the gateway's pages."""

    def __init__(self, settings: Settings, revision: str, route: str) -> None:
        self.settings, self.send = settings, through_requests()
        self.target = f"{settings.practice_base}/practice/mcp/{route}"
        self.run = Run("r", "o", self.target, 0.0)
        options = Options(target=self.target, revision=revision, redirect_uri=settings.redirect_uri)
        self.run.append(Choice(choices.OPTIONS, vars(options)))
        self.means = Means(Wire(settings).send, settings)

    @property
    def facts(self) -> Facts:
        return facts_of(self.run)

    @property
    def state(self) -> str:
        return standing(self.facts, forbids(self.run), False).state

    def press(self, action: str, **form: str) -> None:
        act(self.run, action, form, forbids(self.run))
        run_on(self.run, self.means, forbids)

    def browse(self) -> None:
        """Out with the authorization request, through login and consent, back to the callback."""
        asked = self.facts.authorization
        assert asked is not None
        self.run.append(Leg("authorize", asked.url), step="authorize")
        page = self.send("GET", asked.url, {}, b"")
        for _ in range(12):
            if page.status in (302, 303) and page.location.startswith(self.settings.redirect_uri):
                break
            page = self._onward(page)
        self.run.append(Leg("callback", page.location), step="callback")
        run_on(self.run, self.means, forbids)

    def _onward(self, page: Answer) -> Answer:
        if page.status in (302, 303):
            return self.send("GET", page.location, {}, b"")
        purpose = next(p for p in ("login", "connect", "approve") if f'data-practice="{p}"' in page.text)
        return self.press_there(page, purpose)

    def press_there(self, page: Answer, purpose: str) -> Answer:
        url, fields = page.form(purpose)
        return self.send("POST", url, {"Content-Type": FORM}, urlencode(fields).encode())


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A practice gateway on a port of its own."""
    settings = Settings(data_dir=str(tmp_path), port=free_port())
    engine = open_engine(settings)
    app = Flask("alone", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.register_blueprint(create_practice(settings, engine))
    server = make_server("127.0.0.1", settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield settings
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()


@pytest.mark.parametrize("revision", ["auto", "2025-06-18", "2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("route", ["linear-v1", "github-v1"])
def test_the_healthy_gateway_is_walked_to_its_end_without_a_complaint(settings: Settings, revision: str, route: str) -> None:
    person = Person(settings, revision, route)
    person.press("run")
    assert person.state == "authorize"
    person.browse()
    assert person.state == "connected"
    person.press("run")
    assert person.state == "authorize" and person.facts.replay_outcome == "grant_killed"
    person.browse()
    assert person.state == "done"
    assert [f.code for f in examine(person.run) if f.level in ("STOP", "WARN")] == []
    last = [e.body for e in person.run.entries if e.step == "confirm" and isinstance(e.body, Exchange)]
    assert [e.status for e in last] == [401, 400]


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_an_upstream_link_is_opened_and_the_call_comes_through(settings: Settings, revision: str) -> None:
    person = Person(settings, revision, "github-v1")
    person.press("run")
    person.browse()
    person.press("call_tool", tool="list_projects")
    assert person.state == "connect" and person.facts.connect is not None
    link = person.facts.connect.urls[0]
    person.press_there(person.send("GET", link, {}, b""), "connect")
    person.press("retry")
    assert person.state == "connected" and person.facts.pending is None


def test_a_tool_that_needs_more_scope_is_repeated_after_the_step_up(settings: Settings) -> None:
    person = Person(settings, "2026-07-28", "linear-v1")
    person.press("run")
    person.browse()
    person.press("call_tool", tool="delete_workspace")
    assert person.state == "stepup"
    person.browse()
    assert person.state == "connected" and person.facts.pending is None
    assert [f.level for f in examine(person.run) if f.code == "call.insufficient_scope"] == ["NOTE"]
