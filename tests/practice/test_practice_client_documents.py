from __future__ import annotations

import json
from typing import Any

import pytest
from dance import Dance

URL = "https://client.example/client.json"
CALLBACK = "https://client.example/callback"


def document(**changes: Any) -> bytes:
    return json.dumps({"client_id": URL, "client_name": "By document", "redirect_uris": [CALLBACK]} | changes).encode()


@pytest.fixture
def known(reader: Dance, documents: dict[str, bytes | str]) -> Dance:
    documents[URL] = document()
    reader.client, reader.redirect_uri = {"client_id": URL}, CALLBACK
    return reader


def test_a_client_known_by_its_document_walks_to_tokens(known: Dance) -> None:
    known.code = known.allow().answered["code"]
    assert known.redeem().json["access_token"].startswith("at_")


def test_the_consent_page_shows_the_documents_host(known: Dance) -> None:
    page = known.to_consent()
    assert "By document" in page.text
    assert "client.example" in page.text


def test_a_changed_document_counts_at_once(known: Dance, documents: dict[str, bytes | str]) -> None:
    known.allow()
    documents[URL] = document(redirect_uris=["https://client.example/other"])
    assert known.get(known.authorize_url()).status == 400


@pytest.mark.parametrize(
    "answer",
    [
        "the name does not resolve.",
        b"",
        b"[]",
        b"<html>",
        document(client_id=URL + "/"),
        document(client_name=""),
        document(client_name=None),
        document(redirect_uris=[]),
        document(redirect_uris=["http://client.example/callback"]),
        document(token_endpoint_auth_method="client_secret_basic"),
        document(client_secret="s"),
        document(padding="x" * 5_200),
    ],
)
def test_a_document_that_cannot_be_trusted_sends_nobody_anywhere(known: Dance, documents: dict[str, bytes | str], answer: bytes) -> None:
    documents[URL] = answer
    refused = known.get(known.authorize_url())
    assert refused.status == 400
    assert "location" not in refused.headers


@pytest.mark.parametrize(
    "client_id",
    [
        "http://client.example/client.json",
        "https://client.example",
        "https://client.example/",
        "https://user@client.example/c.json",
        "https://client.example/c.json#a",
        "https://client.example/../c.json",
        "https://[::1/c.json",
        "file:///etc/passwd",
        "https://client.example/" + "x" * 2_000,
    ],
)
def test_a_url_that_may_not_be_a_client_id_is_never_fetched(known: Dance, documents: dict[str, bytes | str], client_id: str) -> None:
    documents[client_id] = document(client_id=client_id)
    refused = known.get(known.authorize_url(client_id=client_id))
    assert refused.status == 400
    assert "is not known" in refused.text


def test_a_gateway_on_loopback_takes_documents_from_loopback(known: Dance, documents: dict[str, bytes | str]) -> None:
    local = "http://127.0.0.1:8000/client-metadata.json"
    documents[local] = document(client_id=local)
    assert known.get(known.authorize_url(client_id=local)).status == 303
