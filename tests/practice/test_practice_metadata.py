from __future__ import annotations

import pytest
from dance import Dance

RESOURCE = "/.well-known/oauth-protected-resource/practice/mcp/linear-v1"
SERVER = "/.well-known/oauth-authorization-server/practice/mcp/linear-v1"


def test_the_resource_metadata_names_the_url_that_people_type(dance: Dance) -> None:
    found = dance.get(RESOURCE)
    assert found.status == 200
    assert found.json["resource"] == dance.resource
    assert found.json["authorization_servers"] == [dance.resource]
    assert found.json["scopes_supported"] == ["mcp:tools"]


def test_the_issuer_is_the_route_letter_by_letter(dance: Dance) -> None:
    document = dance.get(SERVER).json
    assert document["issuer"] == dance.resource
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert "none" in document["token_endpoint_auth_methods_supported"]
    assert "offline_access" not in document["scopes_supported"]
    assert not any(value == [] for value in document.values())  # RFC 8414 3.2


def test_every_endpoint_that_is_named_exists(dance: Dance) -> None:
    document = dance.get(SERVER).json
    for name, url in document.items():
        if name.endswith("_endpoint"):
            assert dance.get(url).status != 404, name


def test_documents_are_advertised_only_where_they_can_be_fetched(dance: Dance, reader: Dance) -> None:
    assert "client_id_metadata_document_supported" not in dance.get(SERVER).json
    assert reader.get(SERVER).json["client_id_metadata_document_supported"] is True


@pytest.mark.parametrize("path", [RESOURCE, SERVER])
def test_pages_of_any_origin_may_read_the_documents(dance: Dance, path: str) -> None:
    assert dance.get(path, Origin="https://elsewhere.example").headers["access-control-allow-origin"] == "*"
    preflight = dance.send("OPTIONS", dance.origin + path, {}, b"")
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, "*")


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/practice/mcp/linear-v1",
        "/practice/mcp/linear-v1/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource/practice/mcp/other",
        "/.well-known/oauth-authorization-server/practice/mcp/other",
    ],
)
def test_only_the_inserted_paths_of_known_routes_exist(dance: Dance, path: str) -> None:
    assert dance.get(path).status == 404


def test_only_get_reads_a_document(dance: Dance) -> None:
    answer = dance.send("POST", dance.origin + RESOURCE, {}, b"{}")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
