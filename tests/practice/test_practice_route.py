from __future__ import annotations

import pytest
from dance import Dance
from practice_parts import Clock
from sqlalchemy import Engine, event

METADATA = 'resource_metadata="http://localhost:8000/.well-known/oauth-protected-resource/practice/mcp/linear-v1"'


def test_the_first_401_says_where_to_begin_and_names_no_error(dance: Dance) -> None:
    answer = dance.call("initialize")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == f'Bearer realm="OAuth", scope="mcp:tools", {METADATA}'


@pytest.mark.parametrize("header", ["Bearer junk", "bearer junk", "Bearer ", "Bearer a, Bearer b", "Bearer \u00ff"])
def test_a_bad_token_is_called_invalid(dance: Dance, header: str) -> None:
    answer = dance.call("ping", Authorization=header)
    assert answer.status == 401
    assert 'error="invalid_token", error_description="' in answer.headers["www-authenticate"]
    assert METADATA in answer.headers["www-authenticate"]


def test_basic_is_as_good_as_nothing(dance: Dance) -> None:
    assert "error=" not in dance.call("ping", Authorization="Basic eDp5").headers["www-authenticate"]


def test_a_token_in_the_query_is_not_read(granted: Dance) -> None:
    url = f"{granted.resource}?access_token={granted.tokens['access_token']}"
    body, kind = b'{"jsonrpc":"2.0","id":1,"method":"ping"}', {"Content-Type": "application/json"}
    assert granted.send("POST", url, kind, body).status == 401
    twice = granted.send("POST", url, kind | {"Authorization": f"Bearer {granted.tokens['access_token']}"}, body)
    assert (twice.status, twice.json["error"]) == (400, "invalid_request")


def test_a_token_is_good_at_its_own_route_only(granted: Dance) -> None:
    granted.route = "github-v1"
    answer = granted.call("ping")
    assert answer.status == 401
    assert "/practice/mcp/linear-v1 and no other route" in answer.headers["www-authenticate"]


def test_for_a_token_the_store_is_asked_one_statement_that_is_put_together_already(granted: Dance, engine: Engine) -> None:
    asked: list[object] = []
    event.listen(engine, "before_execute", lambda connection, statement, *rest: asked.append(statement))
    assert [granted.call("ping").status for _ in range(2)] == [200, 200]
    assert len(asked) == 2 and asked[0] is asked[1]


def test_a_refresh_token_opens_nothing(granted: Dance) -> None:
    granted.tokens["access_token"] = granted.tokens["refresh_token"]
    assert granted.call("ping").status == 401


def test_an_access_token_lives_a_quarter_of_an_hour(granted: Dance, clock: Clock) -> None:
    clock.move(899)
    assert granted.call("ping").status == 200
    clock.move(1)
    assert "expired" in granted.call("ping").json["error_description"]


def test_a_stronger_tool_asks_for_every_scope_it_needs(granted: Dance) -> None:
    answer = granted.call("tools/call", {"name": "delete_workspace"})
    assert answer.status == 403
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="mcp:tools mcp:admin"' in challenge
    assert METADATA in challenge


def test_a_step_up_opens_the_stronger_tool(dance: Dance) -> None:
    dance.scope = "mcp:tools mcp:admin"
    dance.to_tokens()
    assert dance.tokens["scope"] == "mcp:tools mcp:admin"
    assert "nothing was deleted" in dance.call("tools/call", {"name": "delete_workspace"}).rpc["result"]["content"][0]["text"]


def test_a_token_without_the_basic_scope_opens_nothing(dance: Dance) -> None:
    dance.scope = "mcp:admin"
    dance.to_tokens()
    answer = dance.call("ping")
    assert answer.status == 403
    assert 'scope="mcp:tools"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT", "PATCH"])
def test_the_route_is_posted_to(dance: Dance, method: str) -> None:
    answer = dance.send(method, dance.resource, {}, b"")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_an_unknown_route_is_not_found(dance: Dance) -> None:
    dance.route = "other"
    assert dance.call("ping").status == 404


def test_a_foreign_origin_is_refused_after_authorization(granted: Dance) -> None:
    assert granted.call("ping", Origin="https://elsewhere.example").status == 403
    assert granted.call("ping", Origin="null").status == 403
    assert granted.call("ping", Origin="http://[::1").status == 403
    assert granted.call("ping", Origin="http://localhost:6274").status == 200
    granted.tokens = {}
    assert granted.call("ping", Origin="https://elsewhere.example").status == 401
