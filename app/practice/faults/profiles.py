"""Habits of real gateways, as their sources and documents show them. The names say whose habits, not whose software.

`true_findings` is everything above a note that a whole walk says under the newest revision; a test holds each list.
"""

from __future__ import annotations

from app.practice.faults.model import Profile, all_of, at, with_values
from app.practice.gateway import ABSENT

HERE = 'resource_metadata="{metadata}"'
SDK = f'Bearer error="invalid_token", error_description="Authentication required", {HERE}'
ENVOY = f'Bearer error="invalid_token", error_description="The access token is missing or invalid", {HERE}, scope="mcp:tools"'
JWT_WANTED = '{"error": "unauthorized", "error_description": "JWT token required"}'
NO_ISS = with_values(way_back={"iss": ABSENT}, server_members={"authorization_response_iss_parameter_supported": ABSENT})
ONE_SCOPE = with_values(scopes=("mcp:tools",))

PROFILES: tuple[Profile, ...] = (
    Profile(
        "zuplo-like",
        "Zuplo-like: opaque tokens, path metadata for each route, one scope, a short grace window",
        all_of(NO_ISS, ONE_SCOPE, with_values(challenge_parts={"scope": ABSENT}, grace_seconds=10.0, code_seconds=60)),
        (),
    ),
    Profile(
        "workers-like",
        "workers-oauth-provider-like: bare challenge parameters, an hour's tokens, a replay only refused, access-only revocation",
        all_of(
            NO_ISS,
            with_values(challenge_parts={"scope": ABSENT, "error_description": ABSENT}, challenge_body="", access_seconds=3600,
                        code_seconds=600, replay="reject"),
        ),
        (),
    ),
    Profile(
        "agentgateway-like",
        "agentgateway-like: no error in any challenge, JWTs, a query in the authorization endpoint, mocked registration",
        all_of(
            NO_ISS,
            with_values(
                challenge_text=f"Bearer {HERE}",
                explains_refusals=False,
                challenge_body=JWT_WANTED,
                access_form="jwt",
                client_members={"client_id_issued_at": 0},
                server_members={"authorization_endpoint": "{base}/oauth/authorize/mcp/{route}?audience={route}"},
            ),
        ),
        ("server_metadata.authorize_has_query",),
    ),
    Profile(
        "agentgateway-before-3089-like",
        "agentgateway-like, before its issuer was rewritten: the identity provider's document with its issuer",
        with_values(challenge_text=f"Bearer {HERE}", server_members={"issuer": "https://login.identity.example"}),
        ("server_metadata.issuer_mismatch",),
    ),
    Profile(
        "envoy-like",
        "Envoy-like: invalid_token in every challenge, JWTs that revocation does not reach",
        all_of(
            NO_ISS,
            with_values(challenge_text=ENVOY, challenge_body="", access_form="jwt", revokes=("refresh",)),
        ),
        ("revoke.no_effect",),
    ),
    Profile(
        "contextforge-like",
        "ContextForge-like: a bare Bearer to dead tokens, so that nobody finds the way back",
        all_of(NO_ISS, with_values(challenge_text=f"Bearer {HERE}", refusal_text="Bearer", access_form="jwt")),
        ("revoke.dead_end",),
    ),
    Profile(
        "docker-like",
        "Docker-like: a static bearer token, no OAuth for clients at all",
        all_of(
            with_values(challenge_text='Bearer realm="MCP Gateway"', challenge_body="Unauthorized"),
            at("resource_metadata", 404, "Not Found", Content_Type="text/plain"),
            at("every server_metadata", 404, "Not Found", Content_Type="text/plain"),
            at("register", 404, "Not Found", Content_Type="text/plain"),
        ),
        # what a client guesses then is the root of the origin, where this app itself stands: our wire refuses to call it
        ("probe.challenge_without_metadata", "server_metadata.not_found", "transport.blocked_self"),
    ),
    Profile(
        "apim-like",
        "APIM-sample-like: no challenge, registration answers 200, an empty refresh token, a revocation endpoint that is not there",
        all_of(
            NO_ISS,
            with_values(challenge_text="", refusal_text='Bearer error="invalid_token"', registered_status=200, access_seconds=3600),
            with_values(token_members={"refresh_token": ""}),
            at("revoke", 404, {"statusCode": 404, "message": "Resource not found"}),
        ),
        ("probe.no_challenge", "register.bad_answer", "token.no_refresh", "revoke.advertised_missing", "revoke.no_effect"),
    ),
    Profile(
        "python-sdk-like",
        "Python-SDK-like: invalid_token without a token, an issuer with a slash, revocation that wants to know public clients",
        all_of(
            NO_ISS,
            with_values(challenge_text=SDK, challenge_body='{"error": "invalid_token", "error_description": "Authentication required"}',
                        server_members={"issuer": "{resource}/"}),
        ),
        ("server_metadata.issuer_slash",),
    ),
    Profile(
        "fastmcp-like",
        "FastMCP-like: JWTs, five minutes for a code, revocation that refuses public clients",
        all_of(
            NO_ISS,
            with_values(challenge_parts={"realm": ABSENT}, challenge_body="", code_seconds=300, access_seconds=3600, access_form="jwt"),
            at("revoke", 401, {"error": "unauthorized_client", "error_description": "Client authentication required"}),
        ),
        ("revoke.needs_auth", "revoke.no_effect"),
    ),
    Profile(
        "entra-facade-like",
        "Entra-facade-like: no PKCE advertised, OpenID document only, resource refused with scope",
        all_of(
            NO_ISS,
            with_values(
                server_places=("oidc_appended",),
                server_members={"code_challenge_methods_supported": ABSENT},
                authorize_error=("invalid_request", "AADSTS9010010: The resource parameter doesn't match with the requested scopes."),
            ),
        ),
        ("server_metadata.pkce_unsupported",),
    ),
    Profile(
        "stateless-jwt-like",
        "Any identity provider in front of a gateway that checks JWTs by itself: revoked tokens go on working",
        all_of(NO_ISS, with_values(access_form="jwt", revokes=("refresh",), rotates=False)),
        ("refresh.not_rotated", "revoke.no_effect"),
    ),
)  # fmt: skip
