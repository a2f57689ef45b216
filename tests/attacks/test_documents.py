"""120 bodies and more as each document that a gateway sends: what is JSON is read, what is not is named, nothing breaks a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attacks.naughty_corpus import DISPUTED, N, Y
from browsers import Browser
from canned import Gateway, Walker
from flask import Flask

from app.checks.engine import examine
from app.flow.log import Run
from app.wire.parse.json import read_json

PLACES = {
    "resource metadata": "GET /.well-known/oauth-protected-resource/mcp/one",
    "server metadata": "GET /.well-known/oauth-authorization-server",
    "registration": "POST /register",
    "token": "POST /token",
}
BODIES = [*Y, *N, *DISPUTED]
SAMPLE = [Y[-1], N[1], N[-1], *DISPUTED[::3]]


def test_there_are_enough_of_each_kind() -> None:
    assert len(BODIES) >= 120 and min(len(Y), len(N)) >= 50 and len(set(BODIES)) == len(BODIES)


@pytest.mark.attack("B3")
def test_each_body_is_judged_as_its_construction_says() -> None:
    assert [body for body in Y if read_json(body).error] == []
    assert [body for body in N if not read_json(body).error] == []
    for body in DISPUTED:
        found = read_json(body)
        assert not found.error or found.value is None


def walk_with(place: str, body: bytes) -> Run:
    gateway = Gateway()
    gateway.on[PLACES[place]] = lambda request: (201 if place == "registration" else 200, {"Content-Type": "application/json"}, body)
    walker = Walker(gateway)
    walker.go()
    if walker.facts.authorization is not None:
        walker.come_back()
        walker.go()
    return walker.run


@pytest.mark.attack("B3")
@pytest.mark.parametrize("place", PLACES)
def test_no_body_breaks_the_walk_and_what_is_no_json_is_found(place: str) -> None:
    silent = []
    for body in BODIES:
        run = walk_with(place, body)
        findings = examine(run)
        if body in N and not findings:
            silent.append(body)
    assert silent == []


@pytest.mark.attack("B3")
@pytest.mark.parametrize("place", PLACES)
def test_no_body_breaks_a_page_its_twin_or_a_file(make_app: Callable[..., Flask], gateway: Gateway, place: str) -> None:
    ada = Browser(make_app(new_runs_per_minute=0, runs_per_browser=0))
    for body in SAMPLE:
        gateway.on[PLACES[place]] = lambda request, body=body: (200, {"Content-Type": "application/json"}, body)  # type: ignore[misc]
        ada.start()
        ada.press("run")
        if ada.page.state == "authorize":
            ada.log_in()
        for path in ("", ".json", ".zip", "/consistency", "/pictures", "/score"):
            assert ada.get(f"/runs/{ada.run_id}{path}").status_code in (200, 404), (body[:40], path)
