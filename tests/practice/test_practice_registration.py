from __future__ import annotations

from typing import Any

import pytest
from dance import Dance
from practice_parts import Clock

REGISTER = "/practice/oauth/register"


def test_a_registration_echoes_what_was_registered(dance: Dance) -> None:
    answer = dance.register()
    assert answer.status == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["client_id"].startswith("dcr:")
    assert answer.json["redirect_uris"] == [dance.redirect_uri]
    assert answer.json["application_type"] == "native"
    assert "client_secret" not in answer.json


def test_what_is_left_out_gets_the_defaults_of_the_rfc(dance: Dance) -> None:
    record = dance.post_json(REGISTER, {"redirect_uris": ["https://client.example/cb"]}).json
    assert record["token_endpoint_auth_method"] == "client_secret_basic"
    assert record["grant_types"] == ["authorization_code"]
    assert record["application_type"] == "web"
    assert record["scope"] == "mcp:tools"
    assert record["client_secret"]


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ["https://client.example/callback"], "application_type": "web"},
        {"redirect_uris": ["http://localhost/cb", "http://[::1]:7/cb"]},
        {"application_type": None},
        {"scope": "mcp:tools mcp:admin"},
        {"scope": ""},
        {"unknown_member": {"deep": [1]}},
        {"grant_types": ["authorization_code", "refresh_token", "implicit"]},
    ],
)
def test_good_metadata_is_registered(dance: Dance, changes: dict[str, Any]) -> None:
    assert dance.register(**changes).status == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": None},
        {"redirect_uris": []},
        {"redirect_uris": "http://127.0.0.1/cb"},
        {"redirect_uris": [7]},
        {"redirect_uris": ["http://127.0.0.1/cb"] * 11},
        {"redirect_uris": ["http://client.example/cb"], "application_type": None},
        {"redirect_uris": ["https://client.example/cb"], "application_type": "native"},
        {"redirect_uris": ["http://127.0.0.1/cb"], "application_type": "web"},
        {"redirect_uris": ["https://localhost/cb"], "application_type": "web"},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["app.example:/cb"]},
        {"redirect_uris": ["/callback"]},
        {"redirect_uris": ["http://127.0.0.1/cb#part"]},
        {"redirect_uris": ["http://user@127.0.0.1/cb"]},
        {"redirect_uris": ["http://127.0.0.1:99999/cb"]},
        {"redirect_uris": ["http://127.0.0.1;script-src/cb"]},
        {"redirect_uris": ["http://127.0.0.1/\ud800"]},
        {"redirect_uris": ["http://[::1/cb"]},
    ],
)
def test_redirect_uris_that_cannot_be_trusted_are_refused(dance: Dance, changes: dict[str, Any]) -> None:
    answer = dance.register(**changes)
    assert (answer.status, answer.json["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "mcp:tools offline_access"},
        {"scope": ["mcp:tools"]},
        {"application_type": "desktop"},
        {"application_type": ["native"]},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": {}},
        {"grant_types": ["client_credentials"]},
        {"grant_types": "authorization_code"},
        {"response_types": ["token"]},
        {"client_name": "x" * 201},
        {"client_name": "a\u0000b"},
        {"client_name": "\ud800"},
        {"client_name": 7},
    ],
)
def test_other_wrong_metadata_is_refused(dance: Dance, changes: dict[str, Any]) -> None:
    answer = dance.register(**changes)
    assert (answer.status, answer.json["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"a": NaN}', b"[" * 60_000, b"1" * 6_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(dance: Dance, body: bytes) -> None:
    answer = dance.send("POST", dance.origin + REGISTER, {"Content-Type": "application/json"}, body)
    assert (answer.status, answer.json["error"]) == (400, "invalid_client_metadata")


def test_a_body_beyond_the_cap_is_not_read(dance: Dance) -> None:
    answer = dance.post_json(REGISTER, {"client_name": "x" * 70_000})
    assert answer.status == 413


def test_a_registration_ends_after_three_days(dance: Dance, clock: Clock) -> None:
    dance.register()
    clock.move(3 * 86_400 - 1)
    assert dance.get(dance.authorize_url()).status == 303
    clock.move(1)
    assert dance.get(dance.authorize_url()).status == 400
