"""A robot user: a browser without JavaScript that reads the page contract (design.md section 5) and presses what is offered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

WAIT_SECONDS = 0.1  # between two looks at a page that says `running`; people's pages look once a second
NOT_TYPED = ("hidden", "checkbox", "radio", "submit", "button", "file")
PATIENCE = 8  # how often a person presses again when the app says "not just now"


@dataclass
class Move:
    """One thing that a page offers: a link, or a form with the values it would send."""

    method: str
    url: str
    values: dict[str, str] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)  # every named field, the unchecked ones too
    buttons: list[tuple[str, str]] = field(default_factory=list)  # name and value of each, empty where it has none
    texts: set[str] = field(default_factory=set)  # those that a person types into

    def pressed(self, name: str, value: str) -> Move:
        """The same form, sent by the button with this name and value."""
        if (name, value) not in self.buttons:
            raise LookupError(f"no button {name}={value} among {self.buttons}")
        return Move(self.method, self.url, self.values | {name: value}, self.fields, self.buttons)


class Page(HTMLParser):
    """State, main finding and moves of one HTML page."""

    def __init__(self, url: str, text: str) -> None:
        super().__init__()
        self.url, self.text = url, text
        self.state, self.step, self.problem = "", "", ""
        self.codes: list[tuple[str, str]] = []  # (level, code) of every finding
        self.moves: dict[str, Move] = {}
        self.forms: list[Move] = []
        self._form: Move | None = None
        self._textarea = self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "body":
            self.state, self.step = a.get("data-state", ""), a.get("data-step", "")
        self.problem = self.problem or a.get("data-problem", "")
        if a.get("data-code"):
            self.codes.append((a.get("data-level", ""), a["data-code"]))
        if tag == "form":
            self._form = Move(a.get("method", "get").upper(), urljoin(self.url, a.get("action") or self.url))
            self.forms.append(self._form)
        if self._form is not None:
            self._read_field(tag, a)
        if name := a.get("data-action"):
            move = Move("GET", urljoin(self.url, a.get("href", ""))) if tag == "a" else self._form
            if move is not None:
                self.moves.setdefault(name, move)

    def _read_field(self, tag: str, a: dict[str, str]) -> None:
        form, name = self._form, a.get("name", "")
        assert form is not None
        if tag == "button" and "disabled" not in a:
            form.buttons.append((name, a.get("value", "")))
        if tag == "option" and self._select and ("selected" in a or self._select not in form.values):
            form.values[self._select] = a.get("value", "")
        if tag == "select":
            self._select = name
        if not name or tag not in ("input", "textarea", "select") or "disabled" in a:
            return
        form.fields.add(name)
        if tag == "textarea" or (tag == "input" and a.get("type", "text") not in NOT_TYPED):
            form.texts.add(name)
        if tag == "textarea":
            self._textarea = name
            form.values[name] = ""
        elif tag == "input" and not (a.get("type") in ("checkbox", "radio") and "checked" not in a):
            form.values[name] = a.get("value") or ("on" if a.get("type") == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.values[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        self._textarea = "" if tag == "textarea" else self._textarea
        self._select = "" if tag == "select" else self._select


class HttpUser:
    """Cookies, forms, links and redirects. Every page is asked for on a connection of its own, so that all workers are met."""

    def __init__(self, base: str, wait_seconds: float = WAIT_SECONDS) -> None:
        self.base, self.wait_seconds = base, wait_seconds
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Connection": "close", "Accept": "text/html"})
        self.page = Page(base, "")
        self.answers: list[requests.Response] = []
        self.waited = 0.0  # seconds spent between two looks at a running step, and before pressing again
        self.put_off = 0  # how often the app said "not just now"

    def open(self, url: str) -> Page:
        return self.send(Move("GET", urljoin(self.base, url)))

    def send(self, move: Move) -> Page:
        """Send a form or follow a link, with all redirects. The page may belong to another origin then."""
        values = move.values if move.method == "POST" else None
        for attempt in range(PATIENCE):
            answer = self.session.request(move.method, move.url, data=values, timeout=30)
            self.answers.append(answer)
            if answer.status_code != 503 or attempt == PATIENCE - 1:
                break
            self.put_off += 1
            self._pause(float(answer.headers.get("Retry-After", 1)))
        self.page = Page(answer.url, answer.text)
        if answer.status_code >= 400 and self.is_home:
            raise RuntimeError(f"the app answered {answer.status_code} at {urlsplit(answer.url).path}: {answer.text[:300]}")
        return self.page

    @property
    def is_home(self) -> bool:
        """Is the page one of the app's, not the gateway's?"""
        return urlsplit(self.page.url).netloc == urlsplit(self.base).netloc

    def start(self, values: Mapping[str, str | None]) -> Page:
        """Fill in the start form and send it."""
        form = self.open("/").moves["new"]
        form.values.update({name: value for name, value in values.items() if value is not None})
        return self.send(form)

    def press(self, action: str, **values: str) -> Page:
        """Do one of the moves that the page offers; `values` change fields of its form."""
        move = self.page.moves[action]
        move.values.update(values)
        return self.send(move)

    def wait(self, seconds: float = 25.0) -> Page:
        """Reload while the page says that a step is under way."""
        deadline = time.monotonic() + seconds
        while self.page.state == "running" and time.monotonic() < deadline:
            self._pause(self.wait_seconds)
            self.open(self.page.url)
        return self.page

    def _pause(self, seconds: float) -> None:
        time.sleep(seconds)
        self.waited += seconds

    def seconds_at(self, origin: str) -> float:
        """Time that one origin took to answer, over all redirects, and the waiting between looks."""
        every = [one for answer in self.answers for one in (*answer.history, answer)]
        return self.waited + sum(one.elapsed.total_seconds() for one in every if one.url.startswith(f"{origin}/"))

    @property
    def state(self) -> str:
        return self.page.state

    @property
    def problem(self) -> str:
        """The main finding's code, else the first STOP's."""
        return self.page.problem or next((code for level, code in self.page.codes if level == "STOP"), "")

    @property
    def offers(self) -> set[str]:
        return set(self.page.moves)

    def twin(self) -> Any:
        """The run's JSON twin (schema of app/views/twin.py)."""
        answer = self.session.get(self.page.url.split("#")[0].split("?")[0] + ".json", timeout=10)
        answer.raise_for_status()
        return answer.json()

    def reload(self) -> None:
        self.open(self.page.url)

    def close(self) -> None:
        self.session.close()
