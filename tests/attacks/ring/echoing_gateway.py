"""A gateway that says every secret back that it gave or got, in every spelling, wherever it may speak."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

from served import served

GIVEN = {
    "code": "pl4nted/Code+1=.tu7",
    "access token": "pl4nted.Access~1+/Zq8==",
    "refresh token": "pl4nted.Refresh~1+/Wm3==",
    "client secret": "pl4nted-Client:Secret/9k",
    "registration access token": "pl4nted.Registr4tion.5jd",
    "cookie": "pl4nted-C00kie-6hs",
    "password": "pl4nted Passw0rd & more",
}


def spellings(value: str) -> Iterator[tuple[str, str]]:
    """How a server may write a value."""
    octets = value.encode()
    yield "as it is", value
    yield "percent-encoded", quote(value, safe="")
    yield "in a form", quote_plus(value)
    yield "in HTML", html.escape(value)
    yield "in JSON", json.dumps(value)[1:-1].replace("/", "\\/")
    for before in ("", "x", "xy"):
        yield f"in Base64 behind {before!r}", base64.b64encode(before.encode() + octets).decode()
    yield "in base64url", base64.urlsafe_b64encode(octets).decode().rstrip("=")


@dataclass
class Echoing:
    """What it gave and got so far, by kind."""

    url: str = ""
    known: dict[str, str] = field(default_factory=lambda: dict(GIVEN))

    def echo(self) -> dict[str, dict[str, str]]:
        return {f"about {number}": dict(spellings(value)) for number, value in enumerate(self.known.values())}

    def sentence(self) -> str:
        return "We know " + " and ".join(self.known.values())


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gateway: Echoing

    def do_GET(self) -> None:
        gateway, parts = self.gateway, urlsplit(self.path)
        if parts.path.startswith("/.well-known/oauth-protected-resource"):
            return self._say(200, {"resource": f"{gateway.url}/mcp", "authorization_servers": [gateway.url], "scopes_supported": ["mcp"]})
        if parts.path.startswith("/.well-known/"):
            ends = {f"{name}_endpoint": f"{gateway.url}/{name}" for name in ("authorization", "token", "registration", "revocation")}
            knows = {"code_challenge_methods_supported": ["S256"], "token_endpoint_auth_methods_supported": ["client_secret_basic"]}
            return self._say(200, {"issuer": gateway.url, "response_types_supported": ["code"], **ends, **knows})
        if parts.path == "/authorization":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            gateway.known["state"] = asked["state"]
            answer = urlencode({"code": gateway.known["code"], "state": asked["state"], "iss": gateway.url})
            return self._say(302, "", Location=f"{asked['redirect_uri']}?{answer}")
        return self._say(404, {"echo": gateway.echo()})

    def do_POST(self) -> None:
        body, gateway = self.rfile.read(int(self.headers.get("Content-Length") or 0)), self.gateway
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        match self.path:
            case "/registration":
                kept = {name: gateway.known[name.replace("_", " ")] for name in ("client_secret", "registration_access_token")}
                named = {
                    "client_id": "client-1",
                    "registration_client_uri": f"{gateway.url}/registration/client-1",
                    "password": GIVEN["password"],
                }
                return self._say(201, {**json.loads(body), **named, **kept, "token_endpoint_auth_method": "client_secret_basic"})
            case "/token":
                return self._token(form)
            case "/mcp":
                return self._mcp(json.loads(body or b"{}"))
        return self._say(200, {"echo": gateway.echo()})

    def _token(self, form: dict[str, str]) -> None:
        gateway = self.gateway
        if "code_verifier" in form:
            gateway.known["verifier"] = form["code_verifier"]
        elif form.get("refresh_token") != gateway.known["refresh token"]:
            return self._say(400, {"error": "invalid_grant", "error_description": gateway.sentence(), "echo": gateway.echo()})
        else:  # a fresh pair, whose refresh token is another secret
            gateway.known["second refresh token"] = gateway.known["refresh token"]
            gateway.known["refresh token"] = "pl4nted.Refresh~2+/Ht9=="
            gateway.known["second access token"] = "pl4nted.Access~2+/Lk5=="
        access = gateway.known.get("second access token", gateway.known["access token"])
        pair = {"access_token": access, "refresh_token": gateway.known["refresh token"], "token_type": "Bearer", "expires_in": 900}
        return self._say(200, {**pair, "scope": "mcp", "echo": gateway.echo()})

    def _mcp(self, message: dict[str, object]) -> None:
        gateway = self.gateway
        if "Authorization" not in self.headers:
            challenge = f'Bearer resource_metadata="{gateway.url}/.well-known/oauth-protected-resource/mcp", scope="mcp"'
            return self._say(401, "", **{"WWW-Authenticate": challenge})
        tool = {"name": "echo", "description": gateway.sentence(), "inputSchema": {"type": "object"}}
        result = {"tools": [tool], "supportedVersions": ["2026-07-28"], "instructions": gateway.sentence(), "echo": gateway.echo()}
        return self._say(200, {"jsonrpc": "2.0", "id": message.get("id"), "result": result})

    def _say(self, status: int, value: object, **headers: str) -> None:
        body = (value if isinstance(value, str) else json.dumps(value)).encode()
        told = {"Content-Type": "application/json", "Set-Cookie": f"gateway={self.gateway.known['cookie']}; Path=/gateway", **headers}
        if status != 302:
            told["X-Echo"] = self.gateway.sentence()
        self.send_response(status)
        for name, text in (told | {"Content-Length": str(len(body))}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def echoing_gateway() -> Iterator[Echoing]:
    """One that runs until the block ends."""
    gateway = Echoing()
    with served(Answers, gateway) as gateway.url:
        yield gateway
