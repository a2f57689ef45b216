"""Becoming a client: the order of ways, what is registered, what a refusal leaves to do (rules C13-C20)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from canned import AS, Gateway, Reply, Walker, form, json_reply
from requirements.marks import under
from requirements.table import REVISIONS
from strict import Strict

from app.wire.messages import Request

DOCUMENT = "https://client.example/client.json"
HOSTED = "https://explorer.example/callback"


def registered(gateway: Gateway) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in gateway.asked if request.url.endswith("/register")]


def token_request(gateway: Gateway) -> Request:
    return next(request for request in gateway.asked if request.url.endswith("/token"))


def gone(walker: Strict) -> Strict:
    walker.go()
    return walker


@under("C13", "C14", "C16")
@pytest.mark.parametrize("supported", [True, False])
def test_the_ways_to_a_client_come_in_order(revision: str, supported: bool) -> None:
    def walk(**options: str) -> Strict:
        gateway = Gateway()
        gateway.metadata["client_id_metadata_document_supported"] = supported
        return gone(Strict(gateway, revision, **options))

    own = {"own_client_metadata_url": DOCUMENT}
    entered = walk(client_id="entered", **own)
    assert entered.sent["client_id"] == "entered" and entered.asked("register") == []
    by_document = walk(**own)
    knows_documents = revision >= "2025-11-25"
    assert by_document.sent["client_id"] == (DOCUMENT if supported and knows_documents else "client-1")
    assert bool(by_document.asked("register")) is not (supported and knows_documents)
    assert walk().sent["client_id"] == "client-1"


@under("C13")
def test_without_any_way_the_person_is_asked(gateway: Gateway, revision: str) -> None:
    del gateway.metadata["registration_endpoint"]
    walker = gone(Strict(gateway, revision))
    assert walker.problem == "server_metadata.no_client_path" and walker.facts.authorization is None


@under("C14")
def test_a_client_with_a_document_needs_no_registration_and_says_its_url(gateway: Gateway, revision: str) -> None:
    gateway.metadata["client_id_metadata_document_supported"] = True
    walker = Strict(gateway, revision, client_metadata_url=DOCUMENT)
    walker.to_connected()
    assert walker.state == "connected" and walker.asked("register") == []
    assert form(token_request(gateway))["client_id"] == DOCUMENT


@under("C15")
def test_a_registration_says_what_a_public_client_is_and_what_comes_back_is_used(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.to_connected()
    (sent,) = registered(gateway)
    assert sent["redirect_uris"] == [walker.facts.options.redirect_uri] and sent["response_types"] == ["code"]
    assert sent["token_endpoint_auth_method"] == "none"
    assert walker.sent["client_id"] == form(token_request(gateway))["client_id"] == "client-1"


@under("C15")
def test_a_secret_that_comes_back_is_used_as_the_answer_says(gateway: Gateway, revision: str) -> None:
    answer = {
        "client_id": "a b",
        "client_secret": "s:1",
        "token_endpoint_auth_method": "client_secret_basic",
        "client_secret_expires_at": 0,
    }
    gateway.on["POST /register"] = lambda request: json_reply(answer, 201)
    Strict(gateway, revision).to_connected()
    assert token_request(gateway).header("authorization") == "Basic YStiOnMlM0Ex"  # a+b:s%3A1
    assert "client_secret" not in form(token_request(gateway))


@under("C16")
@pytest.mark.parametrize("auth", ["client_secret_basic", "client_secret_post", "none"])
def test_entered_credentials_are_used_at_the_token_endpoint_by_one_method_only(gateway: Gateway, revision: str, auth: str) -> None:
    secret = "" if auth == "none" else "entered-secret"
    walker = Strict(gateway, revision, registration="preregistered", client_id="entered", client_secret=secret, client_auth=auth)
    walker.to_connected()
    request = token_request(gateway)
    assert registered(gateway) == []
    assert bool(request.header("authorization")) == (auth == "client_secret_basic")
    assert form(request).get("client_secret") == (secret if auth == "client_secret_post" else None)
    assert "entered-secret" not in walker.sent.values()


@under("C18")
@pytest.mark.parametrize(
    ("redirect_uri", "kind"),
    [
        ("http://127.0.0.1:8000/callback", "native"),
        ("http://localhost:1/callback", "native"),
        ("http://[::1]:8000/callback", "native"),
        (HOSTED, "web"),
        ("https://127.0.0.1.example/callback", "web"),
    ],
)
def test_the_kind_of_application_fits_the_redirect_uri(gateway: Gateway, revision: str, redirect_uri: str, kind: str) -> None:
    gone(Strict(gateway, revision, redirect_uri=redirect_uri))
    assert [sent["application_type"] for sent in registered(gateway)] == [kind]


REFUSALS = [
    ("invalid_redirect_uri", "no", "register.redirect_host_refused"),
    ("invalid_client_metadata", "application_type native is not allowed", "register.application_type"),
]


def choosy(kind: str, error: str, words: str) -> Any:
    """A registration endpoint that takes one application_type only."""

    def register(request: Request) -> Reply:
        body = json.loads(request.body)
        if body.get("application_type") == kind:
            return json_reply({**body, "client_id": "client-1"}, 201)
        return json_reply({"error": error, "error_description": words}, 400)

    return register


@under("C19")
@pytest.mark.parametrize(("error", "words", "code"), REFUSALS)
@pytest.mark.parametrize("redirect_uri", ["http://127.0.0.1:8000/callback", HOSTED])
def test_a_refused_redirect_uri_is_told_and_the_other_kind_goes_through(
    gateway: Gateway, revision: str, error: str, words: str, code: str, redirect_uri: str
) -> None:
    says_native = revision == "2026-07-28" and redirect_uri != HOSTED
    other = "web" if says_native else "native"
    gateway.on["POST /register"] = choosy(other, error, words)
    walker = gone(Strict(gateway, revision, redirect_uri=redirect_uri))
    assert (walker.state, walker.problem) == ("failed", code)
    walker.press("step", **{"break": "other_application_type"})
    assert [sent.get("application_type") for sent in registered(gateway)][1:] == [other]
    assert walker.facts.client is not None and walker.state == "ready"
    assert walker.codes[code] == "NOTE"
    walker.go()
    assert walker.state == "authorize"


@under("C19")
def test_a_second_refusal_is_survived_too(gateway: Gateway, revision: str) -> None:
    gateway.on["POST /register"] = lambda request: json_reply({"error": "invalid_redirect_uri"}, 400)
    walker = gone(Strict(gateway, revision))
    for _ in range(2):
        walker.press("step", **{"break": "other_application_type"})
        assert (walker.state, walker.problem) == ("failed", "register.redirect_host_refused")
    assert len({sent.get("application_type") for sent in registered(gateway)}) == 2


@under("C20", only=REVISIONS[1:])  # in the oldest one the server is the MCP origin, which cannot change within a run
def test_a_new_issuer_gets_a_registration_of_its_own_and_no_old_secret(gateway: Gateway, revision: str) -> None:
    answer = {"client_id": "first", "client_secret": "first-secret", "token_endpoint_auth_method": "client_secret_post"}
    gateway.on["POST /register"] = lambda request: (
        json_reply(answer, 201) if request.url.startswith(AS) else json_reply({"client_id": "second"}, 201)
    )
    walker = Strict(gateway, revision)
    walker.to_connected()
    other, sent_before = "https://as2.example", len(gateway.asked)
    gateway.living_access.clear()
    gateway.prm["authorization_servers"] = [other]
    gateway.metadata |= {k: v.replace(AS, other) for k, v in gateway.metadata.items() if isinstance(v, str)}
    walker.press("call_tool", tool="one")
    assert {issuer: client.client_id for issuer, client in walker.facts.clients.items()} == {AS: "first", other: "second"}
    walker.come_back()
    walker.go()
    assert walker.sent["client_id"] == "second"
    later = b"".join(request.body for request in gateway.asked[sent_before:])
    assert b"first-secret" not in later and b"refresh-token-1" not in later


@under("C20")
def test_a_forgotten_client_is_registered_anew(gateway: Gateway, revision: str) -> None:
    walker = gone(Strict(gateway, revision))
    walker.press("forget")
    walker.go()
    assert len(registered(gateway)) == 2


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, "invalid_token", "register.closed"),
        (403, "access_denied", "register.closed"),
        (404, "", "register.closed"),
        (429, "", "register.rate_limited"),
        (400, "invalid_scope", "register.scope_refused"),
        (400, "invalid_client_metadata", "register.unexpected_status"),
        (400, "unapproved_software_statement", "register.unexpected_status"),
        (500, "", "transport.server_error"),
    ],
)
def test_a_refused_registration_ends_the_walk_with_its_own_words(gateway: Gateway, status: int, error: str, code: str) -> None:
    gateway.on["POST /register"] = lambda request: json_reply({"error": error} if error else {}, status)
    walker = gone(Strict(gateway, "2026-07-28"))
    assert (walker.state, walker.problem) == ("failed", code)
    assert len(registered(gateway)) == 1


def test_the_other_kind_is_no_way_where_nothing_is_registered(gateway: Gateway) -> None:
    from app.flow.breaks import find_break

    walker = Walker(gateway, registration="preregistered", client_id="entered")
    for step in ("probe", "resource_metadata", "server_metadata"):
        walker.take(step)
    offered = find_break("register", "other_application_type")
    assert offered is not None and offered.make(walker.facts) is None
