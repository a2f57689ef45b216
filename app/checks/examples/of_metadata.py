"""The two metadata documents."""

from __future__ import annotations

from typing import Any

from app.checks.examples.healthy import at, discover, metadata, server, walk_through, walk_to
from app.checks.examples.tape import AS_URL, HOME, PRM, PRM_ROOT, SERVER, TARGET, Example, Line, answer, page, refusal, take
from app.wire.messages import Failure

FINE_PRM, FINE_AS = walk_through("resource_metadata"), walk_through("server_metadata")
NOTHING = answer(404, b"not here")
OIDC_URL = f"{HOME}/.well-known/openid-configuration"
TENANT = f"{HOME}/tenant"
SLOW = Failure("timeout", "gw.example:443 was given 10 s for this exchange, and they were over.")


def resource(received: bytes | Failure, *more: Line, role: str = "header", **changes: str) -> tuple:  # type: ignore[type-arg]
    return at("resource_metadata", metadata(received, role), *more, **changes)


def prm(revision: str = "2026-07-28", role: str = "header", **changes: Any) -> tuple:  # type: ignore[type-arg]
    document = {k: v for k, v in {**PRM, **changes}.items() if v is not None}
    return resource(answer(200, document), role=role, revision=revision)


def issuer(revision: str = "2026-07-28", role: str = "oauth_root", **changes: Any) -> tuple:  # type: ignore[type-arg]
    document = {k: v for k, v in {**SERVER, **changes}.items() if v is not None}
    return at("server_metadata", server(answer(200, document), role), revision=revision)


def none_found(*received: bytes) -> tuple:  # type: ignore[type-arg]
    lines = [server(one, role, url) for one, (role, url) in zip(received, (("oauth_root", AS_URL), ("oidc_root", OIDC_URL)), strict=True)]
    return at("server_metadata", *lines, outcome="failed", reason="No candidate answered with a JSON object.")


def appended(*, inserted: bytes = NOTHING) -> tuple:  # type: ignore[type-arg]
    """An issuer with a path whose document is behind the path."""
    named = take("resource_metadata", metadata(answer(200, {**PRM, "authorization_servers": [TENANT]})))
    lines = (
        server(inserted, "oauth_inserted", f"{AS_URL}/tenant"),
        server(inserted, "oidc_inserted", f"{OIDC_URL}/tenant"),
        server(answer(200, {**SERVER, "issuer": TENANT}), "oidc_appended", f"{TENANT}/.well-known/openid-configuration"),
    )
    return (*walk_to("resource_metadata"), *named, *take("server_metadata", *lines))


def at_root(received: bytes | Failure, *more: Line) -> tuple:  # type: ignore[type-arg]
    """No URL in the challenge, and nothing below the path of the MCP URL."""
    bare = (*walk_to("probe"), *take("probe", discover(refusal("Bearer"))))
    return (*bare, *take("resource_metadata", metadata(received, "path"), *more))


