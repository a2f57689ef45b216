"""FastMCP with its own in-memory OAuth provider, as its documentation starts it. Runs in .cache/interop-fastmcp.

Every rule of OAuth and MCP is FastMCP's, the provider too: it lets everybody in without a page.
Usage: fastmcp_server.py PORT
"""

from __future__ import annotations

import sys

from fastmcp import FastMCP
from fastmcp.server.auth.auth import ClientRegistrationOptions, RevocationOptions
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider

PORT = int(sys.argv[1])
server = FastMCP(
    "interop",
    auth=InMemoryOAuthProvider(
        base_url=f"http://localhost:{PORT}",
        required_scopes=["tools"],
        client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=["tools"], default_scopes=["tools"]),
        revocation_options=RevocationOptions(enabled=True),
    ),
)


@server.tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


server.run(transport="http", host="localhost", port=PORT, show_banner=False, log_level="WARNING")
