"""A raw socket server that plays a script and keeps every byte of both directions. Loopback only, no clock, no sleeps.

with scripted(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok") as server:
    exchange = wire.send(Request("GET", server.url))
    assert exchange.sent == server.log().got and exchange.received == server.log().sent
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from threading import Event, Lock, Thread

WAIT_SECONDS = 20.0  # far beyond every deadline of a test; only a broken test gets there


class Act(Enum):
    """What a script does beside sending bytes. At its end it closes in an orderly way."""

    AT_ONCE = "do not wait for the request"
    HOLD = "say nothing more until the client goes"
    RESET = "break the connection"
    FLOOD = "send the bytes of the segment before again and again until the client goes"


Segment = bytes | Act | Callable[[bytes], bytes]


@dataclass
class Conversation:
    """One connection: the bytes that came and went, without the TLS around them."""

    got: bytearray = field(default_factory=bytearray)
    sent: bytearray = field(default_factory=bytearray)
    error: str = ""
    over: Event = field(default_factory=Event)


@dataclass
class Scripted:
    """A running server. `url` ends in `/mcp`."""

    url: str
    port: int
    conversations: list[Conversation] = field(default_factory=list)

    def log(self, number: int = 0) -> Conversation:
        """One conversation, when it is over."""
        conversation = self.conversations[number]
        assert conversation.over.wait(WAIT_SECONDS), "the server's side of the conversation has not ended"
        return conversation


@contextlib.contextmanager
def scripted(*script: Segment, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", name: str = "") -> Iterator[Scripted]:
    """Serve the script to every connection until the block ends. `name` stands in the URL in place of the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family, backlog=256) as listener:
        port = listener.getsockname()[1]
        shown = name or (f"[{host}]" if ":" in host else host)
        server = Scripted(f"{'https' if tls else 'http'}://{shown}:{port}/mcp", port)
        accepting = Thread(target=_accept, args=(listener, server, script, tls), daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept
            accepting.join(WAIT_SECONDS)
            for conversation in server.conversations:
                conversation.over.wait(WAIT_SECONDS)


def refusing_port() -> int:
    """A port on 127.0.0.1 at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def silent_backlog() -> Iterator[int]:
    """A port whose queue is full, so that further connection attempts get no answer at all."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def answer(body: bytes = b"{}", *headers: str, status: str = "200 OK", content_type: str = "application/json") -> bytes:
    """An ordinary answer with Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def _accept(listener: socket.socket, server: Scripted, script: tuple[Segment, ...], tls: ssl.SSLContext | None) -> None:
    lock = Lock()
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        conversation = Conversation()
        with lock:
            server.conversations.append(conversation)
        Thread(target=_serve, args=(sock, conversation, script, tls), daemon=True).start()


def _serve(sock: socket.socket, conversation: Conversation, script: tuple[Segment, ...], tls: ssl.SSLContext | None) -> None:
    sock.settimeout(WAIT_SECONDS)
    try:
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is None:
                return _play(sock, conversation, script)
            with tls.wrap_socket(sock, server_side=True) as secured:
                _play(secured, conversation, script)
    except OSError as error:  # ssl.SSLError is one; clients of these tests leave as they like
        conversation.error = str(error)
    finally:
        conversation.over.set()


def _play(sock: socket.socket, conversation: Conversation, script: tuple[Segment, ...]) -> None:
    if script[:1] != (Act.AT_ONCE,):
        _read_request(sock, conversation)
    last = b""
    for segment in script:
        if segment is Act.RESET:
            return _reset(sock)
        if segment is Act.HOLD:
            break
        while segment is Act.FLOOD:
            _send(sock, conversation, last)
        if isinstance(segment, bytes) or callable(segment):
            last = segment if isinstance(segment, bytes) else segment(bytes(conversation.got))
            _send(sock, conversation, last)
    else:
        _say_goodbye(sock)
    while more := sock.recv(65_536):
        conversation.got += more


def _send(sock: socket.socket, conversation: Conversation, octets: bytes) -> None:
    sock.sendall(octets)
    conversation.sent += octets


def _read_request(sock: socket.socket, conversation: Conversation) -> None:
    got = conversation.got
    while b"\r\n\r\n" not in got:
        more = sock.recv(65_536)
        if not more:
            return
        got += more
    head, _, body = bytes(got).partition(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    missing = (lengths[0] if lengths else 0) - len(body)
    while missing > 0:
        more = sock.recv(missing)
        if not more:
            return
        got += more
        missing -= len(more)


def _say_goodbye(sock: socket.socket) -> None:
    if isinstance(sock, ssl.SSLSocket):
        with contextlib.suppress(OSError):
            sock.unwrap()  # sends close_notify and waits for the client's, or for its end
    else:
        sock.shutdown(socket.SHUT_WR)


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
