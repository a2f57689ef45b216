"""What is recorded is what crossed the wire: compared with a raw socket's own log, plain and under TLS."""

from __future__ import annotations

import gzip
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import Act, Segment, answer, scripted

from app.wire.messages import Request
from app.wire.recorder import Wire
from app.wire.recording import Recording
from app.wire.tap import Tap

GZIPPED = gzip.compress(b'{"a": 1}', mtime=0)
BYTEWISE = tuple(bytes([octet]) for octet in answer(b'{"slow": true}'))

SCRIPTS: dict[str, tuple[tuple[Segment, ...], int]] = {
    "ordinary": ((answer(),), 200),
    "two of a header, mixed case": ((answer(b"{}", "X-Dup: a", "x-dUP: b", "wWw-AuThenticate: Bearer"),), 200),
    "one byte a segment": (BYTEWISE, 200),
    "gzip": ((answer(GZIPPED, "Content-Encoding: gzip"),), 200),
    "gzip in chunks with extension and trailer": (
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"5;ext=1\r\n" + GZIPPED[:5] + b"\r\n",
            f"{len(GZIPPED) - 5:X}\r\n".encode() + GZIPPED[5:] + b"\r\n",
            b"0\r\nX-Trailer: t\r\n\r\n",
        ),
        200,
    ),
    "ends by close": ((b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"until ", b"the end"), 200),
    "folded header": ((b"HTTP/1.1 200 OK\r\nX-Fold: a\r\n  b\r\nContent-Length: 2\r\n\r\nok",), 200),
    "latin-1 header": ((answer(b"{}", "X-Name: caf\xe9"),), 200),
    "bytes behind the body": ((answer() + b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",), 200),
    "LF only": ((b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",), 200),
    "header without colon": ((b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\nok",), 200),
    "blank before colon": ((b"HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 2\r\n\r\nok",), 200),
    "100 before": ((b"HTTP/1.1 100 Continue\r\n\r\n", answer(), Act.HOLD), 200),
    "103 before": ((b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", answer(status="401 Unauthorized"), Act.HOLD), 401),
    "a hundred interim answers": ((b"HTTP/1.1 100 Continue\r\n\r\n" * 100 + answer(),), 200),
    "HTTP/2 in the status line": ((b"HTTP/2 200\r\nContent-Length: 2\r\n\r\nok",), 200),
    "length and chunked": ((b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",), 200),
    "the same length twice": ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",), 200),
    "204 that stays open": ((b"HTTP/1.1 204 No Content\r\n\r\n", Act.HOLD), 204),
    "304 with a length": ((b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", Act.HOLD), 304),
    "redirect": ((b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",), 307),
    "cookie": ((answer(b"{}", "Set-Cookie: a=b; Path=/"),), 200),
    "NUL in a value": ((answer(b"{}", "X-Nul: a\0b"),), 200),
    "a large body": ((answer(b"x" * 900_000),), 200),
    "event stream that ends": (
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'),
        200,
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_both_directions_equal_the_servers_log(name: str, wire: Wire, layer: ssl.SSLContext | None) -> None:
    script, status = SCRIPTS[name]
    request = Request("POST", "", (("content-TYPE", "application/json"), ("X-Order", "2"), ("x-order", "1")), b'{"jsonrpc":"2.0"}')
    with scripted(*script, tls=layer) as server:
        exchange = wire.send(Request(request.method, server.url, request.headers, request.body))
        log = server.log()
    assert exchange.failure is None
    assert exchange.sent == log.got
    assert exchange.received == log.sent
    assert exchange.status == status
    assert (exchange.connection.tls is not None) == (layer is not None)


def test_a_head_answer_has_no_body_whatever_its_length_says(wire: Wire, layer: ssl.SSLContext | None) -> None:
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", Act.HOLD, tls=layer) as server:
        exchange = wire.send(Request("HEAD", server.url))
        assert (exchange.failure, exchange.received) == (None, bytes(server.log().sent))


def test_a_large_request_that_goes_out_in_pieces_is_recorded_once(wire: Wire, layer: ssl.SSLContext | None) -> None:
    with scripted(answer(), tls=layer) as server:
        exchange = wire.send(Request("POST", server.url, body=bytes(range(256)) * 20_000))
        assert exchange.sent == server.log().got
    assert exchange.failure is None


def test_what_has_come_behind_the_answer_is_kept_without_waiting_for_more() -> None:
    recording = Recording(Request("GET", "http://a.example/"))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"leftover")
        Tap(ours, recording).drain()
    assert recording.received == b"leftover"


def test_marks_follow_one_another_and_connection_facts_are_there(wire: Wire, server_tls: ssl.SSLContext) -> None:
    with scripted(answer(), tls=server_tls) as server:
        exchange = wire.send(Request("GET", server.url))
        shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", server.port)))
    m = exchange.marks
    order = [m.dns, m.tcp, m.tls, m.send, m.sent, m.first_byte, m.headers, m.last_byte, m.end]
    assert None not in order
    assert order == sorted(order)
    assert exchange.connection.remote == f"127.0.0.1:{server.port}" == exchange.connection.tried[0]
    tls = exchange.connection.tls
    assert tls is not None
    assert tls.version == "TLSv1.3"
    assert tls.cipher.startswith("TLS_")
    assert tls.chain[0] == shown


def test_the_request_line_and_headers_go_out_as_written(wire: Wire) -> None:
    with scripted(answer()) as server:
        url = server.url + "/a/../b/%7e%zz//x?q=[1]|{}&r=%2F#fragment"
        exchange = wire.send(Request("GET", url, (("Authorization", "Bearer abc"), ("user-agent", "me"), ("ACCEPT", "*/*"))))
        assert exchange.sent == server.log().got
    assert exchange.sent == (
        b"GET /mcp/a/../b/%7e%zz//x?q=[1]|{}&r=%2F HTTP/1.1\r\n"
        b"Host: 127.0.0.1:" + str(server.port).encode() + b"\r\n"
        b"Authorization: Bearer abc\r\nuser-agent: me\r\nACCEPT: */*\r\nAccept-Encoding: gzip, deflate\r\n\r\n"
    )


def test_a_host_header_of_the_person_stays_where_it_stands(wire: Wire) -> None:
    with scripted(answer()) as server:
        exchange = wire.send(Request("POST", server.url, (("A", "1"), ("Host", "other.example"), ("Content-Length", "2")), b"{}"))
    lines = exchange.sent.split(b"\r\n")
    assert lines[1:4] == [b"A: 1", b"Host: other.example", b"Content-Length: 2"]
    assert exchange.sent.lower().count(b"content-length") == 1


@pytest.mark.attack("S6")
def test_netrc_and_proxies_of_the_environment_are_ignored(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("netrc") / "netrc"
    netrc.write_text("machine 127.0.0.1 login mu password pu\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(answer()) as server, scripted(answer()) as canary:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        exchange = wire.send(Request("GET", server.url, (("Authorization", "Bearer abc"),)))
        assert canary.conversations == []
    assert b"Authorization: Bearer abc\r\n" in exchange.sent
    assert b"Basic" not in exchange.sent


@pytest.mark.attack("S6")
def test_a_cookie_is_not_kept_for_the_next_exchange(wire: Wire) -> None:
    with scripted(answer(b"{}", "Set-Cookie: sid=1; Path=/")) as server:
        wire.send(Request("GET", server.url))
        second = wire.send(Request("GET", server.url))
    assert b"cookie" not in second.sent.lower()
    assert len(server.conversations) == 2


@pytest.mark.attack("S5")
def test_a_redirect_is_an_answer_and_is_not_followed(wire: Wire) -> None:
    with scripted(answer()) as canary:
        for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
            with scripted(answer(b"", f"Location: {canary.url}", status=status)) as server:
                assert wire.send(Request("POST", server.url, body=b"{}")).status == int(status[:3])
        assert canary.conversations == []


def test_a_hundred_threads_at_once_each_keep_their_own_bytes(make_wire: Callable[..., Wire], layer: ssl.SSLContext | None) -> None:
    wire = make_wire(connect_seconds=15.0, exchange_seconds=15.0)
    with scripted(lambda got: answer(got.split(b"\r\n")[0]), tls=layer) as server, ThreadPoolExecutor(100) as threads:
        urls = [f"{server.url}/{number}" for number in range(100)]
        exchanges = list(threads.map(lambda url: wire.send(Request("GET", url)), urls))
        logs = {(bytes(log.got), bytes(log.sent)) for log in map(server.log, range(100))}
    assert [exchange.failure for exchange in exchanges] == [None] * 100
    assert {(exchange.sent, exchange.received) for exchange in exchanges} == logs
    for number, exchange in enumerate(exchanges):
        assert exchange.received.endswith(f"GET /mcp/{number} HTTP/1.1".encode())
