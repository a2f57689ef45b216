"""Faults of dynamic client registration (RFC 7591)."""

from __future__ import annotations

from app.practice.faults.model import Breaks, Fault, at, with_values
from app.practice.gateway import ABSENT

PLACE = "registration"


def _refused(error: str, says: str, status: int = 400, **headers: str) -> Breaks:
    return at("register", status, {"error": error, "error_description": says}, **headers)


FAULTS = (
    Fault("registration-closed", "Registration wants an initial access token", PLACE, "register.closed",
          _refused("unauthorized", "An initial access token is required.", 401)),
    Fault("registration-not-built", "Registration is advertised but not built", PLACE, "register.closed",
          _refused("not_implemented", "Client registration is disabled.", 501)),
    Fault("registration-limited", "Too many clients have registered", PLACE, "register.rate_limited",
          with_values(registrations_per_minute=0)),
    Fault("web-clients-only", "Registration takes every client for a web client", PLACE, "register.application_type",
          _refused("invalid_client_metadata", "Web clients require https URIs on non-loopback hosts.")),
    Fault("callback-not-on-list", "The callback's host is not on the server's list", PLACE, "register.redirect_host_refused",
          _refused("invalid_redirect_uri", "The host of redirect_uris[0] is not in the allowed list.")),
    Fault("scope-not-registered", "Registration refuses the scope that the metadata lists", PLACE, "register.scope_refused",
          _refused("invalid_client_metadata", "Requested scopes are not valid: mcp:tools.")),
    Fault("registration-refuses", "Registration refuses without a reason", PLACE, "register.unexpected_status",
          _refused("invalid_client_metadata", "The request is not valid.")),
    Fault("registration-redirects", "Registration redirects to another host", PLACE, "token.redirected",
          at("register", 302, "", Location="https://login.gateway.example/register")),
    Fault("registered-with-200", "Registration answers 200 in place of 201", PLACE, "register.bad_answer",
          with_values(registered_status=200)),
    Fault("no-redirect-uris", "The registration's answer lacks redirect_uris", PLACE, "register.bad_answer",
          with_values(client_members={"redirect_uris": ABSENT})),
    Fault("null-members", "The registration's answer has members that are null", PLACE, "register.bad_answer",
          with_values(client_members={"client_uri": None, "logo_uri": None})),
    Fault("no-client-id", "The registration's answer has no client_id", PLACE, "register.bad_answer",
          with_values(client_members={"client_id": ABSENT})),
    Fault("secret-for-public", "A public client is given a secret", PLACE, "register.secret_for_public",
          with_values(public_clients=False)),
    Fault("mocked-registration", "Registration looks like a stand-in: it was issued at 0", PLACE, "register.mocked",
          with_values(client_members={"client_id_issued_at": 0})),
    Fault("loopback-renamed", "Registration takes 127.0.0.1 for localhost", PLACE, "authorize.redirect_mismatch",
          with_values(renames_loopback=True)),
    Fault("client-forgotten", "The token endpoint has forgotten the client", PLACE, "register.client_stale",
          with_values(forgets_clients_at=("token",))),
    Fault("client-forgotten-at-once", "The authorization endpoint has forgotten the client", PLACE, "register.client_stale",
          with_values(forgets_clients_at=("authorize",))),
)  # fmt: skip
