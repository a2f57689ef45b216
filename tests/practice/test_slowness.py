"""Slow on purpose, and few at once: a gateway that sleeps must not put the people of the same server to sleep."""

from __future__ import annotations

from dance import through_flask
from practice_parts import Clock, small_app
from sqlalchemy import Engine

from app.practice import slowness
from app.practice.gateways import open_gateway, target_url
from app.settings import Settings


def test_a_slow_gateway_waits_at_its_spot_and_nowhere_else(settings: Settings, engine: Engine, clock: Clock) -> None:
    waited: list[float] = []
    send = through_flask(small_app(settings, engine, clock=clock, wait=waited.append))
    url = target_url(open_gateway(engine, faults=["metadata-slow"], now=clock()), settings)
    assert send("POST", url, {}, b"").status == 401 and waited == []
    document = url.replace("/practice/", "/.well-known/oauth-authorization-server/practice/")
    assert send("GET", document, {}, b"").status == 200 and waited == [12.0]


def test_more_than_a_few_are_not_kept_waiting_at_once(settings: Settings, engine: Engine, clock: Clock) -> None:
    waited: list[float] = []
    app = small_app(settings, engine, clock=clock, wait=lambda seconds: (waited.append(seconds), again()))
    url = target_url(open_gateway(engine, faults=["metadata-slow"], now=clock()), settings)
    document = url.replace("/practice/", "/.well-known/oauth-authorization-server/practice/")

    def again() -> None:
        """One more request comes while this one waits."""
        assert through_flask(app)("GET", document, {}, b"").status == 200

    again()
    assert len(waited) == slowness.AT_ONCE
