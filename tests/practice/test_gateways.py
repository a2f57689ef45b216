"""Gateways that people open: an id to read aloud, switches that can be changed, an owner, an end."""

from __future__ import annotations

import pytest
from dance import Dance, through_flask
from practice_parts import Clock, small_app
from sqlalchemy import Engine

from app.practice import create_tables, sweep
from app.practice.gateway import healthy
from app.practice.gateways import (
    ID,
    LIFE_SECONDS,
    UnknownSwitch,
    close_gateway,
    gateway_of,
    gateways_of,
    load_gateway,
    open_gateway,
    set_faults,
    target_url,
)
from app.practice.tables import KEEP_SECONDS
from app.settings import Settings


@pytest.fixture(autouse=True)
def _tables(engine: Engine) -> None:
    create_tables(engine)


def test_an_id_can_be_read_aloud_and_not_be_guessed(engine: Engine) -> None:
    ids = {open_gateway(engine).id for _ in range(20)}
    assert len(ids) == 20 and all(ID.fullmatch(one) for one in ids)
    assert len("".join(ids.pop().split("-"))) * 5 >= 64


def test_only_its_owner_finds_it_and_the_owner_s_secret_is_not_kept(engine: Engine) -> None:
    mine = open_gateway(engine, faults=["issuer-slash"], owner="secret-of-ada", title="t" * 500)
    assert [one.id for one in gateways_of(engine, "secret-of-ada")] == [mine.id]
    assert mine.belongs_to("secret-of-ada") and not mine.belongs_to("secret-of-eve") and not mine.belongs_to("")
    assert mine.owner != "secret-of-ada" and len(mine.title) == 200
    assert gateways_of(engine, "") == [] and not open_gateway(engine).belongs_to("")


@pytest.mark.parametrize("switches", [{"faults": ["nothing-like-it"]}, {"faults": ["issuer-slash"] * 2}, {"profile": "nobody-like"}])
def test_a_switch_that_does_not_exist_or_comes_twice_opens_nothing(engine: Engine, switches: dict[str, object]) -> None:
    with pytest.raises(UnknownSwitch):
        open_gateway(engine, owner="ada", **switches)  # type: ignore[arg-type]
    assert gateways_of(engine, "ada") == []


def test_switches_change_and_begin_its_day_anew(engine: Engine) -> None:
    opened = open_gateway(engine, now=1_000.0)
    set_faults(engine, opened.id, ["issuer-slash"], "envoy-like", now=2_000.0)
    changed = load_gateway(engine, opened.id, 2_000.0 + LIFE_SECONDS - 1)
    assert changed is not None and (changed.faults, changed.profile) == (("issuer-slash",), "envoy-like")
    assert load_gateway(engine, opened.id, 2_000.0 + LIFE_SECONDS) is None


def test_it_ends_with_its_day_or_when_it_is_closed(engine: Engine) -> None:
    old, closed = open_gateway(engine, now=1_000.0), open_gateway(engine)
    close_gateway(engine, closed.id)
    assert load_gateway(engine, closed.id) is None and load_gateway(engine, "no-such-id") is None
    assert sweep(engine, 1_000.0 + LIFE_SECONDS + KEEP_SECONDS + 1) >= 1
    assert load_gateway(engine, old.id, 1_000.0) is None


def test_a_profile_comes_first_and_faults_are_put_over_it(engine: Engine) -> None:
    opened = open_gateway(engine, faults=["no-challenge", "issuer-slash"], profile="python-sdk-like")
    gateway = gateway_of(opened, healthy("http://localhost:8000"))
    assert gateway.challenge_text == "" and gateway.server_members["issuer"] == "{resource}/"
    assert gateway.id == opened.id and gateway.base == f"http://localhost:8000/practice/g/{opened.id}"


def test_its_address_and_what_answers_there(settings: Settings, engine: Engine, clock: Clock) -> None:
    opened = open_gateway(engine, now=clock())
    send = through_flask(small_app(settings, engine, clock=clock))
    url = target_url(opened, settings)
    assert url == target_url(opened.id, settings) == f"http://localhost:8000/practice/g/{opened.id}/mcp/linear-v1"
    assert send("POST", url, {}, b"").status == 401
    gone = send("POST", url.replace(opened.id, "00000-0000-0000"), {}, b"")
    assert gone.status == 404 and "no such practice gateway" in gone.json["error_description"]
    assert send("GET", url.replace(opened.id, "00000-0000-0000").replace("/mcp/linear-v1", "/"), {}, b"").status == 404


def test_nothing_of_one_gateway_is_good_at_another(settings: Settings, engine: Engine, clock: Clock) -> None:
    one, two = (open_gateway(engine, now=clock()) for _ in range(2))
    send = through_flask(small_app(settings, engine, clock=clock))
    here, there = (Dance(send, mount=f"/practice/g/{opened.id}") for opened in (one, two))
    here.to_tokens()
    assert here.call("tools/list").status == 200
    there.tokens, there.client = here.tokens, here.client
    assert there.call("tools/list").status == 401
    assert (there.refresh().status, there.refresh().json["error"]) == (401, "invalid_client")
    assert there.get(there.authorize_url()).status == 400
    healthy = Dance(send, tokens=here.tokens, client=here.client)
    assert healthy.call("tools/list").status == 401


def test_two_people_s_sign_ins_at_two_gateways_do_not_meet(settings: Settings, engine: Engine, clock: Clock) -> None:
    opened = open_gateway(engine, now=clock())
    send = through_flask(small_app(settings, engine, clock=clock))
    Dance(send).to_tokens()  # signed in at the healthy one, in the same browser
    dance = Dance(send, mount=f"/practice/g/{opened.id}")
    dance.register()
    page = dance.follow(dance.get(dance.authorize_url()))
    assert 'data-practice="login"' in page.text
    assert dance.press(page, "login").status == 200
