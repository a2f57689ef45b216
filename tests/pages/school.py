"""An app whose wire leads into the same app, so that lessons walk their own gateways without a socket; and what pupils do in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from browsers import Browser
from flask import Flask

from app import create_app
from app.settings import Settings
from app.wire.messages import Exchange, Request


class InsideWire:
    """Requests go straight into the same app."""

    app: Flask

    def send(self, request: Request, *, deadline_s: float, stop: Callable[[], bool]) -> Exchange:
        parts = urlsplit(request.url)
        headers = [pair for pair in request.headers if pair[0].lower() != "host"]
        answer = self.app.test_client().open(request.url, method=request.method, data=request.body, headers=headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
        sent = f"{request.method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}\r\n".encode() + request.body
        return Exchange(request, sent=sent, received=f"HTTP/1.1 {answer.status}\r\n{head}\r\n".encode("latin-1") + answer.data)


def build_school(folder: Path, **settings: Any) -> Flask:
    """The app; runs are not limited unless the settings say so."""
    wire = InsideWire()
    wire.app = create_app(Settings(**{"data_dir": str(folder), "new_runs_per_minute": 0, "runs_per_browser": 0, **settings}), wire=wire)
    return wire.app


def begin(pupil: Browser, slug: str, base: str = "/lessons") -> None:
    """Start a lesson and look at its run once the walk stands still."""
    pupil.post(f"{base}/{slug}/start")
    assert pupil.answer.status_code == 303, pupil.answer.text
    pupil.run_id = pupil.answer.location.rpartition("/")[2]
    pupil.settled()


def say(pupil: Browser, slug: str, step: str, cause: str, base: str = "/lessons") -> str:
    """Answer, and what the lesson's page shows then."""
    pupil.post(f"{base}/{slug}/answer", {"step": step, "cause": cause})
    if pupil.answer.status_code == 303:
        pupil.get(pupil.answer.location)
    return pupil.answer.text


def open_room(leader: Browser, *slugs: str, title: str = "Room") -> tuple[str, str]:
    """Open a room with these lessons; (address, join code)."""
    leader.post("/rooms", {"title": title, "pick": list(slugs), **{f"order.{slug}": str(n) for n, slug in enumerate(slugs, 1)}})
    assert leader.answer.status_code == 303, leader.answer.text
    address = leader.answer.location.removesuffix("/board")
    code = re.search(r'class="join-code">([A-Z0-9 ]+)<', leader.get(f"{address}/board").text)
    assert code
    return address, code[1]


def join(pupil: Browser, code: str, name: str) -> int:
    """Come in; the status of the answer."""
    return pupil.post("/join", {"code": code, "name": name}).status_code
