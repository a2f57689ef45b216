from __future__ import annotations

import pytest
from dance import LEGACY, Dance, through_flask
from flask import Flask
from practice_parts import Clock


@pytest.fixture
def github(dance: Dance) -> Dance:
    dance.route = "github-v1"
    return dance.to_tokens()


def link(dance: Dance) -> str:
    return dance.call("tools/call", {"name": "list_projects"}).json["error"]["data"]["elicitations"][0]["url"]


def test_a_tool_that_needs_the_upstream_names_the_link_in_both_shapes(github: Dance) -> None:
    answer = github.call("tools/call", {"name": "list_projects"})
    error = answer.json["error"]
    assert (answer.status, error["code"]) == (200, -32042)
    (asked,) = error["data"]["elicitations"]
    assert (asked["mode"], asked["url"], error["data"]["state"]) == ("url", error["data"]["authUrl"], "authenticating")
    assert asked["elicitationId"] and asked["message"]


def test_after_the_link_the_same_call_works(github: Dance) -> None:
    assert github.call("initialize", {"protocolVersion": LEGACY}).status == 200
    done = github.press(github.get(link(github)), "connect")
    assert 'data-practice="connected"' in done.text
    assert "project A" in github.call("tools/call", {"name": "list_projects"}).rpc["result"]["content"][0]["text"]


def test_a_double_click_and_a_reload_find_it_connected(github: Dance) -> None:
    page = github.get(link(github))
    github.press(page, "connect")
    assert github.press(page, "connect").status == 200
    assert 'data-practice="connected"' in github.get(page.url).text


def test_a_used_link_does_not_connect_again(github: Dance) -> None:
    page = github.get(link(github))
    github.press(page, "connect")
    github.press(github.get("/practice/"), "disconnect")
    assert github.press(page, "connect").status == 400


def test_looking_at_the_link_connects_nothing(github: Dance) -> None:
    github.get(link(github))
    assert github.call("tools/call", {"name": "list_projects"}).json["error"]["code"] == -32042


def test_a_link_works_only_for_the_person_it_was_made_for(github: Dance, app: Flask) -> None:
    url, stranger = link(github), Dance(through_flask(app), route="github-v1")
    assert stranger.get(url).status == 403
    stranger.to_tokens()
    assert stranger.get(url).status == 403
    assert stranger.press(github.get(url), "connect").status == 403


def test_a_link_is_whole_and_young(github: Dance, clock: Clock) -> None:
    url = link(github)
    assert github.get(url + "x").status == 404
    assert github.get(url.replace("github", "linear")).status == 404
    assert github.get(url.split("?")[0]).status == 404
    clock.move(900)
    assert github.get(url).status == 404


def test_a_disconnected_upstream_stops_the_route_that_asked_at_consent(granted: Dance) -> None:
    granted.press(granted.get("/practice/"), "disconnect")
    assert granted.call("initialize", {"protocolVersion": LEGACY}).json["error"]["code"] == -32042
    assert granted.call("tools/call", {"name": "list_issues"}).status == 200


def test_the_front_page_names_routes_and_person(granted: Dance) -> None:
    page = granted.get("/practice/")
    assert granted.resource in page.text
    assert "Signed in here as Ada Practice" in page.text
    assert granted.send("DELETE", page.url, {}, b"").status == 405


def test_a_form_of_another_site_disconnects_nothing(granted: Dance, app: Flask) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert granted.send("POST", f"{granted.origin}/practice/", headers, b"upstream=linear&key=guess").status == 403
    assert Dance(through_flask(app)).send("POST", f"{granted.origin}/practice/", headers, b"").status == 403
    assert granted.call("initialize", {"protocolVersion": LEGACY}).status == 200
