"""Grants without a browser, private_key_jwt, and tokens bound to a key."""

from __future__ import annotations

import json

import pytest
from canned import AS, TARGET, Gateway, Walker, form, json_reply
from joserfc import jwt
from joserfc.jwk import ECKey, import_key

from app.checks.engine import examine, forbids
from app.flow.proofs import BadKey, new_key, read_key
from app.flow.standing import standing
from app.wire.messages import Request
from app.wire.parse.jwt import read_jwt


def connected(gateway: Gateway, **options: str) -> Walker:
    gateway.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_basic", "private_key_jwt", "none"]
    walker = Walker(gateway, **options)
    walker.go()
    assert standing(walker.facts, None, False).state == "connected", walker.facts.steps
    return walker


def token_requests(gateway: Gateway) -> list[Request]:
    return [r for r in gateway.asked if r.url == f"{AS}/token"]


def issue_to(gateway: Gateway, grant_type: str) -> None:
    def answer(request: Request):  # type: ignore[no-untyped-def]
        return gateway.issue() if form(request)["grant_type"] == grant_type else json_reply({"error": "unsupported_grant_type"}, 400)

    gateway.on["POST /token"] = answer


def test_client_credentials_with_basic_needs_no_browser(gateway: Gateway) -> None:
    issue_to(gateway, "client_credentials")
    walker = connected(gateway, grant="client_credentials", client_id="svc", client_secret="s3cret")
    sent = token_requests(gateway)[0]
    assert sent.header("authorization").startswith("Basic ") and form(sent)["resource"] == TARGET
    assert walker.facts.steps["authorize"].state == "skipped" and "no browser" in walker.facts.steps["authorize"].reason


def test_private_key_jwt_signs_for_the_issuer_and_nobody_else(gateway: Gateway) -> None:
    issue_to(gateway, "client_credentials")
    key = ECKey.generate_key("P-256")
    pem = key.as_pem(private=True).decode()
    connected(gateway, grant="client_credentials", client_id="svc", private_key=pem, signing_algorithm="ES256")
    given = form(token_requests(gateway)[0])
    claims = jwt.decode(given["client_assertion"], key, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("svc", "svc", AS)
    assert claims["exp"] - claims["iat"] == 300 and claims["jti"]
    assert "client_secret" not in given and "client_id" not in given


def test_a_key_is_drawn_and_its_public_half_registered(gateway: Gateway) -> None:
    gateway.metadata["token_endpoint_auth_methods_supported"] = ["private_key_jwt"]
    walker = Walker(gateway, client_auth="private_key_jwt")
    walker.to_connected()
    registered = json.loads(next(r for r in gateway.asked if r.url == f"{AS}/register").body)["jwks"]["keys"][0]
    assert "d" not in registered
    assertion = form(token_requests(gateway)[0])["client_assertion"]
    assert jwt.decode(assertion, import_key(registered), algorithms=["ES256"]).claims["sub"] == "client-1"


def test_a_workloads_jwt_is_sent_once(gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: json_reply({"error": "invalid_grant"}, 400)
    walker = Walker(gateway, grant="jwt_bearer", client_id="w", assertion="header.claims.signature")
    walker.go()
    assert [form(r)["assertion"] for r in token_requests(gateway)] == ["header.claims.signature"]


def test_an_enterprise_identity_is_exchanged_at_the_provider_then_here(gateway: Gateway) -> None:
    issue_to(gateway, "urn:ietf:params:oauth:grant-type:jwt-bearer")
    gateway.on["POST /idp/token"] = lambda r: json_reply({"access_token": "the-id-jag", "token_type": "N_A"})
    connected(
        gateway, grant="id_jag", client_id="c", client_secret="s", idp_token_endpoint=f"{AS}/idp/token", idp_client_id="i", idp_id_token="t"
    )
    asked = form(next(r for r in gateway.asked if r.url == f"{AS}/idp/token"))
    assert asked["audience"] == AS and asked["resource"] == TARGET and asked["subject_token"] == "t"
    assert form(token_requests(gateway)[0])["assertion"] == "the-id-jag"


def test_what_a_machine_grant_lacks_is_said(gateway: Gateway) -> None:
    walker = Walker(gateway, grant="jwt_bearer", client_id="w")
    walker.go()
    assert "assertion" in walker.facts.steps["token"].reason


def bound(gateway: Gateway) -> None:
    """Make the gateway ask for bound tokens, and for a nonce of its own at both ends."""
    healthy_mcp, healthy_token = gateway._mcp, gateway._token

    def mcp(request: Request):  # type: ignore[no-untyped-def]
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme != "DPoP":
            return 401, {"WWW-Authenticate": f'DPoP resource_metadata="{AS}/.well-known/oauth-protected-resource/mcp/one"'}, b""
        if _nonce(request) != "n2":
            return 401, {"WWW-Authenticate": 'DPoP error="use_dpop_nonce"', "DPoP-Nonce": "n2"}, b""
        plain = Request(request.method, request.url, (("Authorization", f"Bearer {token}"),), request.body)
        return healthy_mcp(plain)

    def token(request: Request):  # type: ignore[no-untyped-def]
        if _nonce(request) != "n1":
            return json_reply({"error": "use_dpop_nonce"}, 400, **{"DPoP-Nonce": "n1"})
        status, headers, body = healthy_token(request)  # type: ignore[misc]
        return status, headers, body.replace(b'"Bearer"', b'"DPoP"')

    gateway.on |= {"POST /mcp/one": mcp, "POST /token": token}


def _nonce(request: Request) -> str:
    proof = read_jwt(request.header("dpop"))
    return str(proof.claims.get("nonce", "")) if proof else ""


def test_bound_tokens_carry_a_fresh_proof_each_time_and_the_servers_nonce(gateway: Gateway) -> None:
    bound(gateway)
    walker = Walker(gateway)
    walker.to_connected()
    assert standing(walker.facts, None, False).state == "connected"
    proofs = [read_jwt(r.header("dpop")) for r in gateway.asked if r.header("dpop")]
    assert len({p.claims["jti"] for p in proofs if p}) == len(proofs) > 4
    called = next(r for r in gateway.asked if r.header("authorization").startswith("DPoP "))
    proof = read_jwt(called.header("dpop"))
    assert proof is not None and proof.claims["htm"] == "POST" and proof.claims["htu"] == TARGET and proof.claims["ath"]
    assert "d" not in proof.header["jwk"] and proof.header["typ"] == "dpop+jwt"


def test_a_code_that_goes_again_with_the_nonce_is_not_a_code_sent_twice(gateway: Gateway) -> None:
    bound(gateway)
    walker = Walker(gateway)
    walker.to_connected()
    assert len(walker.facts.codes_sent) == 1 and len(token_requests(gateway)) == 2


def test_asking_for_a_nonce_is_no_refusal(gateway: Gateway) -> None:
    bound(gateway)
    walker = Walker(gateway, forbids)
    walker.to_connected()
    assert [f.code for f in examine(walker.run) if f.level == "STOP"] == []
    assert standing(walker.facts, forbids(walker.run), False).state == "connected"


def test_dpop_can_be_switched_off(gateway: Gateway) -> None:
    walker = Walker(gateway, dpop="off")
    walker.to_connected()
    assert not any(r.header("dpop") for r in gateway.asked)


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '{"kty": "EC"}', "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_a_bad_key_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadKey, match="not an EC"):
        read_key(text)


def test_a_public_key_cannot_sign() -> None:
    public = json.dumps({k: v for k, v in new_key().items() if k != "d"})
    with pytest.raises(BadKey, match="public"):
        read_key(public)
