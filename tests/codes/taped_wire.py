"""A wire that answers a walk's real requests with a tape's answers: matched by what is asked, in the tape's order, as this run's own.

Where the tape holds no answer, a healthy gateway's is taken; what a healthy one does not have either is a 404.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate, parsedate_to_datetime

from app.checks.examples.healthy import STEPS
from app.checks.examples.probing import DRY_URL, FRIENDLY, LOGIN
from app.checks.examples.tape import HOME, Line, answer, get, refusal, result, rpc
from app.flow.rebuilt import request_bytes
from app.wire.messages import Exchange, Marks, Request
from app.wire.parse.form import read_pairs

Kind = tuple[str, ...]
HINTS = {"access_token": "revoke_access", "refresh_token": "revoke_refresh", "": "revoke_unknown"}
DATE = re.compile(rb"(?i)(\r\ndate: )([^\r]+)")
RPC_ID = re.compile(rb'"id": ?"1"')
BESIDE = (*FRIENDLY, get("authorize", "", f"{HOME}/authorize", LOGIN))  # what a healthy server says to separating probes
NOTHING = answer(404, b"not here")
OLDER = {  # the handshake of the revisions up to 2025-11-25, which the healthy walk of the examples does not have
    "probe": (rpc("probe", "initialize", refusal()),),
    "call": (
        rpc("call", "initialize", answer(200, result({"protocolVersion": "2025-11-25"})), "access-1"),
        rpc("call", "initialized", answer(202), "access-1"),
    ),
}


def kind_of(request: Request, role: str = "") -> Kind:
    """What is asked: requests of one kind are answered in turn. `role` is a tape's; a real request says it by its hint."""
    place = request.url.partition("#")[0].partition("?")[0]
    origin = request.header("origin")
    if request.method != "POST" or origin:
        return (request.method, place, origin)
    if request.body[:1] == b"{" and b"jsonrpc" in request.body:
        return ("rpc", place, json.loads(request.body)["method"], "token" if request.header("authorization") else "")
    form = dict(read_pairs(request.body.decode("latin-1")))
    if "token" in form:
        return ("revoke", place, role if role.startswith("revoke") else HINTS[form.get("token_type_hint", "")])
    return ("POST", place, form.get("grant_type", ""))


class TapedWire:
    """The wire of one app. `play` says what the next step's requests are answered with; `later` sets the gateway's clock forward."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.later = 0.0
        self._answers: list[tuple[Kind, Exchange, float]] = []
        self._healthy: list[tuple[Kind, Exchange, float]] = []

    def play(self, lines: Iterable[tuple[Line, float]], step: str) -> None:
        """The lines of one take with the second of the tape at which each was written, and the step that is about to be taken."""
        self._answers = _exchanges(lines)
        self._healthy = _exchanges((line, 0.0) for line in (*STEPS.get(step, ()), *OLDER.get(step, ()), *BESIDE))

    @property
    def left(self) -> list[Kind]:
        """What the tape has answered and nobody has asked."""
        return [kind for kind, _, _ in self._answers]

    def send(self, request: Request, *, deadline_s: float, stop: Callable[[], bool]) -> Exchange:
        self.asked.append(request)
        kind = kind_of(request)
        found = _taken(self._answers, kind) or _taken(self._healthy, kind)
        now = time.time() + self.later
        if found is None:
            return Exchange(request, request_bytes(request), NOTHING, now, Marks(end=0.01))
        taped, at = found
        received = _of_this_run(taped.received, request, now - at if at else 0.0)
        return Exchange(request, request_bytes(request), received, now, Marks(end=0.01), failure=taped.failure)


def _exchanges(lines: Iterable[tuple[Line, float]]) -> list[tuple[Kind, Exchange, float]]:
    return [(kind_of(line.body.request, line.role), line.body, at) for line, at in lines if isinstance(line.body, Exchange)]


def _taken(answers: list[tuple[Kind, Exchange, float]], kind: Kind) -> tuple[Exchange, float] | None:
    number = next((n for n, (have, _, _) in enumerate(answers) if have == kind), None)
    if number is None:
        return None
    _, exchange, at = answers.pop(number)
    return exchange, at


def _of_this_run(received: bytes, request: Request, after: float) -> bytes:
    """The answer with this run's JSON-RPC id and address, and its Date header moved from the tape's time to now."""
    head, blank, body = received.partition(b"\r\n\r\n")
    ours = RPC_ID.sub(b'"id": "%s"' % request.rpc_id.encode(), body)
    head = head.replace(DRY_URL.encode(), request.url.encode())
    if len(ours) != len(body):
        head = re.sub(rb"(?i)\r\ncontent-length: \d+", b"\r\nContent-Length: %d" % len(ours), head)
    return DATE.sub(lambda match: match[1] + _later(match[2], after), head) + blank + ours


def _later(date: bytes, after: float) -> bytes:
    return formatdate(parsedate_to_datetime(date.decode()).timestamp() + after, usegmt=True).encode()
