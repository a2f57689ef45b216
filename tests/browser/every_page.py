"""Every page of the app as an address, made from the url map: a new page is visited unasked, and one that cannot be is named.

A page whose address needs more than a run, an exchange, a check or a lesson is found by the links that lead to it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BuildError, RequestRedirect, Rule

from app import create_app
from app.practice.scenarios import scenarios
from app.settings import Settings

# machines talk to these, or a browser only passes through on its way; what they show is judged where it is shown
PASSED_THROUGH = {
    "authorize.leave": "answers 302",
    "callback.take_answer": "visited by hand, with what an answer carries",
    "run.reveal": "a POST",
    "rooms.rows": "a part of the board, swapped in there",
    "join.news_of_room": "a part of the room's page",
    "join.lesson_news": "a part of a lesson's page",
}
MACHINES = ("static", "practice.")  # the practice gateway's pages are part of the walk, which visits them
ASIDE = ("practice.front",)


class Map:
    """The url map, and the one address by which each of its pages is visited."""

    def __init__(self, folder: Path, samples: Mapping[str, object]) -> None:
        app = create_app(Settings(data_dir=str(folder)))
        app.extensions["explorer"].store.engine.dispose()
        self.urls, self.missing = app.url_map.bind(""), {rule.endpoint for rule in _shown(app)}
        self.found: dict[str, str] = {}
        known = {"code": "token.code_expired", "slug": next(iter(scenarios())).slug, "side": "request", **samples}
        for rule in _shown(app):
            with contextlib.suppress(KeyError, BuildError):
                self._add(
                    rule.endpoint, self.urls.build(rule.endpoint, {name: known[name] for name in rule.arguments - set(rule.defaults or {})})
                )

    def _add(self, endpoint: str, path: str) -> None:
        self.found[endpoint] = path
        self.missing.discard(endpoint)

    def follow(self, html: str) -> list[str]:
        """Pages that are still missing and that this one links to; now they are found."""
        new = []
        for path in re.findall(r'href="(/[^"#?]*)', html):
            with contextlib.suppress(NotFound, MethodNotAllowed, RequestRedirect):
                endpoint = str(self.urls.match(path)[0])
                if endpoint in self.missing:
                    self._add(endpoint, path)
                    new.append(path)
        return new


def _shown(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        is_machine = rule.endpoint.startswith(MACHINES) and rule.endpoint not in ASIDE
        if "GET" in (rule.methods or ()) and not is_machine and rule.endpoint not in PASSED_THROUGH:
            yield rule
