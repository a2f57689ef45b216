from __future__ import annotations

import pytest
from dance import Dance


def test_an_access_token_ends_alone(granted: Dance) -> None:
    answer = granted.revoke(granted.tokens["access_token"])
    assert (answer.status, answer.text) == (200, "")
    assert granted.call("ping").status == 401
    granted.tokens = granted.refresh().json
    assert granted.call("ping").status == 200


def test_a_refresh_token_ends_the_grant(granted: Dance) -> None:
    assert granted.revoke(granted.tokens["refresh_token"]).status == 200
    assert granted.call("ping").status == 401
    assert granted.refresh().json["error"] == "invalid_grant"


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense", None])
def test_a_wrong_hint_does_not_matter(granted: Dance, hint: str | None) -> None:
    granted.revoke(granted.tokens["access_token"], token_type_hint=hint)
    assert granted.call("ping").status == 401


def test_unknown_tokens_answer_the_same(granted: Dance) -> None:
    known, unknown = granted.revoke(granted.tokens["access_token"]), granted.revoke("rt_unknown")
    assert (known.status, known.text, known.headers) == (unknown.status, unknown.text, unknown.headers)


def test_another_clients_token_stays_alive(granted: Dance) -> None:
    granted.register()
    assert granted.revoke(granted.tokens["refresh_token"]).status == 200
    assert granted.call("ping").status == 200


def test_a_form_without_token_or_client_is_refused(granted: Dance) -> None:
    assert granted.post_form("/practice/oauth/revoke", {}).json["error"] == "invalid_request"
    assert granted.revoke("x", client_id=None).json["error"] == "invalid_request"
    assert granted.revoke("x", client_id="dcr:unknown").json["error"] == "invalid_client"
    assert granted.get("/practice/oauth/revoke").status == 405
