"""A small healthy gateway on raw sockets. The path names a pair, /<step>/<slug>/…: at that step its fault is played instead.

Loopback only. Every conversation ends with the client, so nothing of it outlives a test.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from urllib.parse import parse_qsl, quote, urlsplit

from callbacks import RIGHT, SHAPES
from fault import Act, Fault, Healthy, Pair, Script

WAIT_SECONDS = 20.0
DRIP_SECONDS = 0.2  # the shortest header block takes longer than the exchange may
ISS = "authorization_response_iss_parameter_supported"
JSON = ("Content-Type", "application/json")
SECRETS = ("at-planted", "rt-planted", "code-planted")  # how everything begins that must not stand in a log


@dataclass
class Asked:
    """A request as the gateway read it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("latin-1")))


@dataclass
class Stage:
    """All pairs behind one port. `heal` takes a fault away, so that the person can go on."""

    faults: Mapping[str, Fault]
    addresses: Mapping[str, str]  # place of a fault -> an origin at which it is met
    origin: str = ""
    healed: set[str] = field(default_factory=set)
    met: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    issued: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    living: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def heal(self, pair_id: str) -> None:
        self.healed.add(pair_id)

    def target(self, pair: Pair) -> str:
        return f"{self._base(pair.step, pair.fault.slug, 'probe')}/mcp"

    def _base(self, step: str, slug: str, here: str) -> str:
        fault = self.faults.get(slug)
        elsewhere = fault.place if fault and step == here and f"{step}/{slug}" not in self.healed else ""
        return f"{self.addresses[elsewhere] if elsewhere else self.origin}/{step}/{slug}"

    def answer(self, asked: Asked) -> Script:
        step, slug, what = self._place(asked.path)
        played = _step_of(what, asked)
        right = self._right(step, slug, what, asked)
        fault = self.faults.get(slug)
        if fault and fault.breaks and played == step and f"{step}/{slug}" not in self.healed:
            self.met[f"{step}/{slug}"] += 1
            return fault.breaks(right)
        return (right.whole(),)

    def _place(self, path: str) -> tuple[str, str, str]:
        for name, what in (("oauth-protected-resource", "prm"), ("oauth-authorization-server", "as")):
            if path.startswith(f"/.well-known/{name}/"):
                step, slug, tail = ([*path.removeprefix(f"/.well-known/{name}/").split("/", 2), "", ""])[:3]
                return step, slug, what if tail in ("mcp", "as") else "none"
        step, slug, what = ([*path.lstrip("/").split("/", 2), "", ""])[:3]
        return step, slug, what

    def _right(self, step: str, slug: str, what: str, asked: Asked) -> Healthy:
        own = f"{step}/{slug}"
        if what == "prm":
            issuer = f"{self._base(step, slug, 'server_metadata')}/as"
            return _json({"resource": f"{self.origin}/{own}/mcp", "authorization_servers": [issuer], "scopes_supported": ["mcp:tools"]})
        if what == "as":
            return _json(self._metadata(step, slug))
        if what == "register":
            return _json({**json.loads(asked.body or b"{}"), "client_id": "client-one"}, 201)
        if what == "authorize":
            return self._authorized(own, slug, asked)
        if what == "token":
            return self._token(own, asked)
        if what == "revoke":
            self.living[own].discard(asked.form.get("token", ""))
            return Healthy(200, (), b"")
        if what == "mcp" and asked.method == "POST":
            return self._mcp(step, slug, asked)
        return _json({"error": "not_found"}, 404)

    def _metadata(self, step: str, slug: str) -> dict[str, object]:
        def place(name: str, here: str) -> str:
            return f"{self._base(step, slug, here)}/{name}"

        return {
            "issuer": f"{self.origin}/{step}/{slug}/as",
            "authorization_endpoint": f"{self.origin}/{step}/{slug}/authorize",
            "token_endpoint": place("token", "token"),
            "registration_endpoint": place("register", "register"),
            "revocation_endpoint": place("revoke", "revoke"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            ISS: True,
        }

    def _authorized(self, own: str, slug: str, asked: Asked) -> Healthy:
        given = {"state": quote(asked.query.get("state", "")), "iss": quote(f"{self.origin}/{own}/as", safe=""), "code": "code-planted-1"}
        shape = next((shape.query for shape in SHAPES if shape.slug == slug), RIGHT)
        return Healthy(302, (("Location", f"{asked.query.get('redirect_uri', '')}?{shape.format(**given)}"),), b"")

    def _token(self, own: str, asked: Asked) -> Healthy:
        # a used refresh token stays good: an answer that was lost on the wire must not end what the person can do
        old = asked.form.get("refresh_token", "")
        if old and old not in self.living[own]:
            return _json({"error": "invalid_grant"}, 400)
        self.issued[own] += 1
        access, refresh = (f"{kind}-planted-{own.replace('/', '-')}-{self.issued[own]}" for kind in ("at", "rt"))
        self.living[own] |= {access, refresh}
        answer = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 900, "scope": "mcp:tools"}
        return _json(answer).plus(("Cache-Control", "no-store"))

    def _mcp(self, step: str, slug: str, asked: Asked) -> Healthy:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.living[f"{step}/{slug}"]:
            document = f"{self._base(step, slug, 'resource_metadata').replace(f'/{step}/{slug}', '')}/.well-known/oauth-protected-resource"
            challenge = f'Bearer resource_metadata="{document}/{step}/{slug}/mcp", scope="mcp:tools"'
            return _json({"error": "unauthorized"}, 401).plus(("WWW-Authenticate", challenge))
        message = json.loads(asked.body)
        results = {
            "server/discover": {"supportedVersions": ["2026-07-28"], "capabilities": {}, "serverInfo": {"name": "stage", "version": "1"}},
            "tools/list": {"tools": [{"name": "one", "inputSchema": {"type": "object"}}]},
        }
        result = {"resultType": "complete", **results.get(message.get("method"), {})}
        return _json({"jsonrpc": "2.0", "id": message.get("id"), "result": result})


