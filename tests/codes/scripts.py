"""Codes that need more than a tape, each with its reason: presses of their own, or a recording of what this app's client never does."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from browsers import Browser
from canned import Gateway, Reply

from app import create_app
from app.checks.engine import examine
from app.checks.examples.corpus import EXAMPLES
from app.checks.examples.tape import run_of
from app.settings import Settings
from app.views.har import har, har_bytes
from app.wire.messages import Exchange, Request

Script = Callable[[Path], Browser]


class CannedWire:
    """The canned gateway behind the signature of the wire."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def send(self, request: Request, *, deadline_s: float, stop: Callable[[], bool]) -> Exchange:
        return self.gateway(request, deadline_s=deadline_s)


def browser_over(gateway: Gateway, folder: Path, **limits: int) -> Browser:
    return Browser(create_app(Settings(data_dir=str(folder), **limits), wire=CannedWire(gateway)))


def always_wants_more(folder: Path) -> Browser:
    """A gateway whose 403 asks for another scope each time, and a person who agrees three times and goes past the refusal."""
    gateway = Gateway()

    def mcp(request: Request) -> Reply:
        if not request.header("authorization"):
            return gateway._mcp(request)
        needed = f'Bearer error="insufficient_scope", scope="more-{len(gateway.asked)}"'
        return 403, {"WWW-Authenticate": needed}, b""

    gateway.on["POST /mcp/one"] = mcp
    person = browser_over(gateway, folder)
    person.start()
    person.press("run")
    for _ in range(3):
        person.log_in()
    person.press("go_on")
    return person


def too_full(folder: Path) -> Browser:
    """The run holds as many exchanges as one may before the replay is over."""
    person = browser_over(Gateway(), folder, exchanges_per_run=9)
    person.start()
    person.press("run")
    person.log_in()
    person.press("refresh")
    person.press("replay")
    return person


def imported(code: str) -> Script:
    """The example's tape as a recording that somebody drops on the import page."""

    def look(folder: Path) -> Browser:
        run = run_of(EXAMPLES[code].fails)
        person = browser_over(Gateway(), folder)
        file = (io.BytesIO(har_bytes(har(run, examine(run)))), "failing.har")
        person.post("/import", {"har": file}, content_type="multipart/form-data")
        assert person.answer.status_code == 303, person.answer.text
        person.run_id = person.answer.location.rpartition("/")[2]
        person.look()
        return person

    return look


SCRIPTS: Mapping[str, tuple[str, Script]] = {
    "authorize.not_started": ("three sign-ins came before it, of which the app drew two by itself", always_wants_more),
    "transport.unfinished": ("a limit of this app ends the step, no answer does", too_full),
    "callback.duplicate": (
        "this app takes no second answer, and none of a prefetch",
        imported("callback.duplicate"),
    ),
    "refresh.race": (
        "a lease lets this app refresh once at a time; only other clients' recordings show two",
        imported("refresh.race"),
    ),
}
