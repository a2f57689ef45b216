"""Clauses and where to read them."""

from __future__ import annotations

from app.checks.model import Spec

_MCP = "https://modelcontextprotocol.io/specification/2026-07-28/basic"
_OIDC = "https://openid.net/specs/openid-connect-discovery-1_0.html"


def rfc(number: int, section: str) -> Spec:
    """A section of an RFC."""
    return Spec(f"RFC {number} section {section}", f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")


def mcp_authorization(heading: str, page: str = "", anchor: str = "") -> Spec:
    """A heading of the authorization chapter; `page` is one of its three sub-pages in the 2026-07-28 layout."""
    address = f"{_MCP}/authorization/{page}".rstrip("/") + (f"#{anchor}" if anchor else "")
    return Spec(f"MCP authorization, {heading}", address)


def mcp_transport(heading: str) -> Spec:
    """A heading of the transport chapter, in the last revision that has it on one page."""
    anchor = heading.lower().replace(" ", "-")
    return Spec(f"MCP transports, {heading}", f"https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#{anchor}")


MCP_401 = mcp_authorization("Authorization server location", "authorization-server-discovery")
MCP_DISCOVERY = mcp_authorization("Authorization server metadata discovery", "authorization-server-discovery")
MCP_REGISTRATION = mcp_authorization("Client registration", "client-registration")
MCP_PKCE = mcp_authorization("Authorization code protection", "security-considerations")
MCP_ISS = mcp_authorization("Authorization response validation", "security-considerations")
MCP_RESOURCE = mcp_authorization("Resource parameter")
MCP_SCOPE = mcp_authorization("Scope selection and step-up")
MCP_TOKENS = mcp_authorization("Access token usage")
MCP_REFRESH = mcp_authorization("Refresh tokens")
MCP_HTTPS = mcp_authorization("Communication security", "security-considerations")
MCP_ELICITATION = Spec("MCP elicitation, URL mode", "https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation")
OIDC_DISCOVERY = Spec("OpenID Connect Discovery 1.0 section 4", f"{_OIDC}#ProviderConfig")
CIMD = Spec(
    "Client ID Metadata Document (draft)",
    "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-client-id-metadata-document-00",
)
