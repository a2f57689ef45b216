"""A client that walks the practice gateway's OAuth flow by plain HTTP: the client's part and the person's clicks.

`Dance(through_requests(), "http://localhost:8000").to_tokens()` walks a running gateway; tests hand in `through_flask(app)`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import requests
from flask import Flask

FORM = "application/x-www-form-urlencoded"
BOTH = "application/json, text/event-stream"
MODERN, LEGACY = "2026-07-28", "2025-11-25"
META = "io.modelcontextprotocol/"


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def rpc(self) -> Any:
        """The JSON-RPC message, out of its event where it came as one."""
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            return json.loads(next(line[6:] for line in self.text.splitlines() if line.startswith("data: ")))
        return self.json

    @property
    def location(self) -> str:
        return urljoin(self.url, self.headers["location"])

    @property
    def answered(self) -> dict[str, str]:
        """The parameters of the redirect."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    def form(self, purpose: str) -> tuple[str, dict[str, str]]:
        """Action and fields of the page's form with that data-practice, its first enabled button pressed."""
        found = re.search(rf'<form[^>]*action="([^"]*)"[^>]*data-practice="{purpose}"[^>]*>(.*?)</form>', self.text, re.S)
        assert found, f"no {purpose} form on {self.url}: {self.status} {self.text[:400]}"
        fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', found[2]))
        buttons = [tag for tag in re.findall(r"<button[^>]*>", found[2]) if " disabled" not in tag]
        assert buttons, f"every button of {purpose} is disabled"
        fields |= dict(re.findall(r'name="([^"]*)" value="([^"]*)"', buttons[0]))
        return urljoin(self.url, unescape(found[1])), {name: unescape(value) for name, value in fields.items()}


Send = Callable[[str, str, Mapping[str, str], bytes], Answer]


def through_flask(app: Flask) -> Send:
    """Send to an app in this process; cookies are kept, redirects are not followed."""
    client = app.test_client()

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        came = client.open(url, method=method, headers=dict(headers), data=body or None)
        return Answer(url, came.status_code, {name.lower(): value for name, value in came.headers}, came.get_data(as_text=True))

    return send


def through_requests() -> Send:
    """Send over the network; cookies are kept, redirects are not followed."""
    session = requests.Session()
    session.trust_env = False

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        came = session.request(method, url, headers=dict(headers), data=body or None, allow_redirects=False, timeout=10)
        return Answer(url, came.status_code, {name.lower(): value for name, value in came.headers.items()}, came.text)

    return send


@dataclass
class Dance:
    """One client and one person at one route. Every step may be told what to send instead; None leaves a parameter out."""

    send: Send
    origin: str = "http://localhost:8000"
    route: str = "linear-v1"
    redirect_uri: str = "http://127.0.0.1:8000/callback"
    mount: str = "/practice"
    scope: str = "mcp:tools"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_hex(8))
    client: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    code: str = ""

    @property
    def resource(self) -> str:
        return f"{self.origin}{self.mount}/mcp/{self.route}"

    def to_tokens(self) -> Dance:
        """Register, sign in, connect, allow, redeem."""
        self.register()
        self.code = self.allow().answered["code"]
        self.tokens = self.redeem().json
        return self

    # the client's back channel

    def register(self, **changes: Any) -> Answer:
        asked: dict[str, Any] = {"client_name": "Dance", "redirect_uris": [self.redirect_uri], "application_type": "native"}
        asked |= {"grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "token_endpoint_auth_method": "none"}
        asked = {name: value for name, value in (asked | {"scope": self.scope} | changes).items() if value is not None}
        came = self.post_json(f"{self.mount}/oauth/register", asked)
        self.client = came.json if came.status == 201 else self.client
        return came

    def redeem(self, **changes: str | None) -> Answer:
        wanted = {"grant_type": "authorization_code", "code": self.code, "redirect_uri": self.redirect_uri}
        wanted |= {"code_verifier": self.verifier, "resource": self.resource}
        return self.post_form(f"{self.mount}/oauth/token", wanted | changes)

    def refresh(self, **changes: str | None) -> Answer:
        wanted = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"], "resource": self.resource}
        return self.post_form(f"{self.mount}/oauth/token", wanted | changes)

    def revoke(self, token: str, **changes: str | None) -> Answer:
        return self.post_form(f"{self.mount}/oauth/revoke", {"token": token} | changes)

    def post_form(self, path: str, fields: Mapping[str, str | None]) -> Answer:
        """A form with the client's own authentication, unless the fields say otherwise."""
        method = self.client.get("token_endpoint_auth_method", "none")
        headers = {"Content-Type": FORM}
        if method == "client_secret_basic":
            pair = ":".join(quote(self.client[name], safe="") for name in ("client_id", "client_secret"))
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif self.client:
            own = {"client_id": self.client["client_id"], "client_secret": self.client.get("client_secret")}
            fields = own | dict(fields)
        sent = {name: value for name, value in fields.items() if value is not None}
        return self.send("POST", self.origin + path, headers, urlencode(sent).encode())

    def post_json(self, path: str, value: object) -> Answer:
        return self.send("POST", self.origin + path, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", urljoin(self.origin, path), headers, b"")

    # the person's browser

    def authorize_url(self, **changes: str | None) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        wanted: dict[str, str | None] = {"response_type": "code", "client_id": self.client["client_id"], "redirect_uri": self.redirect_uri}
        wanted |= {"code_challenge": challenge, "code_challenge_method": "S256", "state": self.state, "scope": self.scope}
        sent = {name: value for name, value in (wanted | {"resource": self.resource} | changes).items() if value is not None}
        return f"{self.origin}{self.mount}/oauth/authorize/mcp/{self.route}?{urlencode(sent)}"

    def follow(self, came: Answer) -> Answer:
        """Follow redirects while they stay at the gateway."""
        while came.status == 303 and came.location.startswith(f"{self.origin}/practice/"):
            came = self.get(came.location)
        return came

    def press(self, page: Answer, purpose: str) -> Answer:
        action, fields = page.form(purpose)
        return self.follow(self.send("POST", action, {"Content-Type": FORM}, urlencode(fields).encode()))

    def to_consent(self, **changes: str | None) -> Answer:
        """Open the authorize URL and sign in where asked; returns the consent page."""
        page = self.follow(self.get(self.authorize_url(**changes)))
        return self.press(page, "login") if 'data-practice="login"' in page.text else page

    def allow(self, **changes: str | None) -> Answer:
        """Connect where that is wanted, authorize; returns the redirect to the client."""
        page = self.to_consent(**changes)
        page = self.press(page, "connect") if 'data-practice="connect"' in page.text else page
        return self.press(page, "approve")

    # the MCP route

    def call(self, method: str, params: Mapping[str, Any] | None = None, era: str = LEGACY, **headers: str | None) -> Answer:
        """One JSON-RPC request with the access token, whole for its era; a header of None is left out."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": dict(params or {})}
        wanted: dict[str, str | None] = {"Content-Type": "application/json", "Accept": BOTH, "MCP-Protocol-Version": era}
        if self.tokens:
            wanted["Authorization"] = f"Bearer {self.tokens['access_token']}"
        if era == MODERN:
            wanted |= {"Mcp-Method": method} | ({"Mcp-Name": message["params"].get("name", "")} if method == "tools/call" else {})
            own = {f"{META}protocolVersion": era, f"{META}clientCapabilities": {"elicitation": {"url": {}}}}
            message["params"].setdefault("_meta", own)
        wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in wanted.items() if value is not None}
        return self.send("POST", self.resource, kept, json.dumps(message).encode())
