"""Strangers who register and sign in without end fill the practice gateways, and not the store."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dance import Dance, through_flask
from practice_parts import Clock, small_app
from sqlalchemy import Engine

from app.practice import blueprint, fullness
from app.practice.fullness import LOOK_SECONDS, MOST, UNUSED_SECONDS, Fullness
from app.practice.tables import clients, sweep
from app.settings import Settings


def test_a_table_that_holds_its_most_is_full_until_its_rows_have_gone(dance: Dance, engine: Engine, clock: Clock) -> None:
    is_full = Fullness(engine, clock, {clients: 3})
    seen = []
    for _ in range(4):
        dance.register()
        seen.append(is_full())
        clock.move(LOOK_SECONDS)
    assert seen == [False, False, True, True]
    sweep(engine, clock() + 30 * 86_400)
    assert not is_full()


def test_it_looks_no_more_than_now_and_then(dance: Dance, engine: Engine, clock: Clock) -> None:
    is_full = Fullness(engine, clock, {clients: 1})
    assert not is_full()
    dance.register()
    assert not is_full()
    clock.move(LOOK_SECONDS)
    assert is_full()


def test_clients_that_nobody_approved_give_way_after_an_hour_and_those_with_a_grant_stay(
    granted: Dance, engine: Engine, clock: Clock
) -> None:
    is_full, unused = Fullness(engine, clock, {clients: 3}), replace(granted)
    for _ in range(3):
        unused.register()
    clock.move(UNUSED_SECONDS - 1)
    assert is_full()
    clock.move(LOOK_SECONDS)
    assert not is_full()
    assert granted.refresh().status == 200 and "is not known" in unused.get(unused.authorize_url()).text


def test_a_full_gateway_says_so_and_a_walk_that_has_its_token_goes_on(
    granted: Dance, settings: Settings, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blueprint, "Fullness", lambda engine, clock: Fullness(engine, clock, {clients: 1}))
    full = replace(granted, send=through_flask(small_app(settings, engine, clock=clock)))
    refused = full.register()
    assert (refused.status, refused.json["error"], refused.headers["retry-after"]) == (503, "temporarily_unavailable", "600")
    assert refused.json["error_description"] == fullness.SAYS
    page = full.get(full.authorize_url())
    assert page.status == 503 and "The practice gateway is full" in page.text
    assert full.call("tools/list").status == 200


def test_what_one_client_registers_is_bounded(dance: Dance) -> None:
    uris = [f"http://127.0.0.1/{number}/{'x' * 1_900}" for number in range(2)]
    assert dance.register(redirect_uris=uris[:1]).status == 201
    refused = dance.register(redirect_uris=uris)
    assert (refused.status, refused.json["error"]) == (400, "invalid_redirect_uri")


def test_every_table_of_a_walk_has_its_most() -> None:
    of_walks = {"clients", "flows", "logins", "codes", "grants", "tokens"}
    assert {table.name.removeprefix("practice_") for table in MOST} == of_walks
