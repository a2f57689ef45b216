from __future__ import annotations

from dance import LEGACY, MODERN, Dance, Send, through_flask
from flask import Flask


def test_the_whole_flow_ends_in_a_401_after_revocation(dance: Dance) -> None:
    assert dance.call("ping").status == 401
    dance.to_tokens()
    assert dance.call("initialize", {"protocolVersion": LEGACY}).rpc["result"]["protocolVersion"] == LEGACY
    dance.tokens = dance.refresh().json
    assert dance.call("tools/list").status == 200
    assert dance.revoke(dance.tokens["refresh_token"]).status == 200
    assert dance.call("tools/list").status == 401
    assert dance.refresh().json["error"] == "invalid_grant"


def test_both_eras_are_served_at_one_url(granted: Dance) -> None:
    assert granted.call("server/discover", era=MODERN).rpc["result"]["supportedVersions"][0] == MODERN
    assert granted.call("initialize", {"protocolVersion": LEGACY}, MCP_Protocol_Version=None).rpc["result"]["serverInfo"]


def test_one_walk_sees_json_and_an_event_stream(granted: Dance) -> None:
    assert granted.call("ping").headers["content-type"] == "application/json"
    listed = granted.call("tools/list")
    assert listed.headers["content-type"] == "text/event-stream"
    assert listed.headers["cache-control"] == "no-store"
    assert [tool["name"] for tool in listed.rpc["result"]["tools"]] == ["list_issues", "create_issue", "list_projects", "delete_workspace"]


def test_a_second_walk_in_the_same_browser_skips_login_and_connect(granted: Dance, send: Send) -> None:
    again = Dance(send)
    again.register()
    page = again.to_consent()
    assert 'data-practice="connect"' not in page.text
    assert again.press(page, "approve").answered["code"]


def test_two_people_of_the_same_name_share_nothing(granted: Dance, app: Flask) -> None:
    other = Dance(through_flask(app))
    other.register()
    assert 'data-practice="connect"' in other.to_consent().text


def test_a_confidential_client_walks_with_basic_and_with_post(dance: Dance) -> None:
    for method in ("client_secret_basic", "client_secret_post"):
        registered = dance.register(token_endpoint_auth_method=method)
        assert registered.json["client_secret_expires_at"] > registered.json["client_id_issued_at"]
        dance.code = dance.allow().answered["code"]
        dance.tokens = dance.redeem().json
        assert dance.refresh().status == 200
        assert dance.revoke(dance.tokens["access_token"]).status == 200