EXAMPLES = {
    "resource_metadata.needs_auth": Example(resource(refusal()), FINE_PRM),
    "resource_metadata.redirect": Example(resource(answer(301, b"", f"Location: {PRM_ROOT}")), FINE_PRM),
    "resource_metadata.not_at_advertised_url": Example(resource(NOTHING), FINE_PRM),
    "resource_metadata.not_json": Example(resource(page()), FINE_PRM),
    "resource_metadata.resource_mismatch": Example(prm(resource="https://other.example/mcp/one"), FINE_PRM),
    "resource_metadata.trailing_slash": Example(prm(resource=f"{TARGET}/"), FINE_PRM, "WARN"),
    "resource_metadata.no_authorization_servers": Example(prm(authorization_servers=[]), FINE_PRM),
    "resource_metadata.server_unusable": Example(prm(authorization_servers=["http://as.example"]), FINE_PRM),
    "resource_metadata.many_servers": Example(prm(authorization_servers=[HOME, "https://as2.example"]), FINE_PRM, "NOTE"),
    "resource_metadata.offline_access_listed": Example(prm(scopes_supported=["offline_access"]), FINE_PRM, "NOTE"),
    "resource_metadata.one_location_only": Example(
        at_root(NOTHING, metadata(answer(200, PRM), "root", PRM_ROOT)), at_root(answer(200, PRM)), "NOTE"
    ),
    "server_metadata.not_json": Example(none_found(page(), NOTHING), none_found(NOTHING, NOTHING)),
    "server_metadata.not_found": Example(none_found(NOTHING, NOTHING), FINE_AS),
    "server_metadata.issuer_mismatch": Example(issuer(issuer="https://idp.example"), FINE_AS),
    "server_metadata.issuer_slash": Example(issuer(issuer=f"{HOME}/"), FINE_AS),
    "server_metadata.endpoint_missing": Example(issuer(token_endpoint=None), FINE_AS),
    "server_metadata.http_endpoint": Example(issuer(token_endpoint="http://gw.example/token"), FINE_AS),
    "server_metadata.endpoint_fragment": Example(issuer(authorization_endpoint=f"{HOME}/authorize#now"), FINE_AS, "WARN"),
    "server_metadata.append_only": Example(appended(), FINE_AS, "NOTE"),
    "server_metadata.oidc_only": Example(
        at("server_metadata", server(NOTHING), server(answer(200, SERVER), "oidc_root", OIDC_URL)), FINE_AS, "NOTE"
    ),
    "server_metadata.endpoint_host_differs": Example(issuer(token_endpoint="https://tokens.example/token"), FINE_AS, "NOTE"),
    "server_metadata.pkce_unsupported": Example(issuer(code_challenge_methods_supported=None), FINE_AS),
    "server_metadata.plain_pkce": Example(issuer(code_challenge_methods_supported=["plain", "S256"]), FINE_AS, "WARN"),
    "server_metadata.no_client_path": Example(issuer(registration_endpoint=None), FINE_AS),
    "server_metadata.no_none_method": Example(issuer(token_endpoint_auth_methods_supported=["client_secret_basic"]), FINE_AS, "WARN"),
    "server_metadata.authorize_has_query": Example(issuer(authorization_endpoint=f"{HOME}/authorize?audience=x"), FINE_AS, "WARN"),
    "server_metadata.no_refresh_grant": Example(issuer(grant_types_supported=["authorization_code"]), FINE_AS, "NOTE"),
    "server_metadata.no_revocation": Example(issuer(revocation_endpoint=None), FINE_AS, "NOTE"),
}
MORE = {
    "server_metadata.endpoint_missing": [
        ("a port that does not exist", issuer(authorization_endpoint=f"{HOME}:99999/authorize"), "STOP"),
        ("a line break in the address", issuer(token_endpoint=f"{HOME}/token\r\nX: y"), "STOP"),
    ],
    "resource_metadata.needs_auth": [("a guess of ours", at_root(refusal()), "WARN")],
    "resource_metadata.not_json": [
        ("a guess of ours", at_root(page()), "WARN"),
        ("JSON, but an array", resource(answer(200, [])), "STOP"),
        ("the next candidate is good", at_root(page(), metadata(answer(200, PRM), "root", PRM_ROOT)), "NOTE"),
    ],
    "resource_metadata.not_at_advertised_url": [("it timed out, which has its own name", resource(SLOW), "")],
    "resource_metadata.resource_mismatch": [
        ("the parent path", prm(resource=HOME), "WARN"),
        ("a path that only looks like the parent", prm(resource=f"{HOME}/mcp/on"), "STOP"),
        ("another path", prm(resource=f"{HOME}/mcp/two"), "STOP"),
        ("another scheme", prm(resource="http://gw.example/mcp/one"), "STOP"),
        ("only the letter case of the host", prm(resource="https://GW.example/mcp/one"), "WARN"),
        ("only the default port", prm(resource="https://gw.example:443/mcp/one"), "WARN"),
    ],
    "resource_metadata.no_authorization_servers": [
        ("the member is missing", prm(authorization_servers=None), "STOP"),
        ("a string, not an array", prm(authorization_servers=HOME), "STOP"),
        ("resource is an array", prm(resource=[TARGET]), "WARN"),
    ],
    "resource_metadata.server_unusable": [
        ("the second one only", prm(authorization_servers=[HOME, "http://as.example"]), "WARN"),
        ("a metadata URL", prm(authorization_servers=[AS_URL]), "STOP"),
        ("no URL", prm(authorization_servers=["as"]), "STOP"),
        ("on loopback, which is another machine for everybody else", prm(authorization_servers=["http://localhost:9000"]), "WARN"),
        ("a private address", prm(authorization_servers=["https://10.1.2.3"]), "WARN"),
        ("a public address", prm(authorization_servers=["https://203.0.114.5"]), ""),
    ],
    "resource_metadata.offline_access_listed": [("an older revision", prm("2025-11-25", scopes_supported=["offline_access"]), "")],
    "server_metadata.not_json": [
        ("the next candidate is good", at("server_metadata", server(page()), server(answer(200, SERVER), "oidc_root", OIDC_URL)), "NOTE")
    ],
    "server_metadata.issuer_mismatch": [
        ("an older revision", issuer("2025-06-18", issuer="https://idp.example"), "STOP"),
        ("only the slash, which has its own name", issuer(issuer=f"{HOME}/"), ""),
        ("no issuer at all", issuer(issuer=None), "STOP"),
    ],
    "server_metadata.issuer_slash": [(f"at {r}", issuer(r, issuer=f"{HOME}/"), "WARN") for r in ("2025-06-18", "2025-11-25")],
    "server_metadata.pkce_unsupported": [
        ("plain only", issuer(code_challenge_methods_supported=["plain"]), "STOP"),
        ("2025-11-25", issuer("2025-11-25", code_challenge_methods_supported=None), "STOP"),
        ("2025-06-18", issuer("2025-06-18", code_challenge_methods_supported=None), "WARN"),
    ],
    "server_metadata.http_endpoint": [
        ("javascript:", issuer(authorization_endpoint="javascript:alert(1)"), "STOP"),
        ("http on loopback", issuer(token_endpoint="http://127.0.0.1:9/token"), ""),
        ("only revocation", issuer(revocation_endpoint="http://gw.example/revoke"), "WARN"),
    ],
    "server_metadata.no_client_path": [
        (
            "a client id was entered",
            at("server_metadata", server(answer(200, {**SERVER, "registration_endpoint": ""})), client_id="mine"),
            "",
        ),
        (
            "metadata documents, but ours is not public",
            issuer(registration_endpoint=None, client_id_metadata_document_supported=True),
            "STOP",
        ),
    ],
    "server_metadata.no_none_method": [("the member is absent", issuer(token_endpoint_auth_methods_supported=None), "NOTE")],
    "server_metadata.append_only": [("2025-06-18", issuer("2025-06-18", "oidc_appended"), "WARN")],
}
