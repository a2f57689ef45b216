"""Chromium walks all twelve steps at the practice gateway, with JavaScript and without."""

from __future__ import annotations

import json
from typing import Any

from person import Person
from playwright.sync_api import expect

from app.flow.steps import NAMES


def _choose_practice(person: Person) -> None:
    person.page.goto(person.base + "/")
    person.page.locator("a[data-action=practice]").first.click()
    person.page.wait_for_url("**/?target=*")


def _begin_practice(person: Person) -> None:
    """From the start page to the browser's turn: two clicks, and the third leaves for the gateway."""
    _choose_practice(person)
    person.press("new")
    assert (person.state, person.step) == ("authorize", "authorize")


def _begin_step_by_step(person: Person) -> None:
    _choose_practice(person)
    person.page.locator("form[data-action=new] button[value=step]").click()
    person.page.wait_for_url("**/runs/*")
    assert (person.state, person.step) == ("ready", "probe")


def _twin(person: Person) -> Any:
    """The run's JSON twin, as the page links it."""
    href = person.page.locator("link[rel=alternate][type='application/json']").get_attribute("href")
    return json.loads(person.page.request.get(person.base + str(href)).text())


def _walk_to_done(person: Person) -> list[str]:
    """From the handshake on: a tool call, then run until done, leaving for a second grant where the app asks for one."""
    met = []
    for _ in range(12):
        met.append(person.state)
        if person.state == "done":
            return met
        if person.state == "authorize":
            person.authorize()
        else:
            person.press("run")
    raise AssertionError(f"never done: {met}")


def _walks_everything(person: Person) -> None:
    _begin_practice(person)
    person.authorize()
    assert person.state == "connected", person.page.locator("main").inner_text()
    person.press("call_tool")
    assert person.state == "connected"
    met = _walk_to_done(person)
    assert "authorize" in met, "the replay ended the grant, so a second one was needed"
    assert person.page.locator("[data-level=STOP]").count() == 0
    _every_step_is_done(_twin(person))


def _every_step_is_done(twin: Any) -> None:
    states = {step["name"]: step["state"] for step in twin["steps"]}
    assert states == dict.fromkeys(NAMES, "done")


def test_all_twelve_steps_with_javascript(person: Person) -> None:
    _walks_everything(person)


def test_all_twelve_steps_without_javascript(person_without_javascript: Person) -> None:
    _walks_everything(person_without_javascript)


def test_the_run_survives_a_reload_at_every_stop_and_a_second_tab(person: Person) -> None:
    _begin_practice(person)
    first = person.page.url
    person.page.reload()
    assert person.state == "authorize"
    with person.page.context.expect_page() as opened:
        person.page.evaluate("window.open('/')")
    second = Person(opened.value, person.base)
    _begin_step_by_step(second)
    assert second.page.url != first
    person.authorize()
    assert person.page.url.split("#")[0] == first.split("#")[0]
    assert person.state == "connected"
    assert (second.state, second.step) == ("ready", "probe")
    assert second.errors == []


def test_a_double_click_makes_one_exchange(person: Person) -> None:
    _begin_step_by_step(person)
    button = person.page.locator("form[data-action=step] button").first
    button.dblclick()
    person.page.wait_for_load_state()
    person.settle()
    assert [exchange["step"] for exchange in _twin(person)["exchanges"]] == ["probe"]


def test_a_stranger_cannot_see_the_run(person: Person, person_without_javascript: Person) -> None:
    _begin_practice(person)
    answer = person_without_javascript.page.request.get(person.page.url)
    assert answer.status == 404


def test_a_keyboard_is_enough_to_start(person: Person) -> None:
    person.page.goto(person.base + "/")
    target = person.page.locator("form[data-action=new] [name=target]")
    for _ in range(15):
        if target.evaluate("field => field === document.activeElement"):
            break
        person.page.keyboard.press("Tab")
    person.page.keyboard.type(f"{person.base.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1")
    person.page.keyboard.press("Enter")
    person.page.locator("body[data-state=authorize]").wait_for()
    leave = person.page.locator("a[data-action=authorize]").first
    for _ in range(60):
        if leave.evaluate("link => link === document.activeElement"):
            break
        person.page.keyboard.press("Tab")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("http://localhost:*/practice/**")


def test_secrets_are_masked_until_one_is_revealed(person: Person) -> None:
    _begin_practice(person)
    person.authorize()
    assert "access#" in person.page.content()
    assert "Bearer at_" not in person.page.content()


def test_a_press_that_shows_hidden_values_stays_where_it_was_pressed(person: Person) -> None:
    _begin_practice(person)
    person.authorize()
    person.page.get_by_role("button", name="Show all on this page once").click()
    person.page.get_by_text("In clear on this page").wait_for()
    expect(person.page.locator("#hidden")).to_be_in_viewport()
