from __future__ import annotations

from typing import Any

import pytest
from dance import Dance


@pytest.mark.parametrize(
    ("asked", "given"),
    [("2025-03-26", "2025-03-26"), ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1900-01-01", "2025-11-25")],
)
def test_initialize_agrees_on_a_version(granted: Dance, asked: str, given: str) -> None:
    answer = granted.call("initialize", {"protocolVersion": asked}, MCP_Protocol_Version=None)
    assert answer.rpc["result"]["protocolVersion"] == given
    assert "mcp-session-id" not in answer.headers


def test_an_initialize_with_a_modern_header_is_still_legacy(granted: Dance) -> None:
    assert granted.call("initialize", {"protocolVersion": "2025-11-25"}, MCP_Protocol_Version="2026-07-28").rpc["result"]


def test_a_notification_is_accepted_without_a_body(granted: Dance) -> None:
    body = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {granted.tokens['access_token']}"}
    answer = granted.send("POST", granted.resource, headers, body)
    assert (answer.status, answer.text) == (202, "")


def test_an_unknown_version_is_a_400_that_lists_the_known_ones(granted: Dance) -> None:
    answer = granted.call("ping", MCP_Protocol_Version="1900-01-01")
    assert (answer.status, answer.json["error"]["code"]) == (400, -32022)
    assert answer.json["error"]["data"]["supported"] == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("resources/list", {}, -32601),
        ("server/discover", {}, -32601),
        ("tools/call", {"name": "no_such"}, -32602),
        ("tools/call", {"name": ["list_issues"]}, -32602),
        ("tools/call", {"name": "list_issues", "arguments": []}, -32602),
        ("initialize", {}, -32602),
    ],
)
def test_errors_of_the_message_are_answered_as_json_rpc(granted: Dance, method: str, params: dict[str, Any], code: int) -> None:
    answer = granted.call(method, params)
    assert (answer.status, answer.json["error"]["code"], answer.json["id"]) == (200, code, 1)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("list_issues", {"state": "lost"}, "must be one of"),
        ("list_issues", {"state": 7}, "must be of type"),
        ("list_issues", {"colour": "red"}, "no such argument"),
        ("create_issue", {}, "Missing argument"),
    ],
)
def test_wrong_arguments_are_a_result_that_a_model_can_correct(granted: Dance, name: str, arguments: dict[str, Any], says: str) -> None:
    result = granted.call("tools/call", {"name": name, "arguments": arguments}).rpc["result"]
    assert result["isError"] is True
    assert says in result["content"][0]["text"]


def test_tools_answer_and_say_that_nothing_happened(granted: Dance) -> None:
    assert "PRACTICE-1" in granted.call("tools/call", {"name": "list_issues"}).rpc["result"]["content"][0]["text"]
    made = granted.call("tools/call", {"name": "create_issue", "arguments": {"title": "{0.__class__} x"}}).rpc["result"]
    assert made["content"][0]["text"].endswith("{0.__class__} x")


def test_a_writing_tool_is_marked(granted: Dance) -> None:
    tools = {tool["name"]: tool["annotations"] for tool in granted.call("tools/list").rpc["result"]["tools"]}
    assert tools["list_issues"]["readOnlyHint"] is True
    assert (tools["create_issue"]["readOnlyHint"], tools["create_issue"]["destructiveHint"]) == (False, False)
    assert tools["delete_workspace"]["destructiveHint"] is True


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, -32700),
        (b"{", 400, -32700),
        (b"[" * 50_000, 400, -32700),
        (b"9" * 6_000, 400, -32700),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', 400, -32700),
        (b"\xff\xfe", 400, -32700),
        (b"[]", 400, -32600),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 400, -32600),
        (b'{"id":1,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 400, -32602),
    ],
)
def test_a_body_that_is_no_message_is_refused(granted: Dance, body: bytes, status: int, code: int) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {granted.tokens['access_token']}"}
    answer = granted.send("POST", granted.resource, headers, body)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)


def test_an_odd_id_comes_back_as_it_was(granted: Dance) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {granted.tokens['access_token']}"}
    answer = granted.send("POST", granted.resource, headers, b'{"jsonrpc":"2.0","id":"\\ud800<b>","method":"ping"}')
    assert answer.json["id"] == "\ud800<b>"


def test_the_form_of_the_answer_follows_accept(granted: Dance) -> None:
    assert granted.call("ping", Accept="text/event-stream").rpc["result"] == {}
    assert granted.call("ping", Accept="text/event-stream").headers["content-type"] == "text/event-stream"
    assert granted.call("tools/list", Accept="application/json").headers["content-type"] == "application/json"
    assert granted.call("ping", Accept="text/html").status == 406
    assert granted.call("ping", Accept=None).status == 200
    assert granted.call("ping", Content_Type="text/plain").status == 415


def test_an_answer_fits_the_output_schema(granted: Dance) -> None:
    (tool, *_rest) = granted.call("tools/list").rpc["result"]["tools"]
    result = granted.call("tools/call", {"name": tool["name"]}).rpc["result"]
    assert tool["outputSchema"]["required"] == list(result["structuredContent"])
    assert result["structuredContent"]["lines"] == result["content"][0]["text"].splitlines()
