"""A certificate authority of this session, and a wire that trusts it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import settings

from app.settings import Settings
from app.wire.recorder import Wire

settings.register_profile("no_clock", deadline=None)  # the machine is shared, and no test asserts time
settings.load_profile("no_clock")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def context_with(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    return context_with(authority.issue_cert("127.0.0.1", "localhost", "::1"))


@pytest.fixture(params=["tcp", "tls"])
def layer(request: pytest.FixtureRequest, server_tls: ssl.SSLContext) -> ssl.SSLContext | None:
    """The server's side of the connection: None for plain TCP."""
    return server_tls if request.param == "tls" else None


@pytest.fixture(scope="session")
def make_wire(ca_bundle: str) -> Callable[..., Wire]:
    """A wire with settings of the test's own."""

    def make(**settings: object) -> Wire:
        return Wire(Settings(**{"ca_bundle": ca_bundle, **settings}))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def wire(make_wire: Callable[..., Wire]) -> Wire:
    """A laptop's wire with the ordinary limits."""
    return make_wire()


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every address that a socket was asked to connect to; none is reached."""
    seen: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect_ex", lambda _, sockaddr: seen.append(sockaddr) or 111)
    yield seen
