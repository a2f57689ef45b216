"""The reference Python SDK's MCP server with its own OAuth endpoints: a gateway that nobody here wrote. Runs in .cache/interop.

Ours are only the dictionaries behind the SDK's provider protocol and a one-button login page; every rule of OAuth and MCP is its own.
Usage: sdk_server.py PORT
"""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import dataclass, field

from mcp.server.auth.provider import AccessToken, AuthorizationCode, AuthorizationParams, RefreshToken, construct_redirect_uri
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

PORT = int(sys.argv[1])
ORIGIN = f"http://localhost:{PORT}"
LOGIN = '<!doctype html><title>Sign in</title><link rel="icon" href="data:,"><form method="post"><button>Allow</button></form>'


@dataclass
class Memory:
    """The SDK's provider protocol over dictionaries. A pair of tokens shares its grant; a used refresh token is forgotten."""

    clients: dict[str, OAuthClientInformationFull] = field(default_factory=dict)
    tickets: dict[str, tuple[OAuthClientInformationFull, AuthorizationParams]] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)
    grants: dict[str, str] = field(default_factory=dict)  # token -> grant

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.clients[str(client_info.client_id)] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        ticket = secrets.token_urlsafe()
        self.tickets[ticket] = (client, params)
        return f"{ORIGIN}/login?ticket={ticket}"

    def allow(self, ticket: str) -> str:
        """The person pressed the button: the address to go back to, with a code."""
        client, params = self.tickets.pop(ticket)
        code = AuthorizationCode(
            code=secrets.token_urlsafe(),
            scopes=params.scopes or ["tools"],
            expires_at=time.time() + 60,
            client_id=str(client.client_id),
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(self, client: OAuthClientInformationFull, authorization_code: str) -> AuthorizationCode | None:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode) -> OAuthToken:
        del self.codes[authorization_code.code]
        return self._pair(authorization_code, secrets.token_hex())

    async def load_refresh_token(self, client: OAuthClientInformationFull, refresh_token: str) -> RefreshToken | None:
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        del self.refresh[refresh_token.token]
        return self._pair(refresh_token, self.grants[refresh_token.token])

    def _pair(self, source: AuthorizationCode | RefreshToken, grant: str) -> OAuthToken:
        access, refresh = secrets.token_urlsafe(), secrets.token_urlsafe()
        same = {"client_id": source.client_id, "scopes": source.scopes, "resource": source.resource}
        self.access[access] = AccessToken(token=access, expires_at=int(time.time()) + 900, **same)
        self.refresh[refresh] = RefreshToken(token=refresh, **same)
        self.grants |= {access: grant, refresh: grant}
        return OAuthToken(access_token=access, expires_in=900, scope=" ".join(source.scopes), refresh_token=refresh)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.access.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        grant = self.grants[token.token]
        for name in [name for name, its in self.grants.items() if its == grant]:
            self.access.pop(name, None)
            self.refresh.pop(name, None)


memory = Memory()
server = MCPServer(
    "interop",
    log_level="WARNING",
    auth_server_provider=memory,
    auth=AuthSettings(
        issuer_url=ORIGIN,
        resource_server_url=f"{ORIGIN}/mcp",
        required_scopes=["tools"],
        client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=["tools"], default_scopes=["tools"]),
        revocation_options=RevocationOptions(enabled=True),
        validate_token_resource=True,
    ),
)


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.custom_route("/login", methods=["GET", "POST"])
async def login(request: Request) -> Response:
    """A page with one button, and the way back."""
    if request.method == "GET":
        return HTMLResponse(LOGIN)
    return RedirectResponse(memory.allow(request.query_params["ticket"]), status_code=302)


server.run("streamable-http", host="localhost", port=PORT)
