"""The browser left and nothing came back: the dry request, the fresh client, and giving up."""

from __future__ import annotations

import json

import pytest
from canned import AS, Gateway, Reply, Walker, json_reply
from trying import asked, codes, out, top, tried

from app.checks.engine import forbids
from app.flow.acts import BadChoice, Plan, act
from app.flow.standing import standing

BAD_PAGE: Reply = (400, {"Content-Type": "text/html"}, b"<h1>Error</h1>")


PAGES: dict[str, tuple[Reply, str]] = {
    "an error page": (BAD_PAGE, "authorize.local_error_page"),
    "a redirect URI": ((400, {}, b"redirect_uri does not match allowed patterns"), "register.accepts_then_refuses"),
    "a forgotten client": (json_reply({"error": "invalid_client"}, 400), "register.client_stale"),
    "a policy": ((200, {"Content-Type": "text/html", "Content-Security-Policy": "form-action 'self'"}, b"<form></form>"),
                 "authorize.consent_csp_form_action"),
    "a loop": ((302, {"Location": "https://idp.example/", "Set-Cookie": "s=1; SameSite=Strict"}, b""), "authorize.login_loop"),
    "a disabled button": ((200, {"Content-Type": "text/html"}, b"<p>Connect first</p><button disabled>Allow</button>"),
                          "authorize.consent_blocked_upstream"),
}  # fmt: skip


@pytest.mark.parametrize("what", PAGES)
def test_a_dry_request_tells_what_holds_the_browser_before_and_after_giving_up(gateway: Gateway, what: str) -> None:
    reply, code = PAGES[what]
    gateway.on["GET /authorize"] = lambda r: reply
    walker = out(gateway)
    before = standing(walker.facts, None, False)
    tried(walker, "dry_authorize")
    assert standing(walker.facts, forbids(walker.run), False) == before
    assert code in codes(walker)
    act(walker.run, "gave_up", {}, None)
    assert standing(walker.facts, forbids(walker.run), False).state == "failed"
    assert top(walker) == code


def test_a_redirect_to_the_same_address_is_a_loop_in_its_short_form_too(gateway: Gateway) -> None:
    gateway.on["GET /authorize"] = lambda r: (302, {"Location": r.url.removeprefix(AS)}, b"")
    walker = out(gateway)
    tried(walker, "dry_authorize")
    assert "authorize.login_loop" in codes(walker)


def test_a_callback_that_the_metadata_document_does_not_list_is_a_matter_of_that_document(gateway: Gateway) -> None:
    gateway.metadata["client_id_metadata_document_supported"] = True
    said = {"error": "invalid_request", "error_description": "redirect_uri is not listed in the client metadata document"}
    gateway.on["GET /authorize"] = lambda r: json_reply(said, 400)
    walker = out(gateway, registration="cimd", client_metadata_url="https://client.example/metadata.json")
    tried(walker, "dry_authorize")
    assert "register.cimd_mismatch" in codes(walker)


def test_the_dry_request_has_a_state_and_a_challenge_of_its_own_and_no_cookie(gateway: Gateway) -> None:
    walker = out(gateway)
    tried(walker, "dry_authorize")
    sent, theirs = gateway.asked[-1], walker.facts.authorization
    assert theirs is not None and sent.method == "GET" and sent.url.split("?")[0] == f"{AS}/authorize"
    assert theirs.state not in sent.url and theirs.challenge not in sent.url and not sent.header("cookie")
    assert "client_id=client-1" in sent.url and "resource=" in sent.url


def test_without_a_probe_giving_up_says_that_nothing_came(gateway: Gateway) -> None:
    walker = out(gateway)
    assert "gave_up" in standing(walker.facts, None, False).offers
    assert act(walker.run, "gave_up", {}, None) == Plan("none")
    assert top(walker) == "callback.never_came"
    assert act(walker.run, "retry", {}, forbids(walker.run)) == Plan("run_on")
    walker.go()
    assert len(walker.facts.authorizations) == 2
    assert standing(walker.facts, forbids(walker.run), False).state == "authorize" and top(walker) == ""


def test_nobody_gives_up_who_has_not_left(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.go()
    with pytest.raises(BadChoice):
        act(walker.run, "gave_up", {}, None)
    with pytest.raises(BadChoice):
        act(walker.run, "try", {"probe": "nothing"}, None)


def test_a_fresh_client_that_is_taken_names_the_stale_one(gateway: Gateway) -> None:
    ids = iter(["client-1", "client-2"])
    gateway.on["POST /register"] = lambda r: json_reply({**json.loads(r.body), "client_id": next(ids)}, 201)
    gateway.on["GET /authorize"] = lambda r: (302, {"Location": "/login"}, b"") if "client_id=client-2" in r.url else BAD_PAGE
    walker = out(gateway)
    tried(walker, "dry_authorize")
    assert top(walker) == "authorize.local_error_page"
    assert "forget it here and register again" in tried(walker, "fresh_client")
    assert asked(walker, "fresh_client") == ["authorize ours", "register register", "authorize fresh"]
    assert top(walker) == "register.client_stale"
    assert walker.facts.client is not None and walker.facts.client.client_id == "client-1"
