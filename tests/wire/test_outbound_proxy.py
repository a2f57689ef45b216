"""OUTBOUND_PROXY: tunnels for https, absolute URLs for http, the operator's password in no record."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from servers import answer, refusing_port, scripted

from app.settings import BadSetting, Settings
from app.wire.messages import Request
from app.wire.recorder import Wire


@contextlib.contextmanager
def tunnelling(port: int) -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that connects every tunnel to a port of this machine; its port, and the requests for tunnels."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", port)) as server:
                asked.append(client.recv(65_536))
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: us\r\n\r\n")
                back = Thread(target=_pour, args=(server, client), daemon=True)
                back.start()
                _pour(client, server)
                back.join(10)

        serving = Thread(target=serve, daemon=True)
        serving.start()
        yield listener.getsockname()[1], asked
        serving.join(10)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while octets := source.recv(65_536):
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)


def test_https_goes_through_a_tunnel_and_stays_exact(ca_bundle: str, authority: object, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("inside.example").configure_cert(context)  # type: ignore[attr-defined]
    with scripted(answer(), tls=context) as server, tunnelling(server.port) as (port, asked):
        wire = Wire(Settings(ca_bundle=ca_bundle, outbound_proxy=f"http://user:p%40ss@127.0.0.1:{port}"))
        exchange = wire.send(Request("GET", "https://inside.example/mcp"))
        log = server.log()
    assert exchange.failure is None
    assert (exchange.sent, exchange.received) == (bytes(log.got), bytes(log.sent))
    assert asked[0].startswith(
        b"CONNECT inside.example:443 HTTP/1.1\r\nHost: inside.example:443\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n"
    )
    assert exchange.connection.proxy == f"127.0.0.1:{port}"
    assert exchange.connection.tls is not None


def test_http_goes_as_an_absolute_url_and_the_password_is_not_recorded() -> None:
    with scripted(answer()) as proxy:
        wire = Wire(Settings(outbound_proxy=f"http://user:pw@127.0.0.1:{proxy.port}"))
        exchange = wire.send(Request("GET", "http://inside.example/mcp?a=b"))
        log = bytes(proxy.log().got)
    assert exchange.status == 200
    assert exchange.sent.startswith(b"GET http://inside.example/mcp?a=b HTTP/1.1\r\nHost: inside.example\r\n")
    assert log == exchange.sent.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nProxy-Authorization: Basic dXNlcjpwdw==\r\n", 1)


@pytest.mark.parametrize("script", [(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",), (b"nonsense\r\n\r\n",), ()])
def test_a_proxy_that_gives_no_tunnel_is_named(script: tuple[bytes, ...]) -> None:
    with scripted(*script) as proxy:
        exchange = Wire(Settings(outbound_proxy=f"http://127.0.0.1:{proxy.port}")).send(Request("GET", "https://inside.example/"))
    assert exchange.failure is not None
    assert exchange.failure.kind == "proxy_failed"
    assert exchange.sent == b""


def test_a_proxy_that_is_down_is_named_in_the_refusal() -> None:
    port = refusing_port()
    failure = Wire(Settings(outbound_proxy=f"http://127.0.0.1:{port}")).send(Request("GET", "http://inside.example/")).failure
    assert failure is not None
    assert (failure.kind, f"127.0.0.1:{port}" in failure.says) == ("refused", True)


def test_the_machine_itself_is_reached_without_the_proxy() -> None:
    with scripted(answer()) as proxy, scripted(answer()) as server:
        wire = Wire(Settings(outbound_proxy=f"http://127.0.0.1:{proxy.port}"))
        for url in (server.url, server.url.replace("127.0.0.1", "localhost"), server.url.replace("127.0.0.1", "127.1")):
            exchange = wire.send(Request("GET", url))
            assert (exchange.status, exchange.connection.proxy) == (200, "")
        assert proxy.conversations == []


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://2852039166/", "http://[fe80::1]/", "http://[64:ff9b::a9fe:a9fe]/"])
def test_literal_addresses_are_judged_before_the_proxy_sees_them(url: str) -> None:
    with scripted(answer()) as proxy:
        failure = Wire(Settings(outbound_proxy=f"http://127.0.0.1:{proxy.port}")).send(Request("GET", url)).failure
        assert proxy.conversations == []
    assert failure is not None
    assert failure.kind.startswith("blocked_")


@pytest.mark.parametrize(("url", "kind"), [("http://inside.example/", "blocked_scheme"), ("https://inside.example:22/", "blocked_port")])
def test_a_hosted_instance_keeps_its_rules_for_names_behind_a_proxy(url: str, kind: str) -> None:
    with scripted(answer()) as proxy:
        settings = Settings(mode="hosted", outbound_proxy=f"http://127.0.0.1:{proxy.port}", allow_targets="10.0.0.0/8:*")
        failure = Wire(settings).send(Request("GET", url)).failure
        assert proxy.conversations == []
    assert failure is not None
    assert failure.kind == kind


@pytest.mark.parametrize(
    "text", ["proxy:3128", "https://proxy:1", "socks5://proxy:1", "http://", "http://proxy:99999", "http://proxy:1/path"]
)
def test_a_proxy_setting_that_cannot_be_used_stops_the_start(text: str, make_wire: Callable[..., Wire]) -> None:
    with pytest.raises(BadSetting, match="OUTBOUND_PROXY"):
        make_wire(outbound_proxy=text)
