from __future__ import annotations

from dance import Dance
from practice_parts import Clock


def test_every_refresh_rotates_and_keeps_scope_and_resource(granted: Dance) -> None:
    first, second = granted.tokens, granted.refresh().json
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert (second["scope"], second["resource"]) == (first["scope"], first["resource"])


def test_an_old_refresh_token_ends_the_grant_at_once(granted: Dance) -> None:
    old = granted.tokens["refresh_token"]
    granted.tokens = granted.refresh().json
    assert granted.refresh(refresh_token=old).json["error"] == "invalid_grant"
    assert granted.refresh().json["error"] == "invalid_grant"
    refused = granted.call("ping")
    assert refused.status == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_another_resource_is_refused_and_costs_nothing(granted: Dance) -> None:
    answer = granted.refresh(resource="http://localhost:8000/practice/mcp/github-v1")
    assert answer.json["error"] == "invalid_target"
    assert granted.refresh(resource=None).status == 200


def test_scope_can_shrink_for_one_token_but_not_grow(dance: Dance) -> None:
    dance.scope = "mcp:tools mcp:admin"
    dance.to_tokens()
    narrow = dance.refresh(scope="mcp:tools").json
    assert narrow["scope"] == "mcp:tools"
    dance.tokens = narrow
    assert dance.refresh(scope="mcp:tools mcp:other").json["error"] == "invalid_scope"
    assert dance.refresh().json["scope"] == "mcp:tools mcp:admin"


def test_an_access_token_is_no_refresh_token(granted: Dance) -> None:
    assert granted.refresh(refresh_token=granted.tokens["access_token"]).json["error"] == "invalid_grant"


def test_a_refresh_token_belongs_to_its_client(granted: Dance) -> None:
    granted.register()
    assert granted.refresh().json["error"] == "invalid_grant"


def test_a_grant_ends_after_a_day_and_its_last_token_with_it(granted: Dance, clock: Clock) -> None:
    clock.move(86_400 - 100)
    granted.tokens = granted.refresh().json
    assert granted.tokens["expires_in"] == 100
    clock.move(100)
    assert granted.refresh().json["error"] == "invalid_grant"


def test_a_missing_refresh_token_is_a_malformed_request(granted: Dance) -> None:
    assert granted.refresh(refresh_token=None).json["error"] == "invalid_request"


def test_a_replay_with_another_fault_still_ends_the_grant(granted: Dance) -> None:
    old = granted.tokens["refresh_token"]
    granted.tokens = granted.refresh().json
    granted.refresh(refresh_token=old, resource="http://localhost:8000/practice/mcp/github-v1")
    assert granted.call("ping").status == 401
