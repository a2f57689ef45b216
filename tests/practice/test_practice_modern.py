from __future__ import annotations

import base64
from typing import Any

import pytest
from dance import META, MODERN, Answer, Dance, through_flask
from flask import Flask
from practice_parts import Clock

VERSION, CAPABILITIES = f"{META}protocolVersion", f"{META}clientCapabilities"


def refusal(answer: Answer) -> tuple[int, int]:
    return answer.status, answer.json["error"]["code"]


def test_discover_answers_what_the_revision_wants(granted: Dance) -> None:
    result = granted.call("server/discover", era=MODERN).rpc["result"]
    assert (result["resultType"], result["ttlMs"], result["cacheScope"]) == ("complete", 0, "private")
    assert result["_meta"][f"{META}serverInfo"]["name"] == "practice-gateway"
    assert "tools" in result["capabilities"]


@pytest.mark.parametrize("method", ["initialize", "ping", "resources/list", "no/such"])
def test_an_unknown_method_is_a_404(granted: Dance, method: str) -> None:
    assert refusal(granted.call(method, era=MODERN)) == (404, -32601)


@pytest.mark.parametrize(
    "headers",
    [
        {"MCP_Protocol_Version": None},
        {"MCP_Protocol_Version": "2025-11-25"},
        {"MCP_Protocol_Version": "2027-01-01"},
        {"Mcp_Method": None},
        {"Mcp_Method": "tools/list"},
        {"Mcp_Name": None},
        {"Mcp_Name": "create_issue"},
        {"Mcp_Name": "=?base64?!!!?="},
    ],
)
def test_headers_must_agree_with_the_body(granted: Dance, headers: dict[str, str | None]) -> None:
    assert refusal(granted.call("tools/call", {"name": "list_issues"}, MODERN, **headers)) == (400, -32020)


def test_a_base64_name_is_read(granted: Dance) -> None:
    name = base64.b64encode(b"list_issues").decode()
    assert granted.call("tools/call", {"name": "list_issues"}, MODERN, Mcp_Name=f"=?base64?{name}?=").status == 200


@pytest.mark.parametrize(
    "meta",
    [{}, {CAPABILITIES: {}}, {VERSION: MODERN}, {VERSION: MODERN, CAPABILITIES: []}],
)
def test_meta_must_be_whole(granted: Dance, meta: dict[str, Any]) -> None:
    assert refusal(granted.call("tools/list", {"_meta": meta}, MODERN)) == (400, -32602)


def test_a_version_that_is_not_spoken_is_refused_with_those_that_are(granted: Dance) -> None:
    meta = {VERSION: "2027-01-01", CAPABILITIES: {}}
    answer = granted.call("tools/list", {"_meta": meta}, MODERN, MCP_Protocol_Version="2027-01-01")
    assert refusal(answer) == (400, -32022)
    assert answer.json["error"]["data"]["requested"] == "2027-01-01"


def test_scope_is_judged_in_this_era_too(granted: Dance) -> None:
    assert granted.call("tools/call", {"name": "delete_workspace"}, MODERN).status == 403


def test_a_tool_result_says_that_it_is_complete(granted: Dance) -> None:
    assert granted.call("tools/call", {"name": "list_projects"}, MODERN).rpc["result"]["resultType"] == "complete"


class TestConnect:
    @pytest.fixture
    def github(self, dance: Dance) -> Dance:
        dance.route = "github-v1"
        return dance.to_tokens()

    def ask(self, github: Dance, **more: Any) -> Answer:
        return github.call("tools/call", {"name": "list_projects"} | more, MODERN)

    def test_a_missing_upstream_is_asked_for_by_link_and_the_retry_works(self, github: Dance) -> None:
        asked = self.ask(github).rpc["result"]
        assert asked["resultType"] == "input_required"
        ((key, wanted),) = asked["inputRequests"].items()
        assert (wanted["method"], wanted["params"]["mode"]) == ("elicitation/create", "url")
        github.press(github.get(wanted["params"]["url"]), "connect")
        answers = {"inputResponses": {key: {"action": "accept"}}, "requestState": asked["requestState"]}
        assert self.ask(github, **answers).rpc["result"]["resultType"] == "complete"

    def test_an_accept_before_the_page_was_used_asks_again(self, github: Dance) -> None:
        asked = self.ask(github).rpc["result"]
        answers = {"inputResponses": {"connect-github": {"action": "accept"}}, "requestState": asked["requestState"]}
        assert self.ask(github, **answers).rpc["result"]["resultType"] == "input_required"

    def test_a_no_is_told_to_the_model(self, github: Dance) -> None:
        asked = self.ask(github).rpc["result"]
        answers = {"inputResponses": {"connect-github": {"action": "decline"}}, "requestState": asked["requestState"]}
        assert self.ask(github, **answers).rpc["result"]["isError"] is True

    @pytest.mark.parametrize("state", ["", "x.y", 7, None, "\ud800", "\u00e9.\u00e9"])
    def test_a_state_that_was_never_given_is_refused(self, github: Dance, state: object) -> None:
        assert refusal(self.ask(github, requestState=state)) == (400, -32602)

    def test_a_state_is_good_for_its_account_and_its_time(self, github: Dance, app: Flask, clock: Clock) -> None:
        state = self.ask(github).rpc["result"]["requestState"]
        other = Dance(through_flask(app), route="github-v1").to_tokens()
        assert refusal(self.ask(other, requestState=state)) == (400, -32602)
        assert refusal(self.ask(github, requestState=state + "0")) == (400, -32602)
        github.tokens = github.refresh().json
        clock.move(899)
        assert self.ask(github, requestState=state).rpc["result"]["resultType"] == "input_required"
        clock.move(1)
        github.tokens = github.refresh().json
        assert refusal(self.ask(github, requestState=state)) == (400, -32602)

    @pytest.mark.parametrize("capabilities", [{}, {"elicitation": {}}, {"elicitation": {"form": {}}}, {"elicitation": "url"}])
    def test_a_client_that_cannot_open_links_is_told_what_it_lacks(self, github: Dance, capabilities: dict[str, Any]) -> None:
        answer = self.ask(github, _meta={VERSION: MODERN, CAPABILITIES: capabilities})
        assert refusal(answer) == (400, -32021)
        assert answer.json["error"]["data"]["requiredCapabilities"] == {"elicitation": {"url": {}}}
