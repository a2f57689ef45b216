"""The whole walk over a canned wire: order, laps, step-up, second grant."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from canned import AS, TARGET, Gateway, Walker, form, json_reply

from app.flow.acts import act
from app.flow.edits import parameters
from app.flow.engine import CANCELLED, LOST, preview
from app.flow.log import Choice
from app.flow.standing import next_step, proof, standing, waits_for_person
from app.flow.steps import NAMES


def test_a_healthy_gateway_is_walked_to_the_browser_then_to_the_proof(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.go()
    assert standing(walker.facts, None, False).state == "authorize"
    walker.come_back()
    walker.go()
    assert standing(walker.facts, None, False).state == "connected"
    walker.go()
    assert standing(walker.facts, None, False).state == "authorize"  # the replay ended the first grant
    assert walker.facts.replay_outcome == "grant_killed"
    walker.come_back()
    walker.go()
    assert standing(walker.facts, None, False).state == "done"
    assert walker.facts.heard == {"access": "refused", "refresh": "refused"}
    assert standing(walker.facts, None, False).reason == "401 after revoke: proved, and the refresh token is dead too."
    assert set(walker.states().values()) == {"done"} and set(walker.states()) == set(NAMES)


def test_single_steps_come_to_the_same_end(gateway: Gateway) -> None:
    walker = Walker(gateway)
    for _ in range(40):
        if waits_for_person(walker.facts):
            walker.come_back()
        elif step := next_step(walker.facts):
            walker.take(step)
    assert standing(walker.facts, None, False).state == "done"


def test_the_resource_goes_out_byte_for_byte_in_authorize_token_and_refresh(gateway: Gateway) -> None:
    gateway.prm["resource"] = "https://GW.example/mcp/one?x=%7e"
    walker = Walker(gateway)
    walker.to_connected()
    walker.take("refresh")
    asked = walker.facts.authorization
    assert asked is not None and asked.resource == gateway.prm["resource"]
    assert [form(r)["resource"] for r in gateway.asked if r.url == f"{AS}/token"] == [gateway.prm["resource"]] * 2


def test_the_oldest_revision_asks_no_resource_metadata_and_sends_no_resource(gateway: Gateway) -> None:
    walker = Walker(gateway, revision="2025-03-26")
    walker.to_connected()
    assert walker.facts.steps["resource_metadata"].state == "skipped"
    assert not any("oauth-protected-resource" in r.url for r in gateway.asked)
    assert all("resource" not in form(r) for r in gateway.asked if r.url == f"{AS}/token")
    metadata = next(r for r in gateway.asked if "oauth-authorization-server" in r.url)
    assert metadata.header("MCP-Protocol-Version") == "2025-03-26"


def test_nothing_published_falls_back_to_the_default_endpoints(gateway: Gateway) -> None:
    gateway.on["GET /.well-known/oauth-protected-resource/mcp/one"] = lambda r: (404, {}, b"")
    gateway.on["GET /.well-known/oauth-authorization-server"] = lambda r: (404, {}, b"")
    gateway.on["POST /mcp/one"] = lambda r: gateway._mcp(r) if r.header("authorization") else (401, {}, b"")
    walker = Walker(gateway)
    walker.to_connected()
    assert walker.facts.fallback and walker.facts.guessed_endpoints
    assert standing(walker.facts, None, False).state == "connected"


def test_a_refused_tool_leads_to_a_step_up_with_the_union_of_scopes(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.to_connected()
    gateway.on["POST /mcp/one"] = lambda r: (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="mcp:write"'}, b"")
    act(walker.run, "call_tool", {"tool": "one"}, None)
    walker.go()
    assert standing(walker.facts, None, False).state == "stepup"
    asked = walker.facts.authorization
    assert asked is not None and asked.scope == "mcp:tools mcp:write" and asked.reason == "stepup"
    del gateway.on["POST /mcp/one"]
    walker.come_back()
    walker.go()
    assert standing(walker.facts, None, False).state == "connected"
    # the pending call was repeated by itself, without a new list: the new token may be good for that call only
    assert walker.roles("call") == ["discover", "tools/list", "tools/call", "discover", "tools/call"]


def test_a_tool_that_is_called_after_a_refresh_is_all_that_is_sent(gateway: Gateway) -> None:
    """The replay may end the grant, so it has a press of its own."""
    walker = Walker(gateway)
    walker.to_connected()
    walker.take("refresh")
    act(walker.run, "call_tool", {"tool": "one"}, None)
    walker.go()
    assert walker.roles("call")[-1] == "tools/call" and walker.roles("replay") == []
    here = standing(walker.facts, None, False)
    assert (here.state, here.step) == ("connected", "replay")
    walker.go()
    assert walker.facts.replay_outcome == "grant_killed", "the rest is run when it is asked for"


def test_a_step_up_after_a_refresh_ends_with_the_call_too(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.to_connected()
    walker.take("refresh")
    gateway.on["POST /mcp/one"] = lambda r: (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="mcp:write"'}, b"")
    act(walker.run, "call_tool", {"tool": "one"}, None)
    walker.go()
    del gateway.on["POST /mcp/one"]
    walker.come_back()
    walker.go()
    assert walker.roles("call")[-1] == "tools/call" and walker.roles("replay") == []
    assert standing(walker.facts, None, False).state == "connected"


def test_a_server_that_always_wants_more_gets_three_requests_and_no_more(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda r: (
        (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="more"'}, b"")
        if r.header("authorization")
        else gateway._mcp(r)
    )
    walker = Walker(gateway, forbids=lambda run: None)
    walker.go()
    for _ in range(6):
        if standing(walker.facts, None, False).state in ("authorize", "stepup"):
            walker.come_back()
        walker.go()
    assert len(walker.facts.authorizations) == 3


def test_a_401_that_a_working_token_meets_starts_again_at_discovery(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.to_connected()
    gateway.living_access.clear()
    other = "https://as2.example"
    gateway.prm["authorization_servers"] = [other]
    gateway.metadata |= {k: v.replace(AS, other) for k, v in gateway.metadata.items() if isinstance(v, str)}
    act(walker.run, "call_tool", {"tool": "one"}, None)
    walker.go()
    assert walker.facts.lap == 1
    assert standing(walker.facts, None, False).state == "authorize"
    assert set(walker.facts.clients) == {AS, other}  # registered anew at the new issuer
    walker.come_back()
    walker.go()
    assert walker.roles("call")[-1] == "tools/call" and walker.facts.pending is None


def test_auto_falls_back_to_initialize_when_a_modern_request_is_not_understood(gateway: Gateway) -> None:
    def legacy(request):  # type: ignore[no-untyped-def]
        message = json.loads(request.body)
        if request.header("authorization") and message["method"] == "server/discover":
            return 400, {}, b"what?"
        return gateway._mcp(request)

    gateway.on["POST /mcp/one"] = legacy
    walker = Walker(gateway, revision="auto")
    walker.to_connected()
    assert walker.roles("call") == ["discover", "initialize", "initialized", "tools/list"]
    assert walker.facts.era == "legacy" and walker.facts.protocol == "2025-11-25"


def test_an_open_initialize_is_not_the_end_of_the_probe(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda r: (
        gateway.answer_rpc(json.loads(r.body)) if json.loads(r.body)["method"] != "tools/list" else gateway._mcp(r)
    )
    walker = Walker(gateway, revision="2025-11-25")
    walker.take("probe")
    assert walker.roles("probe") == ["initialize", "initialized", "tools/list"]
    assert walker.facts.probed == "protected"


def test_an_open_gateway_is_known_to_be_open(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda r: gateway.answer_rpc(json.loads(r.body))
    walker = Walker(gateway, revision="2025-11-25")
    walker.take("probe")
    assert walker.facts.probed == "open"


def test_without_refresh_token_and_revocation_endpoint_the_walk_is_done_with_reasons(gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: json_reply({"access_token": "access-token-1", "token_type": "Bearer"})
    gateway.living_access.add("access-token-1")
    del gateway.metadata["revocation_endpoint"]
    walker = Walker(gateway)
    walker.to_connected()
    walker.go()
    assert standing(walker.facts, None, False).state == "done"
    assert [walker.facts.steps[n].state for n in ("refresh", "replay", "revoke", "confirm")] == ["skipped"] * 4
    assert all(walker.facts.steps[n].reason for n in ("refresh", "replay", "revoke", "confirm"))
    assert standing(walker.facts, None, False).reason.startswith("Revocation was not proved.")


def test_a_code_is_never_sent_twice_unasked(gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: json_reply({"error": "invalid_grant"}, 400)
    walker = Walker(gateway)
    walker.to_connected()
    walker.take("token")
    assert len([r for r in gateway.asked if r.url == f"{AS}/token"]) == 1


def test_a_late_replay_that_is_accepted_again_is_no_grace_window(gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: gateway.issue()
    walker = Walker(gateway)
    walker.to_connected()
    walker.take("refresh")
    walker.take("replay")
    assert walker.facts.replay_outcome == "in_grace"
    walker.take("replay")
    assert walker.facts.replay_outcome == "always_accepted"


def test_the_token_never_stands_in_a_url(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.to_connected()
    assert not any("access-token" in r.url for r in gateway.asked)
    assert all(r.url == TARGET for r in gateway.asked if r.header("authorization"))


def test_a_server_that_hands_out_the_same_code_each_time_is_walked_too(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.go()
    walker.come_back(code="always-the-same")
    walker.go()
    walker.go()
    walker.come_back(code="always-the-same")
    walker.go()
    assert standing(walker.facts, None, False).state == "done"


def test_a_metadata_url_that_cannot_be_read_is_no_crash(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda r: (401, {"WWW-Authenticate": 'Bearer resource_metadata="http://["'}, b"")
    walker = Walker(gateway)
    walker.take("probe")
    assert walker.facts.metadata_url == "http://["  # kept as it came; the wire refuses to send there
    ask = preview(walker.facts, "resource_metadata")
    assert ask is not None and parameters(ask.request) == ()


def test_a_relative_metadata_url_is_joined_and_a_broken_one_ignored(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda r: (401, {"WWW-Authenticate": 'Bearer resource_metadata="/meta"'}, b"")
    walker = Walker(gateway)
    walker.take("probe")
    assert walker.facts.metadata_url == f"{AS}/meta"


def test_a_revocation_without_effect_is_not_called_a_proof(gateway: Gateway) -> None:
    gateway.on["POST /revoke"] = lambda r: (200, {}, b"")
    walker = Walker(gateway)
    walker.to_connected()
    for step in ("refresh", "revoke", "confirm"):
        walker.take(step)
    assert proof(walker.facts) == "Revocation was not proved: the revoked access token was not refused."


@pytest.mark.parametrize(("lost", "outcome", "reason"), [(True, "interrupted", LOST), (False, "cancelled", CANCELLED)])
def test_a_step_that_was_stopped_says_who_stopped_it(gateway: Gateway, lost: bool, outcome: str, reason: str) -> None:
    walker = Walker(gateway)
    walker.means = replace(walker.means, stop=lambda: True, lost=lambda: lost)
    walker.take("probe")
    ended = walker.run.entries[-1].body
    assert isinstance(ended, Choice) and (ended.values["outcome"], ended.values["reason"]) == (outcome, reason)
    assert walker.facts.steps["probe"].state == "interrupted" and gateway.asked == []
