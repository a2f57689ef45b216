"""From the first 401 to the authorization server: what is asked, in which order, and what is refused (rules C1-C12)."""

from __future__ import annotations

import json

import pytest
from canned import AS, TARGET, Gateway, json_reply
from requirements.marks import under
from requirements.table import REVISIONS
from strict import GONE, HEADER, HTML, SERVER, Strict, at_issuer, no_header

from app.flow.facts import Document
from app.wire.messages import Request

ROOT = f"{AS}/.well-known/oauth-protected-resource"


def document(value: Document):  # type: ignore[no-untyped-def]
    return lambda request: json_reply(value)


@under("C1", "C2")
def test_a_401_starts_the_authorization_and_an_open_door_does_not(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.go()
    first = gateway.asked[0]
    assert (first.url, first.header("authorization")) == (TARGET, "")
    assert walker.facts.challenge is not None and walker.facts.challenge.get("scope") == "mcp:tools"
    assert walker.state == "authorize"

    opened = Gateway()
    opened.on["POST /mcp/one"] = lambda request: opened.answer_rpc(json.loads(request.body))
    walker = Strict(opened, revision)
    walker.go()
    assert walker.facts.authorization is None and walker.problem == "probe.not_protected"


@under("C3", "C9")
def test_the_server_is_the_one_that_the_resource_metadata_names(gateway: Gateway, revision: str) -> None:
    at_issuer(gateway, "https://as.example")
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.asked(".well-known") == [f"{ROOT}/mcp/one", f"https://as.example/.well-known/{SERVER}"]
    asked = walker.facts.authorization
    assert asked is not None and asked.url.startswith("https://as.example/authorize?")


@under("C4")
def test_a_url_in_the_challenge_stands_alone(gateway: Gateway, revision: str) -> None:
    gateway.on[f"GET /.well-known/{HEADER}"] = lambda request: GONE
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.asked(".well-known") == [f"{ROOT}/mcp/one"]
    assert walker.state == "failed" and walker.problem == "resource_metadata.not_at_advertised_url"


@under("C4")
@pytest.mark.parametrize("at_root", [False, True])
def test_without_a_url_the_path_comes_before_the_root(gateway: Gateway, revision: str, at_root: bool) -> None:
    no_header(gateway)
    if at_root:
        gateway.on[f"GET /.well-known/{HEADER}"] = lambda request: GONE
        gateway.on["GET /.well-known/oauth-protected-resource"] = document(gateway.prm)
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.asked("oauth-protected-resource") == [f"{ROOT}/mcp/one", ROOT][: 1 + at_root]
    assert walker.state == "authorize"


@under("C5")
def test_where_nothing_names_a_server_the_origin_is_tried_and_a_finding_says_so(gateway: Gateway, revision: str) -> None:
    no_header(gateway)
    gateway.on[f"GET /.well-known/{HEADER}"] = lambda request: GONE
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.facts.fallback and walker.facts.issuer == AS
    assert walker.codes.get("probe.challenge_without_metadata") == "WARN"


@under("C6")
@pytest.mark.parametrize("resource", ["https://other.example/mcp/one", f"{AS}/mcp/two", f"{AS}/mcp/on"])
def test_metadata_of_another_resource_is_refused(gateway: Gateway, revision: str, resource: str) -> None:
    gateway.prm["resource"] = resource
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.problem == "resource_metadata.resource_mismatch" and walker.state == "failed"
    assert walker.asked(SERVER) == [] and walker.facts.authorization is None


@under("C6")
def test_a_parent_path_is_a_warning_only(gateway: Gateway, revision: str) -> None:
    gateway.prm["resource"] = AS
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.codes["resource_metadata.resource_mismatch"] == "WARN" and walker.state == "authorize"


@under("C7", "C20", only=REVISIONS[1:])
def test_of_several_servers_the_first_is_taken_and_the_person_may_choose_another(gateway: Gateway, revision: str) -> None:
    second = "https://as2.example"
    gateway.prm["authorization_servers"] = [AS, second]
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.facts.issuer == AS and set(walker.facts.clients) == {AS}
    gateway.metadata |= {k: v.replace(AS, second) for k, v in gateway.metadata.items() if isinstance(v, str)}
    walker.press("server", issuer=second)
    walker.go()
    assert set(walker.facts.clients) == {AS, second} and walker.facts.issuer == second
    assert walker.sent["client_id"] == walker.facts.clients[second].client_id
    assert walker.asked("register") == [f"{AS}/register", f"{second}/register"]


@under("C8")
@pytest.mark.parametrize("published", [True, False])
def test_the_oldest_revision_asks_the_root_and_then_guesses(gateway: Gateway, revision: str, published: bool) -> None:
    if not published:
        gateway.on[f"GET /.well-known/{SERVER}"] = lambda request: GONE
    walker = Strict(gateway, revision)
    walker.go()
    assert walker.asked(".well-known") == [f"{AS}/.well-known/{SERVER}"]
    assert walker.asked("/register") == [f"{AS}/register"]
    asked = walker.facts.authorization
    assert asked is not None and asked.url.startswith(f"{AS}/authorize?") and walker.state == "authorize"
    walker.come_back()
    walker.go()
    assert walker.asked("/token") == [f"{AS}/token"]


@under("C10")
@pytest.mark.parametrize(
    ("issuer", "places"),
    [
        (AS, [f"/.well-known/{SERVER}", "/.well-known/openid-configuration"]),
        (
            f"{AS}/one/two",
            [
                f"/.well-known/{SERVER}/one/two",
                "/.well-known/openid-configuration/one/two",
                "/one/two/.well-known/openid-configuration",
            ],
        ),
    ],
)
@pytest.mark.parametrize("which", [0, -1])
def test_the_candidates_of_the_server_metadata_come_in_order(
    gateway: Gateway, revision: str, issuer: str, places: list[str], which: int
) -> None:
    at_issuer(gateway, issuer)
    for place in places:
        gateway.on[f"GET {place}"] = lambda request: GONE
    gateway.on[f"GET {places[which]}"] = document(gateway.metadata)
    walker = Strict(gateway, revision)
    walker.go()
    expected = [f"{AS}{place}" for place in places]
    assert [u for u in walker.asked(".well-known") if "protected-resource" not in u] == (expected if which else expected[:1])
    assert walker.state == "authorize"


@under("C9", only=["2025-06-18"])
def test_before_openid_only_the_rfc_8414_place_is_asked(gateway: Gateway, revision: str) -> None:
    at_issuer(gateway, f"{AS}/one")
    walker = Strict(gateway, revision)
    walker.go()
    assert [u for u in walker.asked(".well-known") if "protected-resource" not in u] == [f"{AS}/.well-known/{SERVER}/one"]
    assert walker.problem == "server_metadata.not_found"


@pytest.mark.attack("K8")
@under("C11")
@pytest.mark.parametrize("issuer", ["https://other.example", "https://GW.example", f"{AS}:443", f"{AS}/x", ""])
def test_metadata_of_another_issuer_is_not_used(gateway: Gateway, revision: str, issuer: str) -> None:
    gateway.metadata["issuer"] = issuer
    walker = Strict(gateway, revision)
    walker.go()
    if revision == "2025-03-26":
        assert walker.codes["server_metadata.issuer_mismatch"] == "WARN"  # nothing named an issuer there, only an origin
        return
    assert walker.problem == "server_metadata.issuer_mismatch" and walker.state == "failed"
    assert walker.asked("/register") == [] and walker.facts.authorization is None


@under("C11")
def test_a_final_slash_is_another_issuer_for_the_newest_revision(gateway: Gateway, revision: str) -> None:
    gateway.metadata["issuer"] = f"{AS}/"
    walker = Strict(gateway, revision)
    walker.go()
    stops = revision == "2026-07-28"
    assert (walker.state, walker.codes["server_metadata.issuer_slash"] == "STOP") == ("failed" if stops else "authorize", stops)


@under("C12")
def test_the_version_header_goes_along_to_the_metadata(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.go()
    assert [r.header("MCP-Protocol-Version") for r in gateway.asked if SERVER in r.url] == [revision]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("POST /mcp/one", "transport.redirected"),
        (f"GET /.well-known/{HEADER}", "resource_metadata.redirect"),
        (f"GET /.well-known/{SERVER}", "transport.redirected"),
        ("POST /register", "token.redirected"),
        ("POST /token", "token.redirected"),
    ],
)
def test_a_redirect_is_told_and_never_followed(gateway: Gateway, status: int, place: str, code: str) -> None:
    gateway.on[place] = lambda request: (status, {"Location": "https://elsewhere.example/x"}, b"")
    walker = Strict(gateway, "2026-07-28")
    walker.go()
    if walker.state == "authorize":
        walker.come_back()
        walker.go()
    assert walker.asked("elsewhere") == []
    assert code in walker.codes and walker.state == "failed"


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (f"GET /.well-known/{HEADER}", "resource_metadata.not_json"),
        (f"GET /.well-known/{SERVER}", "server_metadata.not_json"),
        ("POST /register", "register.bad_answer"),
        ("POST /token", "token.not_json"),
    ],
)
@pytest.mark.parametrize("body", [HTML[2], b"", b"[1]", b'{"a": 1', b'"text"', b"\xff\xfe{}"])  # type: ignore[index]
def test_a_body_that_is_no_json_object_stops_the_walk_with_words(gateway: Gateway, place: str, code: str, body: bytes) -> None:
    gateway.on[place] = lambda request: (200, {"Content-Type": "text/html"}, body)
    walker = Strict(gateway, "2026-07-28")
    walker.go()
    if walker.state == "authorize":
        walker.come_back()
        walker.go()
    assert walker.state == "failed" and walker.problem == code
    assert walker.facts.tokens is None


def test_a_web_app_that_answers_every_path_hides_no_document_behind_it(gateway: Gateway) -> None:
    at_issuer(gateway, f"{AS}/one")
    gateway.on[f"GET /.well-known/{SERVER}/one"] = lambda request: HTML
    gateway.on["GET /.well-known/openid-configuration/one"] = document(gateway.metadata)
    walker = Strict(gateway, "2026-07-28")
    walker.go()
    assert walker.state == "authorize" and walker.codes["server_metadata.not_json"] == "NOTE"


def test_the_requests_before_the_browser_carry_no_credentials(gateway: Gateway) -> None:
    walker = Strict(gateway, "2026-07-28")
    walker.go()
    assert [r.url for r in gateway.asked if _has_credentials(r)] == []


def _has_credentials(request: Request) -> bool:
    return bool(request.header("authorization") or request.header("cookie"))