def _step_of(what: str, asked: Asked) -> str:
    if what == "mcp":
        return "call" if asked.headers.get("authorization") else "probe"
    if what == "token":
        return "refresh" if asked.form.get("grant_type") == "refresh_token" else "token"
    return {"prm": "resource_metadata", "as": "server_metadata"}.get(what, what)


def _json(value: object, status: int = 200) -> Healthy:
    return Healthy(status, (JSON,), json.dumps(value).encode())


@contextlib.contextmanager
def listening(answer: object, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve on a port of its own until the block ends; yields the origin. `answer` is a Stage, or None to hang up."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        accepting = Thread(target=_accept, args=(listener, answer, tls), daemon=True)
        accepting.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(WAIT_SECONDS)


def _accept(listener: socket.socket, answer: object, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        Thread(target=_serve, args=(sock, answer, tls), daemon=True).start()


def _serve(sock: socket.socket, answer: object, tls: ssl.SSLContext | None) -> None:
    sock.settimeout(WAIT_SECONDS)
    with contextlib.suppress(OSError), sock:  # clients of these tests leave as they like
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secured = tls.wrap_socket(sock, server_side=True) if tls else sock
        if hasattr(answer, "say"):
            return answer.say(secured)
        asked = _read(secured)
        if asked is not None and isinstance(answer, Stage):
            perform(secured, answer.answer(asked))


def _read(sock: socket.socket) -> Asked | None:
    got = b""
    while b"\r\n\r\n" not in got:
        if not (more := sock.recv(65_536)):
            return None
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65_536)
    method, url, _ = first.split(" ", 2)
    parts = urlsplit(url)
    return Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


def perform(sock: socket.socket, script: Script) -> None:
    """Play a script to a client that has asked."""
    last, slowly = b"", False
    for part in script:
        if part is Act.RESET:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return sock.close()
        if part is Act.HOLD:
            break
        if part is Act.DRIP:
            slowly = True
        while part is Act.FLOOD:
            sock.sendall(last)
        if isinstance(part, bytes):
            last = part
            _send(sock, part, slowly)
    else:
        with contextlib.suppress(OSError):
            sock.unwrap() if isinstance(sock, ssl.SSLSocket) else sock.shutdown(socket.SHUT_WR)
    while sock.recv(65_536):
        pass


def _send(sock: socket.socket, octets: bytes, slowly: bool) -> None:
    if not slowly:
        return sock.sendall(octets)
    for at in range(len(octets)):
        sock.sendall(octets[at : at + 1])
        Event().wait(DRIP_SECONDS)
