"""How products word a refusal: what was observed decides, not one word of a sentence that names every cause at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from canned import AS, Gateway, Reply, Walker, form, json_reply
from test_root_causes import at, issued, jwt, member, refused, registered, token_error, with_token
from test_walks import state_of, walked

from app.checks.engine import examine, forbids, main_of
from app.checks.model import Finding
from app.wire.messages import Failure, Request

Put = Callable[[Gateway], object]
RFC_6749 = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization "
    "request, or was issued to another client."
)
RFC_6750 = "The access token provided is expired, revoked, malformed, or invalid for other reasons"
ALWAYS = (401, {"WWW-Authenticate": f'Bearer error="invalid_token", resource_metadata="{AS}/.well-known/oauth-protected-resource/mcp/one"'})


def found_in(put: Put, **options: str) -> tuple[Finding, Walker]:
    gateway = Gateway()
    put(gateway)
    walker = walked(gateway, **options)
    found = main_of(walker.run)
    assert found is not None
    return found, walker


def listing(reply: Reply) -> Put:
    """tools/list is answered so to whoever is let in; so is what comes before it."""

    def answer(gateway: Gateway, request: Request) -> Reply:
        healthy = gateway._mcp(request)
        is_in = not isinstance(healthy, Failure) and healthy[0] == 200
        return reply if is_in and b'"tools/list"' in request.body else healthy

    return at("POST /mcp/one", answer)


WORDED = [
    ("call.wrong_audience", "invalid or expired, a fresh token", with_token(refused("Invalid or expired token"))),
    ("call.wrong_audience", "the words of RFC 6750", with_token(refused(RFC_6750))),
    ("call.token_expired", "expired alone", with_token(refused("The access token expired; refresh it or sign in"))),
    ("call.token_not_jwt", "jose", with_token(refused("Invalid Compact JWS"))),
    ("call.token_not_jwt", "PyJWT", with_token(refused("Not enough segments"))),
    ("call.refused_without_reason", "Envoy", at("POST /mcp/one", lambda g, r: (*ALWAYS, b""))),
    ("token.invalid_grant", "Okta", token_error(400, "invalid_grant", "The authorization code is invalid or has expired.")),
    ("token.invalid_grant", "Hydra", token_error(400, "invalid_grant", RFC_6749)),
    ("token.invalid_client", "Notion", token_error(400, "invalid_request", "Client must not use multiple authentication methods")),
    ("token.missing_param", "audience", token_error(400, "invalid_request", "Missing required parameter: audience")),
]


@pytest.mark.parametrize(("code", "said", "put"), WORDED, ids=[f"{said}: {code}" for code, said, _ in WORDED])
def test_the_refusal_is_named_by_what_was_seen(code: str, said: str, put: Put) -> None:
    found, walker = found_in(put)
    assert found.code == code, [(f.level, f.code, f.says) for f in examine(walker.run)]


def test_a_resource_that_the_revision_does_not_know_may_be_missing_too() -> None:
    found, _ = found_in(token_error(400, "invalid_request", "resource parameter is required"), revision="2025-03-26")
    assert found.code == "token.missing_param" and "lacks resource" in found.says


def test_an_expired_secret_is_no_matter_of_encoding() -> None:
    client = {"registration": "preregistered", "client_id": "dcr:1", "client_secret": "s", "client_auth": "client_secret_basic"}
    found, _ = found_in(token_error(401, "invalid_client", "The client secret has expired"), **client)
    assert found.code == "token.invalid_client"


def test_the_upstreams_challenge_is_not_followed_although_the_token_had_worked() -> None:
    leak = 'Bearer error="invalid_token", resource_metadata="https://mcp.upstream.example/.well-known/oauth-protected-resource"'
    found, walker = found_in(listing((401, {"WWW-Authenticate": leak}, b"")))
    assert (found.code, found.level) == ("call.upstream_401_leak", "STOP")
    assert not [r for r in walker.gateway.asked if "upstream.example" in r.url]


def test_a_code_that_we_sent_once_is_not_said_to_be_handed_in_before() -> None:
    found, _ = found_in(token_error(400, "invalid_grant", "Authorization code already used"))
    assert found.code == "token.code_reused" and "We sent it once" in found.says


def test_a_client_that_may_not_do_this_is_not_an_unknown_one() -> None:
    walker = Walker(Gateway(), forbids)
    walker.go()
    walker.come_back(code=None, error="unauthorized_client", error_description="The client may not use this grant")
    walker.go()
    found = main_of(walker.run)
    assert found is not None and found.code == "authorize.refused"


def test_a_handshake_ends_where_the_token_was_refused() -> None:
    """The next request would go without a token, and its 401 would say nothing."""
    gateway = Gateway()
    reply = (401, {}, b'{"message": "session expired"}')
    gateway.on["POST /mcp/one"] = lambda r: reply if b"notifications/" in r.body and r.header("authorization") else gateway._mcp(r)
    walker = walked(gateway, revision="2025-11-25")
    sent: list[Request] = [r for r in gateway.asked if r.url.endswith("/mcp/one") and b'"tools/list"' in r.body]
    assert sent == []
    assert "call.unexpected_status" not in [f.code for f in examine(walker.run)]


@pytest.mark.parametrize(("revision", "status"), [("2025-11-25", 200), ("2026-07-28", 404)])
def test_a_server_without_tools_is_no_broken_one(revision: str, status: int) -> None:
    missing = json_reply({"jsonrpc": "2.0", "id": "1", "error": {"code": -32601, "message": "Method not found"}}, status)
    gateway = Gateway()
    listing(missing)(gateway)
    walker = walked(gateway, revision=revision)
    told = [(f.level, f.code) for f in examine(walker.run)]
    assert ("NOTE", "call.empty_tools") in told and not {"STOP", "WARN"} & {level for level, _ in told}, told
    assert walker.facts.called and state_of(walker) == "done"


def test_a_server_that_promised_tools_and_does_not_know_them_is_broken() -> None:
    gateway = Gateway()
    found = json_reply({"jsonrpc": "2.0", "id": "1", "result": {"capabilities": {"tools": {}}}})
    missing = json_reply({"jsonrpc": "2.0", "id": "1", "error": {"code": -32601, "message": "Method not found"}})

    def mcp(request: Request) -> Reply:
        replies = {b'"server/discover"': found, b'"tools/list"': missing}
        known = next((reply for method, reply in replies.items() if method in request.body), None)
        return known if known and request.header("authorization") else gateway._mcp(request)

    gateway.on["POST /mcp/one"] = mcp
    problem = main_of(walked(gateway).run)
    assert problem is not None and problem.code == "call.backend_broke"


def levels_of(put: Put, **options: str) -> list[tuple[str, str]]:
    gateway = Gateway()
    put(gateway)
    return [(f.level, f.code) for f in examine(walked(gateway, **options).run)]


def test_a_bare_bearer_lacks_its_metadata_and_is_not_called_malformed_too() -> None:
    """RFC 9110 section 11.6.1 allows a scheme alone; what is missing has a finding of its own."""
    bare = (401, {"WWW-Authenticate": "Bearer"}, b"")
    told = levels_of(at("POST /mcp/one", lambda g, r: bare if not r.header("authorization") else g._mcp(r)))
    assert ("WARN", "probe.challenge_without_metadata") in told and "probe.challenge_malformed" not in [code for _, code in told]


def test_a_name_inside_a_cluster_is_known_to_no_laptop() -> None:
    named = {"WWW-Authenticate": 'Bearer resource_metadata="http://mcp.tools.svc.cluster.local:80/.well-known/oauth-protected-resource"'}
    found, _ = found_in(at("POST /mcp/one", lambda g, r: (401, named, b"")), target="http://localhost:8080/mcp/one")
    assert (found.code, found.level) == ("probe.metadata_wrong_origin", "STOP")


def test_an_audience_that_the_server_takes_is_no_warning_on_the_refreshed_token_either() -> None:
    count = iter(range(99))
    told = levels_of(issued(lambda d: d.update(access_token=jwt(aud="https://facade.example", jti=next(count)))))
    assert [level for level, code in told if code == "token.audience_mismatch"] != []
    assert ("WARN", "token.audience_mismatch") not in told


def test_an_access_token_of_a_revoked_grant_is_not_called_revoked_itself() -> None:
    gateway = Gateway()
    handed_in: set[str] = set()

    def revoke(request: Request) -> Reply:
        token = form(request)["token"]
        handed_in.add(token)
        gateway.living_access.discard(token)
        gateway.living_refresh.discard(token)
        return 200, {}, b""

    gateway.on["POST /revoke"] = revoke
    found = [f for f in examine(walked(gateway).run) if f.code == "revoke.no_effect"]
    assert [f.says for f in found] == ["The MCP server still answers with an access token of the revoked grant."]


def test_a_refresh_without_scope_is_not_said_to_ask_for_the_scope_none() -> None:
    refuse = json_reply({"error": "invalid_scope"}, 400)
    found, _ = found_in(at("POST /token", lambda g, r: refuse if b"=refresh_token" in r.body else g._token(r)))
    assert found.code == "refresh.scope_or_resource" and "and no scope." in found.says


def test_a_null_in_the_registration_answer_is_told_once_and_as_null() -> None:
    found, _ = found_in(registered(client_secret_expires_at=None))
    assert found.says == "null members: client_secret_expires_at."


def test_an_endpoint_without_a_host_is_no_address_at_all() -> None:
    found, walker = found_in(member("metadata", authorization_endpoint="/authorize"))
    assert (found.code, found.says) == (
        "server_metadata.endpoint_missing",
        'authorization_endpoint is "/authorize", which is no absolute URL that can be called.',
    )
    assert {f.code for f in examine(walker.run)} == {found.code}


def test_a_resource_that_is_not_configured_is_named_whatever_the_error_code() -> None:
    walker = Walker(Gateway(), forbids)
    walker.go()
    walker.come_back(code=None, error="invalid_request", error_description="requested resource x is not configured")
    walker.go()
    found = main_of(walker.run)
    assert found is not None and found.code == "authorize.invalid_target"


def test_a_challenge_that_a_proxy_renamed_is_named() -> None:
    """API Gateway sends WWW-Authenticate of its backends under another name."""
    renamed = (401, {"x-amzn-Remapped-WWW-Authenticate": "Bearer realm=x"}, b"")
    found, _ = found_in(at("POST /mcp/one", lambda g, r: renamed if not r.header("authorization") else g._mcp(r)))
    assert found.code == "probe.no_challenge" and "x-amzn-Remapped-WWW-Authenticate" in found.says


def test_where_only_the_document_names_the_issuer_its_slash_comes_back_too() -> None:
    gateway = Gateway()
    gateway.metadata["issuer"] = f"{AS}/"
    walker = Walker(gateway, forbids, revision="2025-03-26")
    walker.go()
    walker.come_back(iss=f"{AS}/")
    walker.go()
    assert "callback.iss_mismatch" not in [f.code for f in examine(walker.run)]


def test_a_guessed_registration_address_is_not_said_to_be_advertised() -> None:
    gone: Reply = (404, {}, b"")
    put = {f"GET /.well-known/{name}": (lambda r: gone) for name in ("oauth-authorization-server", "oauth-protected-resource/mcp/one")}
    gateway = Gateway()
    gateway.on = {**put, "POST /register": lambda r: gone}
    found = main_of(walked(gateway, revision="2025-03-26").run)
    assert found is not None and found.code == "register.closed" and "No metadata names this address" in found.says


@pytest.mark.parametrize(
    ("put", "says"),
    [
        (member("prm", authorization_servers=None), "authorization_servers is null."),
        (member("prm", authorization_servers=[{"issuer": AS}]), f'authorization_servers is [{{"issuer": "{AS}"}}].'),
        (member("metadata", token_endpoint=None), "token_endpoint is null."),
        (member("metadata", code_challenge_methods_supported=["plain"]), 'code_challenge_methods_supported is ["plain"].'),
        (issued(lambda d: d.update(expires_in=True)), "expires_in is true."),
    ],
)
def test_json_is_shown_as_json(put: Put, says: str) -> None:
    found, _ = found_in(put)
    assert found.says == says


def test_a_client_id_of_another_type_is_not_said_to_be_absent() -> None:
    found, _ = found_in(at("POST /register", lambda g, r: json_reply({"client_id": 12345}, 201)))
    assert (found.code, found.says) == ("register.bad_answer", "client_id is 12345, not a string.")
