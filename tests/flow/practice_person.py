"""Someone at the buttons of our engine and wire, whose browser walks the practice gateway's pages, over real sockets."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from running import free_port
from werkzeug.serving import make_server

from app.checks.engine import forbids
from app.flow import choices
from app.flow.acts import act
from app.flow.engine import Means, run_on
from app.flow.facts import Facts, Options
from app.flow.fold import facts_of
from app.flow.log import Choice, Leg, Run
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

    def __init__(self, settings: Settings, revision: str, route: str, target: str = "") -> None:
        self.settings, self.send = settings, through_requests()
        self.target = target or f"{settings.practice_base}/practice/mcp/{route}"
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
        self.run.append(Leg("callback", self.walk_out(asked.url)), step="callback")
        run_on(self.run, self.means, forbids)

    def walk_out(self, url: str) -> str:
        """The browser's part of one authorization request; the callback's URL."""
        page = self.send("GET", url, {}, b"")
        for _ in range(12):
            if page.status in (302, 303) and page.location.startswith(self.settings.redirect_uri):
                break
            page = self._onward(page)
        return page.location

    def _onward(self, page: Answer) -> Answer:
        if page.status in (302, 303):
            return self.send("GET", page.location, {}, b"")
        purpose = next(p for p in ("login", "connect", "approve") if f'data-practice="{p}"' in page.text)
        return self.press_there(page, purpose)

    def press_there(self, page: Answer, purpose: str) -> Answer:
        url, fields = page.form(purpose)
        return self.send("POST", url, {"Content-Type": FORM}, urlencode(fields).encode())


@contextlib.contextmanager
def practice_gateway(folder: Path) -> Iterator[Settings]:
    """A practice gateway on a port of its own; the settings say where."""
    settings = Settings(data_dir=str(folder), port=free_port())
    engine = open_engine(settings)
    app = Flask("alone", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.register_blueprint(create_practice(settings, engine))
    server = make_server("127.0.0.1", settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield settings
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        engine.dispose()


def whole_walk(settings: Settings, revision: str, route: str) -> Run:
    """A walk to its end, with the second sign-in that the proof of revocation needs."""
    person = Person(settings, revision, route)
    for _ in range(2):
        person.press("run")
        person.browse()
    assert person.state == "done"
    return person.run
