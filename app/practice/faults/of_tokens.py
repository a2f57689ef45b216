"""Faults of the token endpoint, of refresh and replay, and of revocation."""

from __future__ import annotations

from app.practice.faults.model import Breaks, Fault, at, with_values
from app.practice.gateway import ABSENT

TOKEN, REFRESH, REVOKE = "token", "refresh", "revoke"


def _refused(spot: str, error: str, says: str, status: int = 400) -> Breaks:
    return at(spot, status, {"error": error, "error_description": says})


def _members(**values: object) -> Breaks:
    return with_values(token_members=values, refresh_members=values)


FAULTS = (
    Fault("code-expires-at-once", "Authorization codes expire at once", TOKEN, "token.code_expired", with_values(code_seconds=0)),
    Fault("code-burnt", "The code was redeemed by somebody who looked ahead", TOKEN, "token.code_reused",
          _refused(TOKEN, "invalid_grant", "This code was already redeemed.")),
    Fault("verifier-mixed-up", "The server compares the verifier with another attempt's challenge", TOKEN, "token.pkce",
          _refused(TOKEN, "invalid_grant", "PKCE verification failed: incorrect code_verifier.")),
    Fault("redirect-forgotten", "The token endpoint compares another redirect_uri", TOKEN, "token.redirect_uri",
          _refused(TOKEN, "invalid_grant", "The redirect_uri did not match the one of the authorization request.")),
    Fault("target-refused", "The token endpoint refuses the resource that was authorized", TOKEN, "token.invalid_target",
          _refused(TOKEN, "invalid_target", "Resource does not match this server.")),
    Fault("client-refused", "The token endpoint refuses the client", TOKEN, "token.invalid_client",
          _refused(TOKEN, "invalid_client", "Client authentication failed.", 401)),
    Fault("basic-not-decoded", "HTTP Basic is not decoded, and client ids hold a colon", TOKEN, "token.client_id_encoding",
          with_values(public_clients=False, decodes_basic=False)),
    Fault("wants-json", "The token endpoint wants JSON", TOKEN, "token.content_type",
          _refused(TOKEN, "invalid_request", "Content-Type must be application/json.")),
    Fault("codes-not-shared", "Several instances do not share their codes", TOKEN, "token.replicas",
          _refused(TOKEN, "invalid_grant", "Unknown OAuth request.")),
    Fault("code-refused", "The token endpoint refuses the code without a reason", TOKEN, "token.invalid_grant",
          _refused(TOKEN, "invalid_grant", "The grant is not valid.")),
    Fault("one-error-for-codes", "Every refusal of the token endpoint is invalid_request", TOKEN, "token.unexpected_status",
          _refused(TOKEN, "invalid_request", "The token request is not valid.")),
    Fault("error-in-200", "Errors of the token endpoint come with status 200", TOKEN, "token.error_in_200",
          at(TOKEN, 200, {"error": "bad_verification_code", "error_description": "The code is not right."})),
    Fault("form-encoded-tokens", "Tokens come form-encoded, not as JSON", TOKEN, "token.not_json",
          at(TOKEN, 200, "access_token=at_example&token_type=bearer", Content_Type="application/x-www-form-urlencoded")),
    Fault("token-redirects", "The token endpoint redirects", TOKEN, "token.redirected",
          at(TOKEN, 307, "", Location="https://login.gateway.example/token")),
    Fault("expires-in-text", "expires_in is a text", TOKEN, "token.bad_types", _members(expires_in="900")),
    Fault("no-token-type", "The token answer has no token_type", TOKEN, "token.bad_types", _members(token_type=ABSENT)),
    Fault("wrong-audience", "The token is a JWT for another audience", TOKEN, "token.audience_mismatch",
          with_values(access_form="jwt", jwt_claims={"aud": "https://api.identity.example"})),
    Fault("no-refresh-token", "No refresh token is issued", TOKEN, "token.no_refresh",
          with_values(token_members={"refresh_token": ABSENT})),
    Fault("less-scope", "Less scope is granted than asked for", TOKEN, "token.scope_narrowed", with_values(token_members={"scope": ""})),
    Fault("tokens-cacheable", "The token answer may be cached", TOKEN, "token.cacheable", with_values(answer_caching="max-age=60")),
    # refresh and replay
    Fault("not-rotated", "Refresh tokens are not rotated", REFRESH, "refresh.not_rotated", with_values(rotates=False)),
    Fault("refresh-refused", "The newest refresh token is refused", REFRESH, "refresh.invalid_grant",
          _refused(REFRESH, "invalid_grant", "The upstream refresh token was rejected.")),
    Fault("refresh-scope", "A refresh is refused for its scope", REFRESH, "refresh.scope_or_resource",
          _refused(REFRESH, "invalid_scope", "The client cannot request scope mcp:tools.")),
    Fault("refresh-not-built", "The token endpoint does not know the refresh grant", REFRESH, "refresh.unexpected_status",
          _refused(REFRESH, "unsupported_grant_type", "Only authorization_code is supported.")),
    Fault("shrinking-lifetime", "Refreshed access tokens live shorter", REFRESH, "refresh.shrinking_expiry",
          with_values(refresh_members={"expires_in": 300})),
    Fault("grace-window", "An old refresh token stays good for a minute", REFRESH, "replay.in_grace", with_values(grace_seconds=60.0)),
    Fault("replay-not-noticed", "An old refresh token stays good for ever", REFRESH, "replay.always_accepted",
          with_values(replay="accept")),
    Fault("replay-only-refused", "An old refresh token is refused, and nothing else happens", REFRESH, "replay.rejected_grant_alive",
          with_values(replay="reject")),
    Fault("one-error-for-all", "A dead refresh token is called invalid_request", REFRESH, "token.one_error_for_all",
          with_values(dead_grant_error="invalid_request")),
    # revocation
    Fault("revocation-missing", "The advertised revocation endpoint does not exist", REVOKE, "revoke.advertised_missing",
          at(REVOKE, 404, {"error": "not_found"})),
    Fault("revocation-wants-secret", "Revocation refuses public clients", REVOKE, "revoke.needs_auth",
          _refused(REVOKE, "invalid_client", "Client authentication is required.", 401)),
    Fault("revocation-refuses", "Revocation answers 400 to every token", REVOKE, "revoke.unexpected_status",
          _refused(REVOKE, "invalid_request", "The request is not valid.")),
    Fault("revocation-does-nothing", "Revocation answers 200 and does nothing", REVOKE, "revoke.no_effect", with_values(revokes=())),
    Fault("access-lives-on", "Revocation of access tokens is not offered", REVOKE, "revoke.unsupported_type",
          with_values(access_form="jwt", unsupported_revocation=("access",))),
    Fault("dead-end", "The 401 to a dead token does not say where to start again", REVOKE, "revoke.dead_end",
          with_values(refusal_text='Bearer error="invalid_token"')),
    Fault("not-proved", "A revoked token is answered 404", REVOKE, "confirm.not_proved", with_values(dead_token_status=404)),
)  # fmt: skip
