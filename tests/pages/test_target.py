"""The target field: what is refused, with which sentence, and what passes."""

from __future__ import annotations

import pytest

from app.pages.target import mistake_in_target, mistake_in_url

OWN = {"127.0.0.1:8000", "localhost:8000"}


@pytest.mark.parametrize(
    "url",
    [
        "https://gateway.example.com/mcp",
        "http://127.0.0.1:9000/mcp",
        "HTTPS://Gateway.Example.com/mcp",
        "https://[2001:db8::1]:8443/mcp/a%2Fb?x=1",
        "https://gateway.example.com./mcp",
        "https://gâteau.example/mcp",
        "http://localhost:8000/practice/mcp/linear-v1",
        "https://gateway.example.com",
    ],
)
def test_a_url_that_a_walk_can_start_from_passes(url: str) -> None:
    assert mistake_in_target(url, OWN) == ""


@pytest.mark.attack("B1")
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "Paste the URL"),
        ("gateway.example.com/mcp", "Did you mean https://gateway.example.com/mcp?"),
        ("//gateway.example.com/mcp", "Did you mean https://gateway.example.com/mcp?"),
        ("localhost:9000/mcp", "must start with https://"),
        ("mcp", "must start with https://"),
        ("javascript:alert(1)", "A javascript: URL is not an MCP server"),
        ("JavaScript://%0aalert(1)", "A javascript: URL"),
        ("data:text/html,x", "A data: URL"),
        ("file:///etc/passwd", "A file: URL"),
        ("ftp://host/x", "A ftp: URL"),
        ("unix:///run/x", "A unix: URL"),
        ("https:/gateway.example.com", "Two slashes"),
        ("https://", "names no host"),
        ("https:///mcp", "names no host"),
        ("https://user:secret@host/mcp", "user name and password"),
        ("https://host@evil/mcp", "user name and password"),
        ("https://host/mcp#part", "from # on"),
        ("https://host/mcp#", "from # on"),
        ("https://host/a b", "a blank"),
        ("https://host/a\tb", "a blank"),
        ("https://host/\x00", "invisible"),
        ("https://host/\u202e", "invisible"),
        ("https://good\\@127.0.0.1/", "backslash"),
        ("https://%31%32%37.0.0.1/", "% sign"),
        ("https://host:0/mcp", "Port 0"),
        ("https://host:99999/mcp", "1 to 65535"),
        ("https://host:port/mcp", "1 to 65535"),
        ("https://[::1/mcp", "cannot be read"),
        ("https://host/" + "a" * 2000, "2,013 characters"),
        ("http://127.0.0.1:8000/", "this app itself"),
        ("http://LOCALHOST:8000/runs", "this app itself"),
    ],
)
def test_a_url_that_cannot_be_walked_gets_its_sentence(url: str, said: str) -> None:
    assert said in mistake_in_target(url, OWN)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("https://g.example/.well-known/oauth-protected-resource/mcp/linear-v1", "https://g.example/mcp/linear-v1"),
        ("https://g.example/.well-known/oauth-authorization-server/mcp/x", "https://g.example/mcp/x"),
        ("https://g.example/tenant/.well-known/openid-configuration", "https://g.example/tenant"),
        ("https://g.example/.well-known/oauth-protected-resource", "https://g.example/mcp"),
        ("https://g.example/.well-known/", "https://g.example/mcp"),
    ],
)
def test_a_metadata_url_is_answered_with_the_url_to_type(url: str, meant: str) -> None:
    said = mistake_in_target(url, OWN)
    assert "metadata document" in said
    assert meant in said


def test_only_https_is_taken_where_it_is_demanded() -> None:
    assert mistake_in_url("http://client.example/c.json", only_https=True) == "This URL must start with https://."
    assert mistake_in_url("https://client.example/c.json", only_https=True) == ""
