"""The two well-known documents of a route: RFC 9728 for the resource, RFC 8414 for its authorization server."""

from __future__ import annotations

from flask import Response

from app.practice.answers import json_answer
from app.practice.client_documents import advertised
from app.practice.desk import Desk, OAuthRefusal
from app.practice.gateway import Route
from app.practice.shaping import shaped


def resource_metadata(desk: Desk, route: str) -> Response:
    known = _known(desk, route)
    gateway = desk.gateway
    document: dict[str, object] = {
        "resource": gateway.resource(known),
        "resource_name": known.title,
        "authorization_servers": [gateway.resource(known)],
        "scopes_supported": list(gateway.resource_scopes),
        "bearer_methods_supported": ["header"],
    }
    return _document(shaped(gateway, known, document, gateway.resource_members))


def server_metadata(desk: Desk, route: str, place: str = "oauth_inserted") -> Response:
    known = _known(desk, route)
    if place not in desk.gateway.server_places:
        raise OAuthRefusal("not_found", "The metadata is not at this address.", 404)
    gateway, base = desk.gateway, f"{desk.gateway.base}/oauth"
    document: dict[str, object] = {
        "issuer": gateway.resource(known),
        "authorization_endpoint": f"{base}/authorize/mcp/{known.name}",
        "token_endpoint": f"{base}/token",
        "registration_endpoint": f"{base}/register",
        "revocation_endpoint": f"{base}/revoke",
        "scopes_supported": list(gateway.scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(gateway.auth_methods),
        "revocation_endpoint_auth_methods_supported": list(gateway.auth_methods),
        "authorization_response_iss_parameter_supported": True,
        "protected_resources": [gateway.resource(known)],
    }
    if advertised(desk):
        document["client_id_metadata_document_supported"] = True
    return _document(shaped(gateway, known, document, gateway.server_members))


def oidc_inserted(desk: Desk, route: str) -> Response:
    """The same document at the inserted OpenID Connect location; there only where a gateway's values say so."""
    return server_metadata(desk, route, "oidc_inserted")


def oidc_appended(desk: Desk, route: str) -> Response:
    """The same document at the appended location (OpenID Connect Discovery section 4)."""
    return server_metadata(desk, route, "oidc_appended")


def _document(members: dict[str, object]) -> Response:
    return json_answer(members)


def _known(desk: Desk, route: str) -> Route:
    known = desk.gateway.route(route)
    if known is None:
        raise OAuthRefusal("not_found", "This gateway has no such route.", 404)
    return known
