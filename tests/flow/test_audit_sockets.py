"""The audit over real sockets at a server that enforces nothing, and at one that enforces all of it: the wire between is our own."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest
from auditing import Auditor, Judging
from canned import AS
from served import served

from app.flow.audits.attempts import SLUGS
from app.flow.audits.judging import ENFORCED, NOT_ENFORCED
from app.flow.engine import Means
from app.settings import Settings
from app.wire.messages import Failure, Request
from app.wire.recorder import Wire


class Door(BaseHTTPRequestHandler):
    """The canned gateway on a real socket; names are put back on the way in and on the way out."""

    protocol_version = "HTTP/1.1"
    gateway: Judging

    def answer(self) -> None:
        here = f"http://{self.headers['Host']}"
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        for mine, theirs in ((here, AS), (quote(here, safe=""), quote(AS, safe=""))):
            body = body.replace(mine.encode(), theirs.encode())
        url = f"{AS}{self.path}"
        asked = self.gateway(Request(self.command, url, tuple(self.headers.items()), body), deadline_s=1.0)
        assert asked.response is not None and not isinstance(asked.failure, Failure)
        sent = asked.response.body.replace(AS.encode(), here.encode())
        self.send_response(asked.response.status)
        for field in asked.response.fields:
            if field.name.lower() != "content-length":
                self.send_header(field.name, field.value.replace(AS, here))
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_OPTIONS = answer  # the server's own names

    def log_message(self, *words: object) -> None:
        """Silence."""


class OnSockets(Auditor):
    """The same person, whose requests go over real sockets."""

    def __init__(self, gateway: Judging, base: str, settings: Settings) -> None:
        super().__init__(gateway, target=f"{base}/mcp/one")
        gateway.here = base
        self.means = Means(Wire(settings).send, settings)


@pytest.mark.parametrize(("lenient", "word", "sign_ins"), [((), ENFORCED, 2), (SLUGS, NOT_ENFORCED, 1)])
def test_a_server_is_judged_by_what_crossed_the_wire(tmp_path: Path, lenient: tuple[str, ...], word: str, sign_ins: int) -> None:
    gateway = Judging()
    with served(Door, gateway) as base:
        somebody = OnSockets(gateway, base, Settings(data_dir=str(tmp_path)))
        somebody.to_connected()
        assert somebody.facts.called
        gateway.lenient = set(lenient)
        somebody.choose(other_route=f"{base}/mcp/two")
        somebody.to_the_end()
        assert somebody.words == dict.fromkeys(SLUGS, word), somebody.verdicts
        assert somebody.sign_ins == sign_ins


def test_a_server_that_goes_away_is_not_called_enforcing(tmp_path: Path) -> None:
    gateway = Judging()
    with served(Door, gateway) as base:
        somebody = OnSockets(gateway, base, Settings(data_dir=str(tmp_path)))
        somebody.to_connected()
        assert somebody.facts.called
    somebody.choose("garbage_token", "wrong_origin", "wrong_verifier")
    somebody.to_the_end()
    assert not {ENFORCED, NOT_ENFORCED} & {somebody.words[slug] for slug in ("garbage_token", "wrong_origin", "wrong_verifier")}
