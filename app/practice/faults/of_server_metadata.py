"""Faults of the authorization server's metadata document (RFC 8414)."""

from __future__ import annotations

from app.practice.faults.model import Breaks, Fault, all_of, at, with_values
from app.practice.gateway import ABSENT, LOOPBACK_HOSTS, Gateway

PLACE = "server_metadata"
PAGE = "<!doctype html><title>Welcome</title><div id=app></div>"
WALL = "<!doctype html><title>Just a moment...</title><h1>Checking your browser</h1>"
INSIDE = "http://gateway.internal.example/oauth/token"
NOT_FOUND = {"error": "not_found"}


def _members(**values: object) -> Breaks:
    return with_values(server_members=values)


def _on_another_host(gateway: Gateway) -> Gateway:
    """Loopback has two names; elsewhere there is one, and the walk ends at a host that is not there."""
    here, there = ("localhost", "127.0.0.1") if "localhost" in gateway.origin else ("127.0.0.1", "localhost")
    is_local = any(name in gateway.origin for name in LOOPBACK_HOSTS)
    other = gateway.origin.replace(here, there) if is_local else "https://tokens.gateway.example"
    return _members(token_endpoint=f"{other}{gateway.mount}/oauth/token")(gateway)


FAULTS = (
    Fault("server-metadata-gone", "No location has the server's metadata", PLACE, "server_metadata.not_found",
          at("every server_metadata", 404, NOT_FOUND)),
    Fault("server-metadata-is-a-page", "Every location answers with the start page of a web app", PLACE, "server_metadata.not_json",
          at("every server_metadata", 200, PAGE, Content_Type="text/html; charset=utf-8")),
    Fault("server-metadata-walled", "A firewall for browsers stands before the server's metadata", PLACE, "probe.bot_wall",
          at("every server_metadata", 403, WALL, Content_Type="text/html", cf_mitigated="challenge")),
    Fault("server-breaks", "The authorization server answers 500", PLACE, "transport.server_error",
          at("every server_metadata", 500, {"error": "internal_error"})),
    Fault("other-issuer", "The document is the identity provider's, with its issuer", PLACE, "server_metadata.issuer_mismatch",
          _members(issuer="https://login.identity.example")),
    Fault("issuer-slash", "The issuer ends in a slash that the resource metadata does not have", PLACE, "server_metadata.issuer_slash",
          _members(issuer="{resource}/")),
    Fault("no-token-endpoint", "The document names no token endpoint", PLACE, "server_metadata.endpoint_missing",
          _members(token_endpoint=ABSENT)),
    Fault("http-endpoint", "The token endpoint is named with plain http", PLACE, "server_metadata.http_endpoint",
          _members(token_endpoint=INSIDE)),
    Fault("endpoint-fragment", "The authorization endpoint ends in a fragment", PLACE, "server_metadata.endpoint_fragment",
          _members(authorization_endpoint="{base}/oauth/authorize/mcp/{route}#/login")),
    Fault("pkce-unsaid", "PKCE is not advertised", PLACE, "server_metadata.pkce_unsupported",
          _members(code_challenge_methods_supported=ABSENT)),
    Fault("plain-only", "Only the weak PKCE method plain is advertised", PLACE, "server_metadata.pkce_unsupported",
          _members(code_challenge_methods_supported=["plain"])),
    Fault("plain-pkce", "The weak PKCE method plain is offered beside S256", PLACE, "server_metadata.plain_pkce",
          _members(code_challenge_methods_supported=["S256", "plain"])),
    Fault("no-way-to-register", "There is no way to become a client", PLACE, "server_metadata.no_client_path",
          all_of(with_values(client_metadata=False), _members(registration_endpoint=ABSENT))),
    Fault("no-public-clients-advertised", "The token endpoint does not list the method none", PLACE, "server_metadata.no_none_method",
          _members(token_endpoint_auth_methods_supported=["client_secret_basic"])),
    Fault("authorize-has-query", "The authorization endpoint already has a query", PLACE, "server_metadata.authorize_has_query",
          _members(authorization_endpoint="{base}/oauth/authorize/mcp/{route}?audience=mcp")),
    Fault("appended-only", "Only the appended OpenID location has the document", PLACE, "server_metadata.append_only",
          with_values(server_places=("oidc_appended",))),
    Fault("openid-only", "Only an OpenID Connect document is published", PLACE, "server_metadata.oidc_only",
          with_values(server_places=("oidc_inserted",))),
    Fault("tokens-elsewhere", "The token endpoint is on another host than the issuer", PLACE, "server_metadata.endpoint_host_differs",
          _on_another_host),
    Fault("no-refresh-grant", "The refresh grant is not listed", PLACE, "server_metadata.no_refresh_grant",
          _members(grant_types_supported=["authorization_code"])),
    Fault("no-revocation", "There is no revocation endpoint", PLACE, "server_metadata.no_revocation",
          _members(revocation_endpoint=ABSENT)),
)  # fmt: skip
