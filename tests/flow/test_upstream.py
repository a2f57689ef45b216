"""Upstream links in both eras, and a vendor's shape."""

from __future__ import annotations

import json
from typing import Any

from canned import Gateway, Walker, json_reply

from app.flow.acts import act
from app.flow.standing import standing


def connected(gateway: Gateway, revision: str, reply: dict[str, Any]) -> Walker:
    walker = Walker(gateway, revision=revision)
    walker.to_connected()

    def answer(request):  # type: ignore[no-untyped-def]
        message = json.loads(request.body)
        return json_reply({"jsonrpc": "2.0", "id": message["id"], **reply}) if message["method"] == "tools/call" else gateway._mcp(request)

    gateway.on["POST /mcp/one"] = answer
    act(walker.run, "call_tool", {"tool": "one"}, None)
    walker.go()
    return walker


def test_minus_32042_with_elicitations_offers_the_link(gateway: Gateway) -> None:
    links = [{"mode": "url", "elicitationId": "e", "url": "https://up.example/connect", "message": "Connect"}]
    walker = connected(gateway, "2025-11-25", {"error": {"code": -32042, "message": "m", "data": {"elicitations": links}}})
    assert walker.facts.connect is not None and walker.facts.connect.urls == ("https://up.example/connect",)
    assert standing(walker.facts, None, False).state == "connect"


def test_minus_32042_with_a_vendors_auth_url_offers_the_link_too(gateway: Gateway) -> None:
    held = {"authUrl": "https://up.example/c", "state": "authenticating"}
    walker = connected(gateway, "2025-11-25", {"error": {"code": -32042, "message": "m", "data": held}})
    assert walker.facts.connect is not None and walker.facts.connect.urls == ("https://up.example/c",)
    assert walker.facts.connect.state == "authenticating"


def test_input_required_is_answered_with_the_same_request_state(gateway: Gateway) -> None:
    asked = {"connect": {"method": "elicitation/create", "params": {"mode": "url", "url": "https://up.example/x", "message": "m"}}}
    result = {"resultType": "input_required", "inputRequests": asked, "requestState": "opaque=="}
    walker = connected(gateway, "2026-07-28", {"result": result})
    assert standing(walker.facts, None, False).state == "connect"
    del gateway.on["POST /mcp/one"]
    first = gateway.asked[-1].rpc_id
    act(walker.run, "retry", {}, None)
    walker.go()
    message = json.loads(gateway.asked[-1].body)
    assert message["params"]["requestState"] == "opaque==" and message["params"]["inputResponses"] == {"connect": {"action": "accept"}}
    assert message["id"] != first and walker.facts.pending is None
    assert standing(walker.facts, None, False).state == "connected"
