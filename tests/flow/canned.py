"""A wire that answers from a script, for tests of the flow: no socket, exact bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from app.flow import choices
from app.flow.engine import Means, run_on, settle, take
from app.flow.facts import Facts, Options
from app.flow.fold import facts_of
from app.flow.log import Choice, Leg, Run
from app.settings import Settings
from app.wire.messages import Exchange, Failure, Marks, Request

TARGET = "https://gw.example/mcp/one"
AS = "https://gw.example"
CALLBACK = "http://127.0.0.1:8000/callback"
Reply = tuple[int, Mapping[str, str], bytes] | Failure
Answer = Callable[[Request], Reply]


def raw(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status} Reason", *(f"{k}: {v}" for k, v in headers.items()), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def exchange(request: Request, reply: Reply) -> Exchange:
    """An exchange as the wire would have recorded it."""
    if isinstance(reply, Failure):
        return Exchange(request, sent=b"", failure=reply, started_at=1.0, marks=Marks(end=0.1))
    return Exchange(request, sent=request.body, received=raw(*reply), started_at=1.0, marks=Marks(end=0.1))


def form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode()))


class Gateway:
    """A small healthy gateway. Tests change one answer: `gateway.on["POST /token"] = lambda request: …`."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.on: dict[str, Answer] = {}
        self.as_bytes: dict[str, bytes] = {}  # answers as the wire would bring them, framing and coding included
        self.count = 0
        self.living_access: set[str] = set()
        self.living_refresh: set[str] = set()
        self.scopes_needed: dict[str, str] = {}
        self.prm: dict[str, Any] = {"resource": TARGET, "authorization_servers": [AS], "scopes_supported": ["mcp:tools"]}
        self.metadata: dict[str, Any] = {
            "issuer": AS,
            "authorization_endpoint": f"{AS}/authorize",
            "token_endpoint": f"{AS}/token",
            "registration_endpoint": f"{AS}/register",
            "revocation_endpoint": f"{AS}/revoke",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": True,
        }

    def __call__(self, request: Request, *, deadline_s: float) -> Exchange:
        self.asked.append(request)
        key = f"{request.method} {urlsplit(request.url).path}"
        if key in self.as_bytes:
            return Exchange(request, sent=request.body, received=self.as_bytes[key], started_at=1.0, marks=Marks(end=0.1))
        return exchange(request, self.on.get(key, self._answer)(request))

    def _answer(self, request: Request) -> Reply:
        path = urlsplit(request.url).path
        routes: dict[str, Answer] = {
            "/mcp/one": self._mcp,
            "/.well-known/oauth-protected-resource/mcp/one": lambda r: json_reply(self.prm),
            "/.well-known/oauth-authorization-server": lambda r: json_reply(self.metadata),
            "/register": lambda r: json_reply({**json.loads(r.body), "client_id": "client-1"}, 201),
            "/token": self._token,
            "/revoke": self._revoke,
        }
        if request.method == "OPTIONS":
            return 405, {}, b""
        return routes.get(path, lambda r: (404, {}, b"not here"))(request)

    def issue(self, scope: str = "mcp:tools") -> Reply:
        self.count += 1
        access, refresh = f"access-token-{self.count}", f"refresh-token-{self.count}"
        self.living_access.add(access)
        self.living_refresh.add(refresh)
        answer = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 900, "scope": scope}
        return json_reply(answer, **{"Cache-Control": "no-store"})

    def _token(self, request: Request) -> Reply:
        given = form(request)
        if given["grant_type"] == "authorization_code":
            return self.issue()
        if given["refresh_token"] not in self.living_refresh:
            self.living_access.clear()
            self.living_refresh.clear()
            return json_reply({"error": "invalid_grant"}, 400)
        self.living_refresh.discard(given["refresh_token"])
        return self.issue()

    def _revoke(self, request: Request) -> Reply:
        token = form(request)["token"]
        if token in self.living_refresh:
            self.living_access.clear()
            self.living_refresh.clear()
        self.living_access.discard(token)
        return 200, {}, b""

    def _mcp(self, request: Request) -> Reply:
        token = request.header("authorization").removeprefix("Bearer ")
        metadata = f"{AS}/.well-known/oauth-protected-resource/mcp/one"
        if token not in self.living_access:
            return 401, {"WWW-Authenticate": f'Bearer resource_metadata="{metadata}", scope="mcp:tools"'}, b""
        return self.answer_rpc(json.loads(request.body))

    def answer_rpc(self, message: Mapping[str, Any]) -> Reply:
        method = message["method"]
        if method.startswith("notifications/"):
            return 202, {}, b""
        results: dict[str, Any] = {
            "server/discover": {"supportedVersions": ["2026-07-28"]},
            "initialize": {"protocolVersion": message.get("params", {}).get("protocolVersion"), "serverInfo": {}},
            "tools/list": {"tools": [{"name": "one", "inputSchema": {"type": "object"}}]},
            "tools/call": {"content": []},
        }
        return json_reply({"jsonrpc": "2.0", "id": message["id"], "result": results[method]})


class Walker:
    """A person with a run: presses buttons, and is the browser too."""

    def __init__(self, gateway: Gateway, forbids: Any = lambda run: None, **options: str) -> None:
        self.gateway, self.forbids = gateway, forbids
        self.run = Run("r1", "o1", TARGET, 0.0)
        self.means = Means(gateway, Settings())
        given = {"target": TARGET, "redirect_uri": CALLBACK, "revision": "2026-07-28", **options}
        self.run.append(Choice(choices.OPTIONS, vars(Options(**given))))

    @property
    def facts(self) -> Facts:
        return facts_of(self.run)

    def go(self) -> None:
        run_on(self.run, self.means, self.forbids)

    def take(self, step: str) -> None:
        take(self.run, step, self.means)
        settle(self.run, self.means)

    def come_back(self, **changes: str | None) -> None:
        asked = self.facts.authorization
        assert asked is not None
        sent = parse_qs(urlsplit(asked.url).query)
        answer = {"code": f"code-{len(self.facts.authorizations)}", "state": sent["state"][0], "iss": asked.issuer, **changes}
        query = "&".join(f"{k}={v}" for k, v in answer.items() if v is not None)
        self.run.append(Leg("authorize", asked.url), step="authorize")
        self.run.append(Leg("callback", f"{CALLBACK}?{query}"), step="callback")

    def to_connected(self) -> None:
        self.go()
        self.come_back()
        self.go()

    def roles(self, step: str) -> list[str]:
        return [e.role for e in self.run.entries if e.step == step and isinstance(e.body, Exchange)]

    def states(self) -> dict[str, str]:
        return {name: state.state for name, state in self.facts.steps.items()}
