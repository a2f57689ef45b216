"""What a gateway keeps of the requests that it was sent: bounded, sealed, without cookies, and never in the way of an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dance import Dance, through_flask
from practice_parts import Clock, small_app
from sqlalchemy import Engine, select

from app.practice import Keeper, sweep
from app.practice.gateways import close_gateway, open_gateway
from app.practice.request_log import MOST_KEPT, TRIMMED_EVERY, requests_of
from app.practice.tables import KEEP_SECONDS, requests
from app.settings import Settings
from app.store.database import StoreUnavailable, reading


class Reversing:
    """A seal that anybody can see through but no plain search."""

    def seal(self, clear: bytes) -> bytes:
        return clear[::-1]

    def open(self, sealed: bytes) -> bytes:
        return sealed[::-1]


KEEPER = Reversing()


@pytest.fixture
def at_gateway(settings: Settings, engine: Engine, clock: Clock) -> Callable[..., Dance]:
    def make(keeper: Keeper | None = KEEPER, owner: str = "ada") -> Dance:
        app = small_app(settings, engine, clock=clock, keeper=keeper)
        opened = open_gateway(engine, owner=owner, now=clock())
        return Dance(through_flask(app), mount=f"/practice/g/{opened.id}")

    return make


def kept(engine: Engine, dance: Dance) -> list[tuple[str, int]]:
    return [(one.url.partition("?")[0].rpartition(dance.mount)[2], one.status) for one in requests_of(engine, KEEPER, gateway(dance))]


def gateway(dance: Dance) -> str:
    return dance.mount.rpartition("/")[2]


def test_a_sign_in_is_kept_as_the_client_did_it_without_the_person_s_own_pages(engine: Engine, at_gateway: Callable[..., Dance]) -> None:
    dance = at_gateway().to_tokens()
    route = "/oauth/authorize/mcp/linear-v1"
    assert kept(engine, dance) == [("/oauth/register", 201), (route, 303), ("/oauth/setup", 303), ("/oauth/token", 200)]
    last = requests_of(engine, KEEPER, gateway(dance))[-1]
    assert b"code_verifier=" in last.body and b"access_token" in last.answer_body


def test_no_cookie_of_the_person_s_browser_is_kept_and_nothing_stands_in_clear(engine: Engine, at_gateway: Callable[..., Dance]) -> None:
    dance = at_gateway().to_tokens()
    told = repr(requests_of(engine, KEEPER, gateway(dance)))
    assert "practice_login=" not in told and "left out" in told
    with reading(engine) as connection:
        sealed = b"".join(connection.scalars(select(requests.c.sealed)))
    assert b"grant_type" not in sealed and b"access_token" not in sealed


def test_only_the_newest_requests_of_a_gateway_stay_and_others_lose_none(engine: Engine, at_gateway: Callable[..., Dance]) -> None:
    busy, quiet = at_gateway(), at_gateway()
    quiet.get(f"/.well-known/oauth-protected-resource{quiet.mount}/mcp/linear-v1")
    for _ in range(MOST_KEPT + TRIMMED_EVERY + 5):
        busy.get(f"/.well-known/oauth-protected-resource{busy.mount}/mcp/linear-v1")
    with reading(engine) as connection:
        rows = list(connection.scalars(select(requests.c.gateway)))
    assert MOST_KEPT <= rows.count(gateway(busy)) < MOST_KEPT + TRIMMED_EVERY
    assert rows.count(gateway(quiet)) == 1


def test_what_was_kept_goes_with_its_gateway_and_with_time(engine: Engine, at_gateway: Callable[..., Dance], clock: Clock) -> None:
    closed, old = at_gateway(), at_gateway()
    for dance in (closed, old):
        dance.register()
    close_gateway(engine, gateway(closed))
    assert kept(engine, closed) == [] and len(kept(engine, old)) == 1
    clock.move(86_400 + KEEP_SECONDS + 1)
    assert sweep(engine, clock()) > 0 and kept(engine, old) == []


def test_a_store_in_trouble_does_not_change_the_answer(
    engine: Engine, at_gateway: Callable[..., Dance], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("The store is full.")

    dance = at_gateway()
    monkeypatch.setattr("app.practice.request_log._insert", full)
    assert dance.register().status == 201
    assert kept(engine, dance) == []


def test_without_a_keeper_nothing_is_kept(engine: Engine, at_gateway: Callable[..., Dance]) -> None:
    dance = at_gateway(keeper=None)
    assert dance.register().status == 201
    assert kept(engine, dance) == []


def test_a_gateway_without_an_owner_keeps_nothing(engine: Engine, at_gateway: Callable[..., Dance]) -> None:
    dance = at_gateway(owner="").to_tokens()
    assert kept(engine, dance) == []


def test_the_healthy_gateway_keeps_nothing_of_anybody(engine: Engine, settings: Settings, clock: Clock) -> None:
    Dance(through_flask(small_app(settings, engine, clock=clock, keeper=KEEPER))).to_tokens()
    with reading(engine) as connection:
        assert connection.execute(select(requests)).all() == []
