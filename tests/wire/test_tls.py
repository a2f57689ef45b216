"""TLS that fails: each cause by its name, with the peer's certificates as evidence and no byte of the request sent."""

from __future__ import annotations

import datetime
import gc
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from certificates import make_leaf
from servers import Act, answer, scripted

from app.settings import BadSetting, Settings
from app.wire.limits import Patience
from app.wire.messages import Exchange, Request
from app.wire.recorder import Wire
from app.wire.recording import Recording
from app.wire.target import take_apart
from app.wire.tls import shake_hands, trust

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


def served_by(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def from_file(path: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def too_old(authority: trustme.CA) -> ssl.SSLContext:
    context = served_by(authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


CASES: dict[str, Callable[[trustme.CA, Path], ssl.SSLContext]] = {
    "tls_expired": lambda ca, _: served_by(ca.issue_cert("127.0.0.1", not_before=NOW - 9 * DAY, not_after=NOW - DAY)),
    "tls_not_yet_valid": lambda ca, _: served_by(ca.issue_cert("127.0.0.1", not_before=NOW + DAY, not_after=NOW + 9 * DAY)),
    "tls_wrong_host": lambda ca, _: served_by(ca.issue_cert("other.example", "third.example")),
    "tls_unknown_ca": lambda _, __: served_by(trustme.CA().issue_cert("127.0.0.1")),
    "tls_unknown_ca, signed by itself": lambda _, path: from_file(make_leaf(path / "c.pem", issuer="leaf")),
    "tls_unknown_ca, with its chain": lambda _, __: served_by(trustme.CA().create_child_ca().issue_cert("127.0.0.1")),
    "tls_incomplete_chain": lambda _, path: from_file(make_leaf(path / "c.pem", issuer="i", issuer_url="http://ca.example/i.crt")),
}


@pytest.mark.parametrize("name", CASES)
def test_a_certificate_that_is_not_accepted_is_named_and_shown(name: str, authority: trustme.CA, wire: Wire, tmp_path: Path) -> None:
    exchange = _failed(wire, CASES[name](authority, tmp_path))
    assert exchange.failure is not None
    assert exchange.failure.kind == name.split(",")[0]
    tls = exchange.connection.tls
    assert tls is not None
    assert tls.error
    assert tls.chain
    assert exchange.marks.tls is None


def _failed(wire: Wire, context: ssl.SSLContext) -> Exchange:
    with scripted(answer(), tls=context) as server:
        exchange = wire.send(Request("GET", server.url, (("Authorization", "Bearer secret"),)))
        assert server.log().got == b""
    assert exchange.sent == b""
    assert exchange.connection.remote == f"127.0.0.1:{server.port}"
    return exchange


def test_a_wrong_host_names_the_right_ones(wire: Wire, authority: trustme.CA) -> None:
    failure = _failed(wire, served_by(authority.issue_cert("other.example"))).failure
    assert failure is not None
    assert "other.example" in failure.says
    assert "127.0.0.1" in failure.says


def test_outdated_tls_is_named(wire: Wire, authority: trustme.CA) -> None:
    with pytest.warns(DeprecationWarning):
        context = too_old(authority)
    failure = _failed(wire, context).failure
    assert failure is not None
    assert failure.kind == "tls_too_old"


def test_a_handshake_without_common_ground_is_a_tls_failure(wire: Wire) -> None:
    failure = _failed(wire, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)).failure  # a server without any certificate
    assert failure is not None
    assert failure.kind == "tls_failed"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_client_certificate(version: ssl.TLSVersion, wire: Wire, authority: trustme.CA) -> None:
    context = served_by(authority.issue_cert("127.0.0.1"))
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    with scripted(answer(), tls=context) as server:
        exchange = wire.send(Request("GET", server.url))
    assert exchange.failure is not None
    # TLS 1.2 has no alert of that name: its general one is all that a client sees.
    assert exchange.failure.kind == ("tls_client_certificate" if version == ssl.TLSVersion.TLSv1_3 else "tls_failed")


@pytest.mark.parametrize(
    ("script", "kind"),
    [((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "tls_not_spoken"), ((Act.AT_ONCE,), "tls_failed"), ((Act.AT_ONCE, Act.RESET), "reset")],
)
def test_a_port_without_tls(script: tuple[bytes | Act, ...], kind: str, wire: Wire) -> None:
    with scripted(*((Act.AT_ONCE, *script) if script[0] is not Act.AT_ONCE else script)) as server:
        exchange = wire.send(Request("GET", server.url.replace("http:", "https:")))
    assert exchange.failure is not None
    assert exchange.failure.kind == kind
    assert exchange.sent == b""


def test_a_reset_before_the_handshake_leaves_no_socket_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        theirs.close()
    target = take_apart("https://127.0.0.1/")
    with pytest.raises(ConnectionResetError):
        shake_hands(ours, trust(Settings()), target, Patience(5), Recording(Request("GET", "https://127.0.0.1/")))
    gc.collect()  # an open socket would warn here, and a warning is an error


def test_names_are_checked_as_well_as_addresses(wire: Wire, server_tls: ssl.SSLContext) -> None:
    with scripted(answer(), tls=server_tls, name="localhost") as server:
        assert wire.send(Request("GET", server.url)).failure is None


def test_a_ca_bundle_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.pem", tmp_path):
        with pytest.raises(BadSetting, match="CA_BUNDLE"):
            Wire(Settings(ca_bundle=str(path)))


def test_without_a_bundle_an_authority_of_ours_is_unknown(server_tls: ssl.SSLContext) -> None:
    with scripted(answer(), tls=server_tls) as server:
        failure = Wire(Settings()).send(Request("GET", server.url)).failure
    assert failure is not None
    assert failure.kind == "tls_unknown_ca"
