"""Addresses that a server names, over real sockets: what is dialled and what never is (rule C39), and a walk that ends at a redirect."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from dialling import HOSTED
from servers import answer, scripted

from app.flow import choices
from app.flow.engine import Means, run_on
from app.flow.facts import Options
from app.flow.fold import facts_of
from app.flow.log import Choice, Leg, Run
from app.settings import Settings
from app.wire.messages import Exchange, Request
from app.wire.recorder import Wire

sys.path.append(str(Path(__file__).resolve().parents[1] / "flow"))
from canned import AS, Gateway  # lives with the flow's tests
from requirements.marks import proves, under
from requirements.table import REVISIONS


class Served:
    """The canned gateway on a socket. `base` is its origin; documents and challenges name it in place of the example's."""

    def __init__(self) -> None:
        self.gateway = Gateway()
        self.seen: list[str] = []  # request lines, as they came
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._serving())
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def _serving(self) -> type[BaseHTTPRequestHandler]:
        served = self

        class Serving(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.seen.append(self.requestline)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                exchange = served.gateway(Request(self.command, AS + self.path, tuple(self.headers.items()), body), deadline_s=1.0)
                here = (exchange.received or b"").replace(AS.encode(), served.base.encode())
                head, _, content = here.partition(b"\r\n\r\n")
                lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
                self.wfile.write(b"\r\n".join([*lines, b"Content-Length: %d" % len(content), b"Connection: close", b"", content]))
                self.close_connection = True

            do_POST = do_GET

            def log_message(self, *words: Any) -> None:
                pass

        return Serving


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served()
    yield one
    one.server.shutdown()
    one.server.server_close()


def walk(served: Served, revision: str, settings: Settings | None = None) -> Run:
    """To the browser and back, then on, with the real wire and without checks that would stop it."""
    settings = settings or Settings()
    target = f"{served.base}/mcp/one"
    run = Run("r", "o", target, 0.0)
    options = Options(target=target, revision=revision, redirect_uri=settings.redirect_uri)
    run.append(Choice(choices.OPTIONS, vars(options)))
    means = Means(Wire(settings).send, settings)
    run_on(run, means, lambda run: None)
    if asked := facts_of(run).authorization:
        run.append(Leg("callback", f"{settings.redirect_uri}?code=c&state={asked.state}&iss={asked.issuer}"), step="callback")
        run_on(run, means, lambda run: None)
    return run


def failures(run: Run, step: str) -> list[str]:
    return [e.body.failure.kind for e in run.entries if e.step == step and isinstance(e.body, Exchange) and e.body.failure]


@under("C35", "C1")
def test_on_real_sockets_no_token_stands_in_a_request_line(served: Served, revision: str) -> None:
    run = walk(served, revision)
    assert facts_of(run).called
    assert [line for line in served.seen if "token-" in line] == [] and len(served.seen) > 6


@pytest.mark.attack("S1")
@under("C39", only=REVISIONS[1:])
@pytest.mark.parametrize("address", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "0251.0376.0251.0376"])
def test_a_metadata_url_that_names_an_internal_address_is_not_dialled(served: Served, revision: str, address: str) -> None:
    challenge = f'Bearer resource_metadata="http://{address}/latest/meta-data"'
    served.gateway.on["POST /mcp/one"] = lambda request: (401, {"WWW-Authenticate": challenge}, b"")
    run = walk(served, revision)
    assert failures(run, "resource_metadata") and all(kind.startswith("blocked") for kind in failures(run, "resource_metadata"))


@under("C39")
@pytest.mark.parametrize("member", ["registration_endpoint", "token_endpoint"])
def test_an_endpoint_at_an_internal_address_is_not_dialled(served: Served, revision: str, member: str) -> None:
    served.gateway.metadata[member] = "http://169.254.169.254/latest"
    run = walk(served, revision)
    step = "register" if member == "registration_endpoint" else "token"
    assert len(failures(run, step)) == 1 and failures(run, step)[0].startswith("blocked")


@pytest.mark.attack("S5")
@under("C39")
@pytest.mark.parametrize("place", ["POST /mcp/one", "GET /.well-known/oauth-authorization-server", "POST /register", "POST /token"])
def test_a_redirect_to_another_server_is_not_followed(served: Served, revision: str, place: str) -> None:
    with scripted(answer(b"{}")) as canary:
        served.gateway.on[place] = lambda request: (307, {"Location": canary.url}, b"")
        run = walk(served, revision)
        assert canary.conversations == []
    hops = [e.body for e in run.entries if isinstance(e.body, Exchange) and e.body.status == 307]
    assert hops and all(b"Location: " + canary.url.encode() in hop.received for hop in hops)


@proves("C39")
@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/mcp", "https://127.0.0.1:{port}/mcp", "https://localhost:{port}/mcp"])
def test_a_hosted_instance_dials_nothing_private(url: str) -> None:
    with scripted(answer(b"{}")) as canary:
        exchange = Wire(Settings(**HOSTED)).send(Request("GET", url.format(port=canary.port)))
        assert exchange.failure is not None and exchange.failure.kind.startswith("blocked")
        assert canary.conversations == []


@pytest.mark.parametrize("body", [b"<!doctype html>", b"", b"\xff\xfe\x00", b"[" * 5_000, b'{"issuer": ' + b"1" * 5_000 + b"}"])
@pytest.mark.parametrize("place", ["GET /.well-known/oauth-authorization-server", "POST /register", "POST /token", "POST /mcp/one"])
def test_no_body_crashes_the_walk(served: Served, place: str, body: bytes) -> None:
    served.gateway.on[place] = lambda request: (200, {"Content-Type": "application/json"}, body)
    run = walk(served, "2026-07-28")
    assert not facts_of(run).called or place == "POST /mcp/one"
    assert json.dumps(sorted(facts_of(run).steps))
