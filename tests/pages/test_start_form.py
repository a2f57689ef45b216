"""The start form: options out, or one sentence at the field that is wrong."""

from __future__ import annotations

import pytest

from app.pages.start_form import StartForm, read_start_form


def read(own_url: str = "", **form: str) -> StartForm:
    return read_start_form({"target": "https://g.example/mcp", **form}, own_places=set(), own_client_metadata_url=own_url)


def test_the_target_alone_is_enough() -> None:
    form = read()
    assert form.mistakes == {}
    options = form.options(redirect_uri="http://127.0.0.1:8000/callback", own_client_metadata_url="")
    assert (options.target, options.revision, options.registration, options.client_auth) == (
        "https://g.example/mcp",
        "auto",
        "auto",
        "auto",
    )
    assert options.redirect_uri == "http://127.0.0.1:8000/callback"


def test_every_field_reaches_the_options() -> None:
    given = {
        "revision": "2025-06-18",
        "registration": "preregistered",
        "client_metadata_url": "https://c.example/client.json",
        "client_id": "abc",
        "client_secret": "def",
        "client_auth": "client_secret_basic",
        "scope": " mcp:tools   offline_access ",
        "authorize_params": "?prompt=consent&audience=x",
        "headers": "X-Api-Key: k\r\nX-Other: ü",
    }
    form = read(**given)
    assert form.mistakes == {}
    options = form.options(redirect_uri="r", own_client_metadata_url="")
    assert options.scope == "mcp:tools offline_access"
    assert options.authorize_params == "prompt=consent&audience=x"
    assert options.headers == given["headers"]
    assert (options.client_id, options.client_secret, options.client_metadata_url) == ("abc", "def", "https://c.example/client.json")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("revision", "2024-11-05", "Choose one of: auto, 2025-03-26"),
        ("registration", "magic", "Choose one of"),
        ("client_auth", "tls_client_auth", "Choose one of"),
        ("client_metadata_url", "http://c.example/client.json", "must start with https://"),
        ("client_metadata_url", "https://c.example", "must have a path"),
        ("client_metadata_url", "https://c.example/", "must have a path"),
        ("client_metadata_url", "https://c.example/c.json#x", "from # on"),
        ("client_id", "a\nb", "line break"),
        ("client_secret", "a" * 2001, "2,001 characters"),
        ("scope", 'say "hello"', "RFC 6749"),
        ("scope", "größe", "RFC 6749"),
        ("authorize_params", "prompt", "name=value"),
        ("authorize_params", "=x", "empty"),
        ("authorize_params", "state=mine", "state: the walk sets this itself"),
        ("authorize_params", "a=" + "b" * 3000, "characters long"),
        ("authorize_params", "&".join(["a=b"] * 60), "name=value"),
        ("headers", "no colon here", "Name: value"),
        ("headers", "Bad Name: x", "Name: value"),
        ("headers", "X-Fine: 1\nHost: evil", "Host is set by the walk"),
        ("headers", "authorization: Bearer x", "authorization is set by the walk"),
        ("headers", "X-A: \u2028snow", "Name: value"),
        ("headers", "X-A: \u2603", "cannot carry"),
        ("headers", "X-A: a\x00b", "cannot carry"),
        ("headers", "X-A: " + "a" * 8001, "characters"),
    ],
)
def test_a_mistake_is_named_at_its_field(name: str, value: str, said: str) -> None:
    form = read(**{name: value})
    assert said in form.mistakes[name]
    assert set(form.mistakes) == {name}


def test_a_choice_that_needs_another_field_says_which() -> None:
    assert "client_id" in read(registration="preregistered").mistakes["client_id"]
    assert "client_secret" in read(client_auth="client_secret_post", client_id="a").mistakes["client_secret"]
    assert "no public one" in read(registration="cimd").mistakes["client_metadata_url"]
    assert read(own_url="https://me.example/client-metadata.json", registration="cimd").mistakes == {}


def test_what_was_typed_comes_back_whatever_it_was() -> None:
    assert read(target="  <script>  ").typed["target"] == "<script>"
