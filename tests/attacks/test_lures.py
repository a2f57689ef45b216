"""Every lure at every place where a gateway names an address: nothing is dialled, a finding says why. Redirects are shown, not followed."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import Browser
from canned import Gateway, Walker, json_reply

sys.path.append(str(Path(__file__).resolve().parents[1] / "wire"))
from dialling import HOSTED, names_answered
from servers import answer, scripted
from wire.test_guard import CONFUSIONS, LITERALS, NAMES

from app.checks.engine import examine, forbids
from app.flow.engine import Means
from app.settings import Settings
from app.wire.messages import Exchange, Request
from app.wire.recorder import Wire

METADATA = "GET /.well-known/oauth-protected-resource/mcp/one"
URLS = [*(f"https://{host}:8443" for host in (*LITERALS, *NAMES)), *CONFUSIONS]


class Lured:
    """The canned gateway at its own host; for every other one the wire of a hosted instance."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway, self.wire, self.others = gateway, Wire(Settings(**HOSTED)), list[Exchange]()

    def __call__(self, request: Request, *, deadline_s: float) -> Exchange:
        if request.url.startswith("https://gw.example/"):
            return self.gateway(request, deadline_s=deadline_s)
        self.others.append(self.wire.send(request, deadline_s=deadline_s))
        return self.others[-1]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every address that a socket was asked to connect to; none is reached."""
    seen: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect_ex", lambda _, sockaddr: seen.append(sockaddr) or 111)
    names_answered(monkeypatch, NAMES)
    yield seen


def lured_by(gateway: Gateway) -> tuple[Walker, Lured]:
    wire = Lured(gateway)
    walker = Walker(gateway, forbids)
    walker.means = Means(wire, Settings(**HOSTED))
    walker.go()
    if walker.facts.authorization is not None:
        walker.come_back()
        walker.go()
    return walker, wire


def place_in(gateway: Gateway, place: str, url: str) -> None:
    if place == "challenge":
        quoted = url.replace("\\", "\\\\")
        challenge = f'Bearer resource_metadata="{quoted}/x"'
        gateway.on["POST /mcp/one"] = lambda request: (401, {"WWW-Authenticate": challenge}, b"")
    elif place == "issuer":
        gateway.prm["authorization_servers"] = [url]
    else:
        gateway.metadata[place] = f"{url}/x"


@pytest.mark.attack("S1", "S4", "S7")
@pytest.mark.parametrize("place", ["challenge", "issuer", "registration_endpoint", "token_endpoint"])
def test_no_lure_is_dialled_wherever_a_gateway_names_it(place: str, dialled: list[Any]) -> None:
    silent, refused = [], 0
    for url in (url for url in URLS if place != "challenge" or url.isprintable()):  # a header holds no line break
        gateway = Gateway()
        place_in(gateway, place, url)
        walker, wire = lured_by(gateway)
        kinds = [one.failure.kind for one in wire.others if one.failure]
        refused += len(kinds)
        assert len(kinds) == len(wire.others), (url, "somebody answered")
        assert all(kind.startswith("blocked_") or kind == "bad_url" for kind in kinds), (url, kinds)
        if not [f for f in examine(walker.run) if f.level in ("STOP", "WARN")]:
            silent.append(url)
    assert dialled == []
    assert silent == [] and refused > 40


@pytest.mark.attack("S1")
def test_the_finding_names_the_reason(dialled: list[Any]) -> None:
    said = {}
    for host, reason in {"10.0.0.1": "private", "169.254.169.254": "metadata", "127.0.0.1": "loopback"}.items():
        gateway = Gateway()
        place_in(gateway, "issuer", f"https://{host}:8443")
        walker, _ = lured_by(gateway)
        said[host] = [f.code for f in examine(walker.run) if reason in f.code]
    assert all(any(code.startswith("transport.blocked_") for code in codes) for codes in said.values()), said


@pytest.mark.attack("S7")
def test_an_open_and_a_closed_port_inside_are_told_alike() -> None:
    wire = Wire(Settings(**HOSTED))
    with scripted(answer()) as opened:
        closed = opened.port + 1 if opened.port < 65_000 else opened.port - 1
        both = [wire.send(Request("GET", f"https://127.0.0.1:{port}/")) for port in (opened.port, closed)]
        assert opened.conversations == []
    told = [(one.failure.kind, one.failure.says.replace(str(opened.port), "P").replace(str(closed), "P")) for one in both if one.failure]
    assert len(told) == 2 and told[0] == told[1]
    assert [one.connection.tried for one in both] == [(), ()]


LOCATIONS = (
    "http://169.254.169.254/latest/meta-data",
    "//evil.example/x",
    "https://gw.example@evil.example/",
    "javascript:x",
    "/elsewhere",
)


@pytest.mark.attack("S5")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_is_shown_as_a_finding_and_not_followed(status: int, location: str) -> None:
    for place in (METADATA, "POST /token", "POST /mcp/one"):
        gateway = Gateway()
        gateway.on[place] = lambda request: (status, {"Location": location}, b"")
        walker = Walker(gateway, forbids)
        walker.go()
        if walker.facts.authorization is not None:
            walker.come_back()
            walker.go()
        assert [request.url for request in gateway.asked if not request.url.startswith("https://gw.example/")] == []
        assert not [request.url for request in gateway.asked if request.url.endswith("/elsewhere")]
        assert [f.code for f in examine(walker.run) if "redirect" in f.code and location in f.says], (place, examine(walker.run))


@pytest.mark.attack("K9")
def test_another_redirect_uri_is_told_before_anybody_leaves_and_is_never_used() -> None:
    gateway = Gateway()
    given = {"client_id": "client-1", "redirect_uris": ["https://evil.example/callback"]}
    gateway.on["POST /register"] = lambda request: json_reply(given, 201)
    walker = Walker(gateway, forbids)
    walker.go()
    told = [f for f in examine(walker.run) if "evil.example" in f.says]
    assert [f.step for f in told] == ["register"]
    assert walker.facts.authorization is not None and walker.facts.authorization.left_at is None, "a person has to press first"
    assert walker.facts.authorization.redirect_uri == "http://127.0.0.1:8000/callback"


@pytest.mark.attack("K9")
def test_the_page_before_the_browser_leaves_tells_of_it(ada: Browser, gateway: Gateway) -> None:
    gateway.on["POST /register"] = lambda request: json_reply({"client_id": "client-1", "redirect_uris": ["https://evil.example/cb"]}, 201)
    ada.start()
    page = ada.press("run")
    assert (page.state, page.step) == ("authorize", "authorize") and "authorize" in page.moves
    assert ("WARN", "register.bad_answer") in page.codes and "https://evil.example/cb" in page.text
