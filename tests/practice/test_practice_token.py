from __future__ import annotations

import base64
from urllib.parse import urlencode

import pytest
from dance import FORM, Dance
from practice_parts import Clock

OTHER = "http://localhost:8000/practice/mcp/github-v1"


def test_a_pair_is_opaque_bound_and_never_cached(with_code: Dance) -> None:
    answer = with_code.redeem()
    assert answer.headers["cache-control"] == "no-store"
    pair = answer.json
    assert pair["access_token"].startswith("at_")
    assert pair["refresh_token"].startswith("rt_")
    assert (pair["token_type"], pair["expires_in"], pair["scope"]) == ("Bearer", 900, "mcp:tools")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"code": None}, "invalid_request"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"resource": None}, "invalid_request"),
        ({"resource": OTHER}, "invalid_target"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8001/callback"}, "invalid_grant"),
        ({"client_id": None}, "invalid_request"),
        ({"client_id": "dcr:unknown"}, "invalid_client"),
        ({"client_secret": "a guess"}, "invalid_client"),
    ],
)
def test_a_wrong_exchange_is_named(with_code: Dance, changes: dict[str, str | None], error: str) -> None:
    answer = with_code.redeem(**changes)
    assert answer.json["error"] == error
    assert answer.status == (401 if error == "invalid_client" else 400)
    assert answer.json["error_description"]


def test_a_refused_exchange_leaves_the_code_alive(with_code: Dance) -> None:
    with_code.redeem(code_verifier="x" * 43)
    assert with_code.redeem().status == 200


def test_a_false_code_tells_whether_the_resource_is_judged(with_code: Dance) -> None:
    assert with_code.redeem(code="false", resource=None).json["error"] == "invalid_request"
    assert with_code.redeem(code="false", resource="https://elsewhere.example/").json["error"] == "invalid_target"
    assert with_code.redeem(code="false").json["error"] == "invalid_grant"


def test_a_doubled_parameter_of_a_good_exchange_is_refused(with_code: Dance) -> None:
    fields = {"grant_type": "authorization_code", "code": with_code.code, "redirect_uri": with_code.redirect_uri}
    fields |= {"code_verifier": with_code.verifier, "resource": with_code.resource, "client_id": with_code.client["client_id"]}
    twice = urlencode([*fields.items(), ("resource", with_code.resource)]).encode()
    doubled = with_code.send("POST", f"{with_code.origin}/practice/oauth/token", {"Content-Type": FORM}, twice)
    assert (doubled.status, doubled.json["error"]) == (400, "invalid_request")


def test_a_code_lives_thirty_seconds(with_code: Dance, clock: Clock) -> None:
    clock.move(30)
    answer = with_code.redeem()
    assert answer.json["error"] == "invalid_grant"
    assert "expired" in answer.json["error_description"]


def test_a_code_that_is_redeemed_twice_ends_the_grant(with_code: Dance) -> None:
    with_code.tokens = with_code.redeem().json
    assert with_code.call("ping").status == 200
    assert with_code.redeem().json["error"] == "invalid_grant"
    assert with_code.call("ping").status == 401
    assert with_code.refresh().json["error"] == "invalid_grant"


def test_a_thief_without_the_verifier_cannot_end_the_grant(with_code: Dance) -> None:
    with_code.tokens = with_code.redeem().json
    assert with_code.redeem(code_verifier="x" * 43).json["error"] == "invalid_grant"
    assert with_code.call("ping").status == 200


def test_a_code_belongs_to_its_client(with_code: Dance) -> None:
    with_code.register()
    assert with_code.redeem().json["error"] == "invalid_grant"


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(dance: Dance) -> None:
    dance.register(grant_types=["authorization_code"])
    dance.code = dance.allow().answered["code"]
    assert "refresh_token" not in dance.redeem().json
    dance.tokens = {"refresh_token": "rt_x"}
    assert dance.refresh().json["error"] == "unauthorized_client"


def test_the_form_is_a_form_and_says_each_thing_once(with_code: Dance) -> None:
    url = f"{with_code.origin}/practice/oauth/token"
    assert with_code.send("POST", url, {"Content-Type": "application/json"}, b"{}").json["error"] == "invalid_request"
    doubled = b"grant_type=refresh_token&grant_type=authorization_code"
    assert with_code.send("POST", url, {"Content-Type": FORM}, doubled).json["error"] == "invalid_request"
    assert with_code.send("POST", url, {"Content-Type": FORM}, b"a=%ff").json["error"] == "invalid_request"
    assert with_code.send("GET", url, {}, b"").status == 405


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic w6k=", "Basic " + base64.b64encode(b"dcr:x:secret").decode(), "Basic Og=="])
def test_basic_that_names_no_client_is_refused(with_code: Dance, header: str) -> None:
    answer = with_code.send("POST", f"{with_code.origin}/practice/oauth/token", {"Content-Type": FORM, "Authorization": header}, b"a=b")
    assert answer.json["error"] in ("invalid_client", "invalid_request")
    assert answer.status != 401 or answer.headers["www-authenticate"].startswith("Basic")


def test_a_client_authenticates_only_as_it_registered(dance: Dance) -> None:
    dance.register(token_endpoint_auth_method="client_secret_basic")
    dance.code = dance.allow().answered["code"]
    client = dance.client
    assert dance.redeem(client_secret=client["client_secret"]).json["error"] == "invalid_request"  # two ways at once
    dance.client = client | {"token_endpoint_auth_method": "client_secret_post"}
    assert dance.redeem().json["error"] == "invalid_client"
    dance.client = client | {"client_secret": "wrong"}
    assert dance.redeem().json["error"] == "invalid_client"
    dance.client = client
    assert dance.redeem(client_id="dcr:other").json["error"] == "invalid_request"
    assert dance.redeem(client_id=client["client_id"]).status == 200


def test_a_code_that_comes_again_after_its_time_still_ends_the_grant(with_code: Dance, clock: Clock) -> None:
    with_code.tokens = with_code.redeem().json
    clock.move(31)
    assert with_code.redeem().json["error"] == "invalid_grant"
    assert with_code.call("ping").status == 401
