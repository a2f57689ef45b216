"""Every way an exchange can fail has a name, a sentence and its partial bytes. Real sockets, small limits, no clocks."""

from __future__ import annotations

import errno
import gzip
import socket
import ssl
from collections.abc import Callable
from threading import Event

import pytest
from servers import Act, Segment, answer, refusing_port, scripted, silent_backlog

from app.wire.failures import KINDS
from app.wire.messages import Exchange, Request
from app.wire.recorder import Wire
from app.wire.tap import Tap

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(b"\0" * 3_000_000, mtime=0)

CUT: dict[str, tuple[str, tuple[Segment, ...]]] = {
    "closed without a word": ("closed_early", ()),
    "closed within the status line": ("closed_early", (b"HTTP/1.1 2",)),
    "closed within the headers": ("closed_early", (HEAD + b"Content-Length: 0\r\n",)),
    "closed within the body": ("closed_early", (HEAD + b"Content-Length: 9\r\n\r\nhalf",)),
    "closed within a chunk": ("closed_early", (CHUNKED + b"9\r\nhalf",)),
    "closed before the last chunk": ("closed_early", (CHUNKED + b"4\r\nhalf\r\n",)),
    "closed within the trailers": ("closed_early", (CHUNKED + b"0\r\nX-T: 1\r\n",)),
    "closed after an interim answer": ("closed_early", (b"HTTP/1.1 100 Continue\r\n\r\n",)),
    "an SSH server": ("not_http", (Act.AT_ONCE, b"SSH-2.0-OpenSSH_9.2\r\n")),
    "a TLS alert": ("not_http", (b"\x15\x03\x01\x00\x02\x02\x16",)),
    "HTTP/2 frames": ("not_http", (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\0" * 18,)),
    "HTTP/0.9": ("not_http", (b"<html>hello</html>",)),
    "no status code": ("not_http", (b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",)),
    "a status of two digits": ("not_http", (b"HTTP/1.1 20 OK\r\n\r\n",)),
    "a protocol that nobody asked for": ("not_http", (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",)),
    "nonsense that stays open": ("not_http", (b"HELLO\r\n", Act.HOLD)),
    "a bad chunk size": ("bad_framing", (CHUNKED + b"zz\r\nab\r\n0\r\n\r\n",)),
    "a negative chunk size": ("bad_framing", (CHUNKED + b"-2\r\nab\r\n0\r\n\r\n", Act.HOLD)),
    "a chunk longer than its size": ("bad_framing", (CHUNKED + b"2\r\nabcd\r\n0\r\n\r\n",)),
    "two lengths": ("bad_framing", (HEAD + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\nokay!",)),
    "two lengths, kept open": ("bad_framing", (HEAD + b"Content-Length: 2, 5\r\n\r\nok", Act.HOLD)),
    "a negative length": ("bad_framing", (HEAD + b"Content-Length: -1\r\n\r\nok",)),
    "a length in words": ("bad_framing", (HEAD + b"Content-Length: two\r\n\r\nok",)),
    "a length of 5000 digits": ("bad_framing", (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nok",)),
    "declared gzip, sent plain": ("bad_encoding", (answer(b'{"plain": 1}', "Content-Encoding: gzip"),)),
    "gzip cut short": ("bad_encoding", (answer(gzip.compress(b"abc" * 99)[:-12], "Content-Encoding: gzip"),)),
    "a decompression bomb": ("too_large", (answer(BOMB, "Content-Encoding: gzip"),)),
}


@pytest.mark.parametrize("name", CUT)
def test_what_came_before_the_failure_is_kept(name: str, wire: Wire, layer: ssl.SSLContext | None) -> None:
    kind, script = CUT[name]
    with scripted(*script, tls=layer) as server:
        exchange = wire.send(Request("GET", server.url))
        log = server.log()
    assert _named(exchange) == kind
    assert exchange.received == log.sent
    if Act.AT_ONCE not in script:
        assert exchange.sent == log.got


def _named(exchange: Exchange) -> str:
    """The failure's kind, when it is a known one and its sentence is one."""
    assert exchange.failure is not None
    assert exchange.failure.kind in KINDS
    assert exchange.failure.says.endswith(".")
    assert "  " not in exchange.failure.says
    return exchange.failure.kind


def test_a_reset_after_the_request_is_told_from_a_close(wire: Wire, layer: ssl.SSLContext | None) -> None:
    with scripted(Act.RESET, tls=layer) as server:
        exchange = wire.send(Request("GET", server.url))
        assert _named(exchange) == "reset"
        assert exchange.sent == server.log().got


def test_a_reset_within_the_answer_keeps_what_came(wire: Wire, layer: ssl.SSLContext | None, monkeypatch: pytest.MonkeyPatch) -> None:
    read, keep = Event(), Tap._keep

    def keep_and_tell(tap: Tap, octets: bytes) -> bytes:
        kept = keep(tap, octets)
        read.set()
        return kept

    def wait_until_read(_got: bytes) -> bytes:
        read.wait(10)  # a reset may throw away what the client has not read yet
        return b""

    monkeypatch.setattr(Tap, "_keep", keep_and_tell)
    with scripted(b"HTTP/1.1 200 OK\r\nX-A", wait_until_read, Act.RESET, tls=layer) as server:
        exchange = wire.send(Request("GET", server.url))
    assert _named(exchange) == "reset"
    assert exchange.received == b"HTTP/1.1 200 OK\r\nX-A"
    assert "within the headers" in exchange.failure.says  # type: ignore[union-attr]


def test_refused(wire: Wire) -> None:
    port = refusing_port()
    exchange = wire.send(Request("GET", f"http://127.0.0.1:{port}/"))
    assert _named(exchange) == "refused"
    assert (exchange.sent, exchange.received) == (b"", b"")
    assert exchange.connection.tried == (f"127.0.0.1:{port}",)


def test_a_connection_attempt_without_answer_is_a_connect_timeout(make_wire: Callable[..., Wire]) -> None:
    with silent_backlog() as port:
        exchange = make_wire(connect_seconds=0.2).send(Request("GET", f"http://127.0.0.1:{port}/"))
    assert _named(exchange) == "connect_timeout"


@pytest.mark.parametrize("code", ["ENETUNREACH", "EHOSTUNREACH", "EACCES"])
def test_no_way_there_is_unreachable(wire: Wire, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: getattr(errno, code))
    assert _named(wire.send(Request("GET", "http://127.0.0.1:9/"))) == "unreachable"


def test_broadcast_style_addresses_fail_before_any_connection(wire: Wire) -> None:
    assert _named(wire.send(Request("GET", "http://255.255.255.255/"))) == "blocked_reserved"


def test_names_without_address_and_dead_name_servers(make_wire: Callable[..., Wire], monkeypatch: pytest.MonkeyPatch) -> None:
    wire = make_wire(connect_seconds=0.2)

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert _named(wire.send(Request("GET", "http://nowhere.example/"))) == "dns_failed"


def test_a_lookup_that_never_ends_is_given_up(make_wire: Callable[..., Wire], monkeypatch: pytest.MonkeyPatch) -> None:
    release = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(20) and [])
    wire = make_wire(connect_seconds=0.1)
    kinds = [
        _named(wire.send(Request("GET", f"http://slow{number}.example/"))) for number in range(18)
    ]  # more than lookups allowed at once
    release.set()
    assert kinds == ["dns_failed"] * 18


SLOW: dict[str, tuple[Segment, ...]] = {
    "before any byte": (Act.HOLD,),
    "within the headers": (HEAD, Act.HOLD),
    "within the body": (HEAD + b"Content-Length: 9\r\n\r\nhalf", Act.HOLD),
    "within a body that ends by close": (HEAD + b"\r\nhalf", Act.HOLD),
    "endless interim answers": (b"HTTP/1.1 100 Continue\r\n\r\n", Act.HOLD),
}


@pytest.mark.parametrize("phase", SLOW)
def test_the_total_deadline_ends_a_silent_gateway(phase: str, make_wire: Callable[..., Wire], layer: ssl.SSLContext | None) -> None:
    with scripted(*SLOW[phase], tls=layer) as server:
        exchange = make_wire(exchange_seconds=0.3).send(Request("GET", server.url))
        assert _named(exchange) == "timeout"
        assert exchange.received == server.log().sent
    assert "0.3 s" in exchange.failure.says  # type: ignore[union-attr]


def test_a_shorter_deadline_of_the_step_counts(wire: Wire) -> None:
    with scripted(Act.HOLD) as server:
        assert _named(wire.send(Request("GET", server.url), deadline_s=0.1)) == "timeout"
        assert _named(wire.send(Request("GET", server.url), deadline_s=0.0)) in ("timeout", "connect_timeout")


def test_a_handshake_that_hangs_is_a_timeout_too(make_wire: Callable[..., Wire]) -> None:
    with scripted(Act.AT_ONCE, Act.HOLD) as server:
        exchange = make_wire(exchange_seconds=0.2).send(Request("GET", server.url.replace("http:", "https:")))
    assert _named(exchange) == "timeout"
    assert "handshake" in exchange.failure.says  # type: ignore[union-attr]


FLOODS: dict[str, tuple[Segment, ...]] = {
    "headers": (HEAD, b"X-More: " + b"a" * 990 + b"\r\n", Act.FLOOD),
    "one header line": (HEAD, b"a" * 1000, Act.FLOOD),
    "interim answers": (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, Act.FLOOD),
    "body by length": (HEAD + b"Content-Length: 1000000000\r\n\r\n", b"a" * 65_536, Act.FLOOD),
    "body by close": (HEAD + b"\r\n", b"a" * 65_536, Act.FLOOD),
    "chunks": (CHUNKED, b"1000\r\n" + b"a" * 4096 + b"\r\n", Act.FLOOD),
    "a chunk size line": (CHUNKED, b"0" * 1000, Act.FLOOD),
    "trailers": (CHUNKED + b"0\r\n", b"X-T: 1\r\n" * 100, Act.FLOOD),
    "events": (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", b'data: {"id":2,"result":{}}\n\n' * 99, Act.FLOOD),
}


@pytest.mark.parametrize("what", FLOODS)
def test_what_never_ends_stops_at_the_cap(what: str, make_wire: Callable[..., Wire], layer: ssl.SSLContext | None) -> None:
    wire = make_wire(header_bytes=20_000, body_bytes=100_000)
    with scripted(*FLOODS[what], tls=layer) as server:
        exchange = wire.send(Request("POST", server.url, body=b"{}", rpc_id="1"))
    assert _named(exchange) == "too_large"
    assert len(exchange.received) <= 100_000 + len(CHUNKED) + 1
    assert server.conversations[0].sent.startswith(exchange.received[:1000])


def test_the_largest_allowed_body_is_whole(make_wire: Callable[..., Wire]) -> None:
    with scripted(answer(b"a" * 50_000)) as server:
        assert make_wire(body_bytes=50_000).send(Request("GET", server.url)).failure is None
        assert _named(make_wire(body_bytes=49_999).send(Request("GET", server.url))) == "too_large"


def test_a_person_can_cancel_a_hanging_exchange(wire: Wire, layer: ssl.SSLContext | None) -> None:
    asked: list[int] = []
    with scripted(HEAD, Act.HOLD, tls=layer) as server:
        exchange = wire.send(Request("GET", server.url), stop=lambda: len(asked) > 1 or asked.append(1) is not None)
        assert _named(exchange) == "cancelled"
        assert exchange.received in (b"", server.log().sent)


def test_a_long_answer_does_not_ask_for_every_piece_whether_to_stop(wire: Wire) -> None:
    asked: list[int] = []
    with scripted(answer(b"x" * 900_000)) as server:
        exchange = wire.send(Request("GET", server.url), stop=lambda: asked.append(1) is not None)
    assert exchange.failure is None
    assert len(asked) <= 1 + exchange.ms / 200


def test_an_answer_to_a_request_that_was_not_read_to_its_end_is_kept(wire: Wire, layer: ssl.SSLContext | None) -> None:
    early = answer(b"too much", status="413 Content Too Large")
    with scripted(Act.AT_ONCE, early, Act.HOLD, tls=layer) as server:
        exchange = wire.send(Request("POST", server.url, body=b"x" * 300_000))
    assert (exchange.status, exchange.failure) == (413, None)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (Request("GET", "example.com/mcp"), "bad_url"),
        (Request("GET", "localhost:8000/mcp"), "bad_url"),
        (Request("GET", "http://a b/"), "bad_url"),
        (Request("GET", "http://x/\ud800"), "bad_url"),
        (Request("GET", "http://example.com:99999/"), "bad_url"),
        (Request("GET", "http://xn--/" + "é"), "dns_failed"),
        (Request("GET", "http://127.0.0.1:9/", (("A", "1\r\nB: 2"),)), "bad_header"),
        (Request("GET", "http://127.0.0.1:9/", (("A b", "1"),)), "bad_header"),
        (Request("GET X", "http://127.0.0.1:9/"), "bad_header"),
        (Request("GET", "http://user:pw@example.com/"), "blocked_userinfo"),
        (Request("GET", "file:///etc/passwd"), "blocked_scheme"),
    ],
)
def test_what_cannot_be_sent_is_not_sent(request_: Request, kind: str, wire: Wire) -> None:
    exchange = wire.send(request_)
    assert _named(exchange) == kind
    assert (exchange.sent, exchange.connection.tried) == (b"", ())


def test_there_are_more_than_twenty_names() -> None:
    assert len(KINDS) == len(set(KINDS)) >= 20
