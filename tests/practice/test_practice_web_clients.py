"""A client that is a web page of another origin: its browser lets it read every answer that it needs, and no page of a person."""

from __future__ import annotations

import pytest
from dance import Dance

ORIGIN = "https://client.example"
MACHINES = (
    "/.well-known/oauth-protected-resource/practice/mcp/linear-v1",
    "/.well-known/oauth-authorization-server/practice/mcp/linear-v1",
    "/practice/mcp/linear-v1",
    "/practice/oauth/register",
    "/practice/oauth/token",
    "/practice/oauth/revoke",
)
PAGES = ("/practice/oauth/authorize/mcp/linear-v1", "/practice/oauth/setup", "/practice/idp/login", "/practice/")


@pytest.mark.parametrize("path", MACHINES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_may_ask_and_may_read_the_answer_and_its_challenge(dance: Dance, path: str, method: str) -> None:
    asks = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,mcp-protocol-version",
    }
    preflight = dance.send("OPTIONS", dance.origin + path, asks, b"")
    allowed = {word.strip().lower() for word in preflight.headers["access-control-allow-headers"].split(",")}
    assert preflight.status == 204 and {"*", "authorization"} <= allowed, "the star does not stand for Authorization"
    answer = dance.send(method, dance.origin + path, {"Origin": ORIGIN}, b"")
    assert (answer.status == 405) != (method in preflight.headers["access-control-allow-methods"])
    for one in (preflight, answer):
        assert one.headers["access-control-allow-origin"] == "*" and "access-control-allow-credentials" not in one.headers
        assert one.headers["access-control-expose-headers"] == "WWW-Authenticate"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_of_a_person_can_be_read_by_another_origin(dance: Dance, path: str) -> None:
    for method in ("GET", "OPTIONS", "POST"):
        assert "access-control-allow-origin" not in dance.send(method, dance.origin + path, {"Origin": ORIGIN}, b"").headers
