"""A tape played through the pages: a person presses what the tape's person decided, and the wire answers what the tape recorded."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from browsers import Browser
from flask import Flask
from robot import Move, Page
from taped_wire import TapedWire

from app.checks.examples.healthy import code_sent, refreshed, register
from app.checks.examples.tape import TARGET, Line, Tape
from app.flow.log import Choice, Leg
from app.flow.separating import PLACES
from app.pages.start_form import FIELDS
from app.wire.messages import Exchange, Request
from app.wire.parse.json import read_json

ON_GRANT = ("refresh", "replay", "revoke", "confirm")
TYPED = tuple(name for name in FIELDS if name != "target")
CHANGEABLE = ("resource", "code_verifier", "scope", "application_type")
MOST_STEPS = 8
USUAL = {"code": code_sent(b"").body, "refresh": refreshed(b"").body, "dcr": register(b"").body}  # what the app sends by itself


class Player(Browser):
    """One browser over an app whose wire is a TapedWire. After `play`, `page` is the run as the tape leaves it."""

    def __init__(self, app: Flask, wire: TapedWire) -> None:
        super().__init__(app)
        self.wire, self.named = wire, ""
        self.states: dict[str, str] = {}  # the tape's -> this run's

    def play(self, tape: Tape) -> Page:
        """Press through the whole tape."""
        self.wire.later = 0.0
        moments = _timed(tape)
        for number, (line, _) in enumerate(moments):
            self._line(line, moments[number:])
        return self.look()

    def _line(self, line: Line, rest: list[tuple[Line, float]]) -> None:
        body = line.body
        if isinstance(body, Leg):
            self._leg(body)
        elif isinstance(body, Choice):
            self._choice(body, rest)

    def _choice(self, choice: Choice, rest: list[tuple[Line, float]]) -> None:
        values = choice.values
        if choice.name == "options":
            self.start(TARGET, **_typed(values, rest))
        elif choice.name == "take":
            self._take(str(values["step"]), _until(rest, "ended"))
        elif choice.name == "authorize":
            self.states[str(values["state"])] = ""
        elif choice.name == "edit":
            self.named = str(values.get("named", ""))
        elif choice.name == "ended" and values["outcome"] == "skipped":
            self._skip(str(values["step"]))
        elif choice.name == "probe" and values["phase"] == "begin":
            self.wire.play(_until(rest, "probe"), "")
            self._try(str(values["slug"]))
        elif choice.name == "gave_up":
            self.press("gave_up")
        elif choice.name == "session_lost":
            stranger = Browser(self.app)
            assert stranger.get("/callback", query_string={"code": "stray", "state": list(self.states.values())[-1]}).status_code == 400
            self.look()

    def _try(self, slug: str) -> None:
        """Press the probe's button, on the page that offers it."""
        url = f"/runs/{self.run_id}/{PLACES[slug]}" if slug in PLACES else f"/runs/{self.run_id}"
        page = Page(self.base + url, self.get(url).text)
        move = page.moves["try"]
        self.send(move if move.values.get("probe") == slug else move.pressed("probe", slug))

    def _take(self, step: str, lines: list[tuple[Line, float]]) -> None:
        self.wire.play(lines, step)
        self.wire.later += sum(line.later - 1.0 for line, _ in lines)
        edit = next((_edit(line) for line, _ in lines if isinstance(line.body, Exchange)), {})
        if edit or self.named:
            self._send_edited(step, edit)
        elif step in ON_GRANT and step in self.page.moves:
            self.press(step)
        elif self.page.state == "failed":
            self.press("retry")
        else:
            self.press("step")

    def _send_edited(self, step: str, edit: dict[str, str]) -> None:
        """Change the request that the page shows, in its own form."""
        form = next(form for form in self.page.forms if form.values.get("step") == step and "url" in form.fields)
        assert set(edit) <= form.fields, (edit, form.fields)
        form = form.pressed("break", self.named) if self.named else form
        self.named = ""
        self.send(Move("POST", form.url, {**form.values, **edit}))

    def _skip(self, step: str) -> None:
        """Go on until the app has passed by that step."""
        for _ in range(MOST_STEPS):
            if self.facts.steps.get(step, None) or self.page.state not in ("ready", "connected"):
                return
            self.wire.play((), self.page.step)
            self.press("step")

    def send(self, move: Move) -> Page:
        self.post(move.url, dict(move.values))
        assert self.answer.status_code == 303, self.answer.text
        return self.settled()

    def _leg(self, leg: Leg) -> None:
        if leg.kind == "authorize":
            name = next(reversed(self.states))
            self.states[name] = self.leave()["state"]
            self.look()
            return
        pairs = parse_qsl(leg.body.decode() if leg.method == "POST" else urlsplit(leg.url).query, keep_blank_values=True)
        given = urlencode([(name, self.states.get(value, value) if name == "state" else value) for name, value in pairs])
        if leg.method == "POST":
            self._open("POST", "/callback", data=given, content_type="application/x-www-form-urlencoded")
        else:
            self.get("/callback", query_string=given, headers=dict(leg.headers))
        self._let_work_end()
        self.look()


def _timed(tape: Tape) -> list[tuple[Line, float]]:
    """Each line with its second of the tape, as `run_of` counts them."""
    now, moments = 1_000.0, []
    for line in tape:
        now += line.later
        moments.append((line, now))
    return moments


def _until(rest: list[tuple[Line, float]], name: str) -> list[tuple[Line, float]]:
    """The lines behind the first one, up to the next choice of that name."""
    found = []
    for line, at in rest[1:]:
        if isinstance(line.body, Choice) and line.body.name == name:
            break
        found.append((line, at))
    return found


def _typed(options: Any, rest: list[tuple[Line, float]]) -> dict[str, str]:
    """What the start form takes: the tape's options, and the client that the tape knows without registering it."""
    typed = {name: str(options[name]) for name in TYPED if options.get(name)}
    for line, _ in rest:
        if isinstance(line.body, Choice) and line.body.name == "client":
            return typed | _client(line.body)
    return typed


def _client(choice: Choice) -> dict[str, str]:
    known = {name: str(choice.values[name]) for name in ("client_id", "client_secret")}
    if choice.values["how"] == "cimd":
        return {"registration": "cimd", "client_metadata_url": known["client_id"]}
    if choice.values["how"] == "preregistered" or known["client_secret"]:
        return {"registration": "preregistered", "client_auth": str(choice.values["auth"]), **known}
    return {}


def _edit(line: Line) -> dict[str, str]:
    """What must be changed by hand, so that the app sends what the tape's client sent."""
    usual = USUAL.get(line.role)
    if not isinstance(usual, Exchange) or not isinstance(line.body, Exchange):
        return {}
    ours, theirs = _parameters(usual.request), _parameters(line.body.request)
    changed = {f"param.{name}": value for name, value in theirs.items() if name in ours and ours[name] != value and name in CHANGEABLE}
    added = [{"new_name": name, "new_value": value} for name, value in theirs.items() if name not in ours and name in CHANGEABLE]
    dropped = {f"drop.{name}": "1" for name in ours if name not in theirs and name in CHANGEABLE}
    media = line.body.request.header("content-type")
    typed = {"header.Content-Type": media} if media != usual.request.header("content-type") else {}
    return {**dropped, **changed, **typed, **(added[0] if added else {})}


def _parameters(request: Request) -> dict[str, str]:
    if request.body[:1] == b"{":
        value = read_json(request.body).value
        return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
