"""The browser goes out and comes back: PKCE, resource, scope, state, issuer (rules C21-C34)."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import quote

import pytest
from canned import AS, CALLBACK, TARGET, Gateway, Reply, form, json_reply
from requirements.marks import under
from requirements.table import REVISIONS
from strict import GONE, SERVER, Strict, at_issuer, no_header

from app.flow.log import Choice, Leg
from app.wire.messages import Request

METHODS = "code_challenge_methods_supported"


def token_forms(gateway: Gateway) -> list[dict[str, str]]:
    return [form(request) for request in gateway.asked if request.url.endswith("/token")]


def out(gateway: Gateway, revision: str, **options: str) -> Strict:
    walker = Strict(gateway, revision, **options)
    walker.go()
    return walker


@under("C21", "C23")
def test_the_challenge_is_the_hash_of_the_verifier_that_redeems_the_code(gateway: Gateway, revision: str) -> None:
    walker = out(gateway, revision)
    sent = walker.sent
    walker.come_back()
    walker.go()
    verifier = token_forms(gateway)[0]["code_verifier"]
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert (sent["code_challenge_method"], sent["code_challenge"]) == ("S256", hashed)
    assert 43 <= len(verifier) <= 128 and verifier not in walker.facts.authorization.url  # type: ignore[union-attr]


@under("C21")
def test_every_request_draws_a_verifier_and_a_state_of_its_own(gateway: Gateway, revision: str) -> None:
    walker = out(gateway, revision)
    walker.press("retry")
    first, second = walker.facts.authorizations
    assert first.verifier != second.verifier and first.state != second.state


@under("C22")
@pytest.mark.parametrize("listed", [None, [], ["plain"], "S256", ["s256"]])
@pytest.mark.parametrize("by_openid", [False, True])
def test_a_server_without_pkce_is_refused_and_the_person_may_go_on(
    gateway: Gateway, revision: str, listed: object, by_openid: bool
) -> None:
    gateway.metadata.pop(METHODS) if listed is None else gateway.metadata.update({METHODS: listed})
    if by_openid:
        gateway.on[f"GET /.well-known/{SERVER}"] = lambda request: GONE
        gateway.on["GET /.well-known/openid-configuration"] = lambda request: json_reply(gateway.metadata)
    walker = out(gateway, revision)
    assert (walker.state, walker.problem) == ("failed", "server_metadata.pkce_unsupported")
    assert walker.asked("/register") == [] and walker.facts.authorization is None
    walker.press("go_on")
    walker.go()
    assert walker.state == "authorize" and walker.sent["code_challenge_method"] == "S256"
    assert walker.codes["server_metadata.pkce_unsupported"] == "STOP"


@under("C21", only=REVISIONS[:2])
def test_older_revisions_warn_where_pkce_is_not_advertised_and_use_it_all_the_same(gateway: Gateway, revision: str) -> None:
    del gateway.metadata[METHODS]
    walker = out(gateway, revision)
    assert walker.codes["server_metadata.pkce_unsupported"] == "WARN" and walker.sent["code_challenge"]


@pytest.mark.parametrize("member", ["authorization_endpoint", "token_endpoint"])
@pytest.mark.parametrize("url", [f"{AS}:99999/a", "https://[zz]/a", f"{AS}/a\r\nX: y", "https://a..b/a"])
def test_an_endpoint_that_is_no_address_is_refused_before_the_person_signs_in(gateway: Gateway, member: str, url: str) -> None:
    gateway.metadata[member] = url
    walker = out(gateway, "2025-11-25")
    assert (walker.state, walker.problem) == ("failed", "server_metadata.endpoint_missing")
    assert walker.facts.authorization is None


@under("C24", "C25")
@pytest.mark.parametrize("resource", [TARGET, "https://GW.example/mcp/one?x=%7e", f"{TARGET}/", AS])
def test_resource_goes_out_byte_for_byte_in_every_request(gateway: Gateway, revision: str, resource: str) -> None:
    gateway.prm["resource"] = resource
    walker = Strict(gateway, revision)
    walker.forbids = lambda run: None
    walker.to_connected()
    walker.take("refresh")
    assert walker.sent["resource"] == resource
    assert [sent["resource"] for sent in token_forms(gateway)] == [resource, resource]


@under("C24", "C25")
@pytest.mark.parametrize("published", [None, "", 7, ["x"]])
def test_where_none_is_published_the_target_is_sent_without_its_fragment(gateway: Gateway, revision: str, published: object) -> None:
    gateway.prm.pop("resource") if published is None else gateway.prm.update({"resource": published})
    walker = out(gateway, revision, target=f"{TARGET}#part")
    assert walker.sent["resource"] == TARGET


@under("C26", "C27")
@pytest.mark.parametrize(
    ("challenged", "listed", "asked"),
    [("a b", ["c"], "a b"), ("", ["c", "d"], "c d"), ("", [], None), ("", None, None), ("only:here", ["a", "only:there"], "only:here")],
)
def test_the_scope_is_the_challenges_else_the_metadatas_else_none(
    gateway: Gateway, revision: str, challenged: str, listed: list[str] | None, asked: str | None
) -> None:
    gateway.prm["scopes_supported"] = listed
    metadata = f'resource_metadata="{AS}/.well-known/oauth-protected-resource/mcp/one"'
    scope = f', scope="{challenged}"' if challenged else ""
    gateway.on["POST /mcp/one"] = lambda request: (401, {"WWW-Authenticate": f"Bearer {metadata}{scope}"}, b"")
    walker = out(gateway, revision)
    has_metadata = revision != "2025-03-26"
    assert walker.sent.get("scope") == (asked if has_metadata else challenged or None)


def refuse_the_tool(gateway: Gateway, scope: str) -> None:
    def answer(request: Request) -> Reply:
        if request.header("authorization") and json.loads(request.body)["method"] == "tools/call":
            return 403, {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}, b""
        return gateway._mcp(request)

    gateway.on["POST /mcp/one"] = answer


@under("C27", "C28", "C29")
def test_a_step_up_asks_again_a_few_times_and_no_more(gateway: Gateway, revision: str) -> None:
    walker = Strict(gateway, revision)
    walker.to_connected()
    refuse_the_tool(gateway, "mcp:write")
    walker.press("call_tool", tool="one")
    assert walker.state == "stepup"
    asked = walker.sent["scope"].split()
    assert asked == (["mcp:tools", "mcp:write"] if revision == "2026-07-28" else ["mcp:write"])
    for _ in range(6):
        if walker.state != "stepup":
            break
        walker.come_back()
        walker.go()
    assert walker.state == "failed" and len(walker.facts.authorizations) <= 4


def codes_sent(gateway: Gateway) -> list[str]:
    return [sent["code"] for sent in token_forms(gateway) if "code" in sent]


@pytest.mark.attack("K3")
@under("C30")
@pytest.mark.parametrize("state", ["another", "", None, "prefix", "swapped case"])
def test_an_answer_with_a_foreign_state_is_discarded(gateway: Gateway, revision: str, state: str | None) -> None:
    walker = out(gateway, revision)
    own = walker.sent["state"]
    assert len(own) >= 32
    walker.come_back(state={"prefix": own[:-1], "swapped case": own.swapcase()}.get(state or "", state))
    walker.go()
    assert (walker.state, walker.problem) == ("failed", "callback.state_mismatch")
    assert codes_sent(gateway) == [] and walker.facts.answer is None


@under("C30")
def test_an_answer_to_an_older_request_is_discarded(gateway: Gateway, revision: str) -> None:
    walker = out(gateway, revision)
    old = walker.sent["state"]
    walker.press("retry")
    walker.come_back(state=old)
    walker.go()
    assert walker.problem == "callback.state_mismatch" and codes_sent(gateway) == []


@under("C31")
def test_issuer_verifier_and_state_are_written_down_before_the_browser_leaves(gateway: Gateway, revision: str) -> None:
    walker = out(gateway, revision)
    walker.press("retry")
    drawn = [entry for entry in walker.run.entries if isinstance(entry.body, Choice) and entry.body.name == "authorize"]
    walker.come_back()
    left = next(entry for entry in walker.run.entries if isinstance(entry.body, Leg))
    assert all(entry.seq < left.seq for entry in drawn)
    values = [entry.body.values for entry in drawn if isinstance(entry.body, Choice)]
    assert [value["issuer"] for value in values] == [AS, AS]
    assert all(len({value[name] for value in values}) == 2 and all(value[name] for value in values) for name in ("state", "verifier"))


ISSUER = f"{AS}/t/One"
SPELLINGS = ["https://other.example", f"{ISSUER}/", f"{AS}/t/one", f"{AS}:443/t/One", f"{AS}/t/%4Fne", "HTTPS://gw.example/t/One", ""]


@pytest.mark.attack("K6")
@under("C32")
@pytest.mark.parametrize("advertised", [True, False, None])
@pytest.mark.parametrize("iss", [ISSUER, None, *SPELLINGS])
def test_the_issuer_of_an_answer_is_judged_before_the_code_goes_anywhere(
    gateway: Gateway, revision: str, advertised: bool | None, iss: str | None
) -> None:
    at_issuer(gateway, ISSUER)
    gateway.on[f"GET /.well-known/{SERVER}/t/One"] = lambda request: json_reply(gateway.metadata)
    gateway.metadata["authorization_response_iss_parameter_supported"] = advertised
    walker = out(gateway, revision)
    walker.come_back(iss=None if iss is None else quote(iss, safe=""))
    walker.go()
    if iss == ISSUER or (iss is None and not advertised):
        assert walker.state == "connected" and codes_sent(gateway) == ["code-1"]
    else:
        code = "callback.iss_missing" if iss is None else "callback.iss_mismatch"
        assert (walker.state, walker.problem, codes_sent(gateway)) == ("failed", code, [])


@under("C33")
@pytest.mark.parametrize("error", ["access_denied", "invalid_scope"])
def test_an_error_of_another_issuer_is_not_acted_on(gateway: Gateway, revision: str, error: str) -> None:
    walker = out(gateway, revision)
    walker.come_back(code=None, error=error, error_description="planted", iss="https://evil.example")
    walker.go()
    assert walker.state == "failed" and walker.problem == "callback.iss_mismatch"
    assert not any(code.startswith("authorize.") for code in walker.codes)


@under("C34")
def test_the_redirect_uri_is_the_same_where_it_is_registered_asked_and_redeemed(gateway: Gateway, revision: str) -> None:
    walker = out(gateway, revision)
    sent = walker.sent["redirect_uri"]
    walker.come_back()
    walker.go()
    (registration,) = [json.loads(request.body) for request in gateway.asked if request.url.endswith("/register")]
    assert registration["redirect_uris"] == [sent] == [token_forms(gateway)[0]["redirect_uri"]] == [CALLBACK]


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "authorize.access_denied"),
        ("invalid_scope", "authorize.invalid_scope"),
        ("invalid_target", "authorize.invalid_target"),
        ("invalid_request", "authorize.refused"),
        ("unsupported_response_type", "authorize.refused"),
        ("server_error", "authorize.refused"),
        ("temporarily_unavailable", "authorize.refused"),
        ("unauthorized_client", "register.client_stale"),
    ],
)
def test_an_error_at_the_authorization_endpoint_ends_the_walk_with_its_own_words(
    gateway: Gateway, revision: str, error: str, code: str
) -> None:
    walker = out(gateway, revision)
    walker.come_back(code=None, error=error, error_description="because")
    walker.go()
    assert (walker.state, walker.problem) == ("failed", code)
    assert token_forms(gateway) == []
    walker.press("retry")
    assert walker.state in ("authorize", "ready")


def test_the_walk_without_a_challenge_header_still_asks_for_the_metadatas_scopes(gateway: Gateway) -> None:
    no_header(gateway)
    assert out(gateway, "2026-07-28").sent["scope"] == "mcp:tools"
