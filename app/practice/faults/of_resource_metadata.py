"""Faults of the resource's metadata document (RFC 9728)."""

from __future__ import annotations

from app.practice.faults.model import Breaks, Fault, at, with_values
from app.practice.gateway import ABSENT, Gateway

PLACE = "resource_metadata"
PAGE = "<!doctype html><title>Welcome</title><div id=app></div>"


def _members(**values: object) -> Breaks:
    return with_values(resource_members=values)


def _with_offline_access(gateway: Gateway) -> Gateway:
    listed = [*gateway.resource_scopes, "offline_access"]
    return with_values(resource_members={"scopes_supported": listed}, scopes=(*gateway.scopes, "offline_access"))(gateway)


FAULTS = (
    Fault(
        "metadata-gone",
        "The metadata URL of the challenge answers 404",
        PLACE,
        "resource_metadata.not_at_advertised_url",
        at(PLACE, 404, {"error": "not_found"}),
    ),
    Fault(
        "unknown-route",
        "The metadata URL answers 400, because the gateway does not know the route there",
        PLACE,
        "resource_metadata.not_at_advertised_url",
        at(PLACE, 400, "Unknown MCP route", Content_Type="text/plain"),
    ),
    Fault(
        "metadata-needs-token",
        "The resource metadata itself asks for a token",
        PLACE,
        "resource_metadata.needs_auth",
        at(PLACE, 401, {"error": "unauthorized"}),
    ),
    Fault(
        "metadata-is-a-page",
        "The metadata URL answers with the start page of a web app",
        PLACE,
        "resource_metadata.not_json",
        at(PLACE, 200, PAGE, Content_Type="text/html; charset=utf-8"),
    ),
    Fault(
        "metadata-redirects",
        "The metadata URL redirects",
        PLACE,
        "resource_metadata.redirect",
        at(PLACE, 301, "", Location="{base}/metadata/{route}"),
    ),
    Fault(
        "other-resource",
        "The metadata describes another host",
        PLACE,
        "resource_metadata.resource_mismatch",
        _members(resource="https://gateway.internal.example/mcp/{route}"),
    ),
    Fault(
        "parent-resource",
        "The metadata describes the origin in place of the MCP URL",
        PLACE,
        "resource_metadata.resource_mismatch",
        with_values(resource_members={"resource": "{origin}"}, known_resource="{origin}"),
    ),
    Fault(
        "resource-slash",
        "The resource ends in a slash that the MCP URL does not have",
        PLACE,
        "resource_metadata.trailing_slash",
        with_values(resource_members={"resource": "{resource}/"}, known_resource="{resource}/"),
    ),
    Fault(
        "no-authorization-servers",
        "The metadata names no authorization server",
        PLACE,
        "resource_metadata.no_authorization_servers",
        _members(authorization_servers=ABSENT),
    ),
    Fault(
        "resource-is-a-list",
        "The member resource is an array",
        PLACE,
        "resource_metadata.no_authorization_servers",
        _members(resource=["{resource}"]),
    ),
    Fault(
        "server-is-http",
        "The authorization server is named with plain http",
        PLACE,
        "resource_metadata.server_unusable",
        _members(authorization_servers=["http://auth.gateway.example"]),
    ),
    Fault(
        "server-is-a-document",
        "The metadata names the server's document in place of its issuer",
        PLACE,
        "resource_metadata.server_unusable",
        _members(authorization_servers=["{origin}/.well-known/oauth-authorization-server/mcp/{route}"]),
    ),
    Fault(
        "two-servers",
        "Two authorization servers are named",
        PLACE,
        "resource_metadata.many_servers",
        _members(authorization_servers=["{resource}", "https://auth.gateway.example"]),
    ),
    Fault(
        "resource-lists-offline-access",
        "The resource lists offline_access among its scopes",
        PLACE,
        "resource_metadata.offline_access_listed",
        _with_offline_access,
    ),
)
