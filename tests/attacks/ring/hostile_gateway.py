"""A gateway that puts one hostile text into everything that it says, and counts who asks its canary."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlencode, urlsplit

from served import served

ENDLESS = "W" * 900 + " \u202eabc\u2066 " + "e" + "\u0301" * 80 + " \u200b\u200d\ufeff"  # what breaks a layout
FORGED = "\r\n2026-01-01T00:00:00.000Z INFO explorer: forged\n"  # what would be a line of its own in a log


def payload(canary: str) -> str:
    """Everything that could run or ask, in one text."""
    return (
        f"\"'></title></textarea></style></script><script>window.pwned=1</script><img src='{canary}/img' onerror=window.pwned=1>"
        f"<svg/onload=window.pwned=1><meta http-equiv=refresh content='0;url={canary}/meta'><link rel=prefetch href='{canary}/link'>"
        f"<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>{{{{7*7}}}}${{7*7}}![x]({canary}/markdown) \u202e\u200b"
        f"<div hx-get='{canary}/hx' hx-trigger=load></div><base href='{canary}/'>{ENDLESS}{FORGED}"
    )


def signed(claims: dict[str, object]) -> str:
    """A token that can be read and that nobody signed."""
    parts = ({"alg": "none", "kid": str(claims["iss"])}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".c2ln"


@dataclass
class Gateway:
    """What a client meets, and what it must never ask."""

    url: str = ""
    text: str = ""

    canary_asked: list[str] = field(default_factory=list)
    tokens: int = 0

    @property
    def line(self) -> str:
        """The text as a header can hold it."""
        return " ".join(self.text.split()).encode("ascii", "replace").decode()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gateway: Gateway

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        gateway, x = self.gateway, self.gateway.text
        if path.startswith("/canary"):
            gateway.canary_asked.append(self.path)
            return self._say(200, "")
        if path.startswith("/.well-known/oauth-protected-resource"):
            named = {"resource_name": x, "scopes_supported": ["mcp", x], x: {x: [x]}, "resource_documentation": "javascript:window.pwned=1"}
            named |= {"resource_policy_uri": f"data:text/html,{x}", "resource_tos_uri": x, "bearer_methods_supported": ["header", x]}
            return self._say(200, {"resource": f"{gateway.url}/mcp", "authorization_servers": [gateway.url], **named})
        if path.startswith("/.well-known/"):
            ends = {f"{name}_endpoint": f"{gateway.url}/{name}" for name in ("authorization", "token", "registration", "revocation")}
            flags = {"code_challenge_methods_supported": ["S256", x], "token_endpoint_auth_methods_supported": ["none", x]}
            flags |= {
                "op_policy_uri": x,
                "op_tos_uri": f"vbscript:{x}",
                "grant_types_supported": ["authorization_code", x],
                "ui_locales_supported": x,
            }
            told = {"response_types_supported": ["code", x], "service_documentation": f"data:text/html,{x}", x: x}
            return self._say(200, {"issuer": gateway.url, **ends, **flags, **told})
        if path == "/authorization":
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            answer = urlencode({"code": "code-1", "state": asked["state"], "iss": gateway.url, x[:60]: x})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{answer}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return self._say(404, x, "text/html")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gateway, x = self.gateway, self.gateway.text
        match self.path:
            case "/registration":
                sent = json.loads(body)
                return self._say(
                    201,
                    {**sent, "client_id": "client-1", "client_name": x, "client_uri": "javascript:1", "logo_uri": x, "contacts": [x], x: x},
                )
            case "/token":
                gateway.tokens += 1
                if b"refresh_token=" in body:
                    return self._say(400, {"error": x, "error_description": x, "error_uri": "javascript:window.pwned=1", x: x})
                pair = {"access_token": f"access-token-{gateway.tokens}", "refresh_token": f"refresh-token-{gateway.tokens}"}
                claims = {"iss": x, "aud": [x], "sub": x, "name": x, x: x}
                return self._say(200, {**pair, "token_type": "Bearer", "expires_in": 900, "scope": x, "id_token": signed(claims), x: x})
            case "/mcp":
                return self._mcp(json.loads(body or b"{}"))
        return self._say(200, x, "text/html")

    def _mcp(self, message: dict[str, object]) -> None:
        gateway, x = self.gateway, self.gateway.text
        if "Authorization" not in self.headers:
            self.send_response(401, gateway.line)
            self.send_header(
                "WWW-Authenticate", f'Bearer resource_metadata="{gateway.url}/.well-known/oauth-protected-resource/mcp", scope="mcp"'
            )
            self.send_header("X-Said", gateway.line)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        shape = {"type": "object", "properties": {x: {"title": x, "description": x, "enum": [x], "default": x}}, "required": [x]}
        tool = {
            "annotations": {"title": x, x: x},
            "outputSchema": shape,
            "_meta": {x: x},
            "name": x,
            "title": x,
            "description": x,
            "inputSchema": shape,
        }
        result = {"tools": [tool], "supportedVersions": ["2026-07-28"], "serverInfo": {"name": x, "version": x}, "instructions": x, x: x}
        return self._say(200, {"jsonrpc": "2.0", "id": message.get("id"), "result": result})

    def _say(self, status: int, value: object, kind: str = "application/json") -> None:
        body = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("X-Said", self.gateway.line)
        self.send_header("X-<img/src=x/onerror=window.pwned=1>", "a name")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def hostile_gateway() -> Iterator[Gateway]:
    """One that runs until the block ends."""
    gateway = Gateway()
    with served(Answers, gateway) as gateway.url:
        gateway.text = payload(f"{gateway.url}/canary")
        yield gateway
