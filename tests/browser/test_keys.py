"""A keyboard is enough for the whole walk, and keys do what people know, only where they do not get in the way."""

from __future__ import annotations

from typing import Any

import pytest
from person import SECONDS, Person
from playwright.sync_api import expect

MOST_TABS = 120


def tab_to(person: Person, selector: str) -> None:
    """Press Tab until the element has the focus."""
    person.page.locator(selector).first.wait_for()
    for _ in range(MOST_TABS):
        if person.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def press_main(person: Person) -> None:
    """Ctrl+Enter, and wait for the page that it leads to."""
    person.page.evaluate("document.body.dataset.old = 1")
    person.page.keyboard.press("Control+Enter")
    expect(person.page.locator("body[data-old]")).to_have_count(0, timeout=SECONDS)
    person.page.wait_for_load_state()


def through_the_gateway(person: Person) -> None:
    """Sign in and allow, with Tab and Enter alone."""
    for name in ("login", "connect", "approve"):
        if person.page.locator(f"form[data-practice={name}]").count():
            tab_to(person, f"form[data-practice={name}] button")
            with person.page.expect_navigation():
                person.page.keyboard.press("Enter")
    person.page.wait_for_url(f"{person.base}/runs/**")
    person.settle()


def begin(person: Person) -> None:
    person.page.goto(f"{person.base}/")
    tab_to(person, "form[data-action=new] [name=target]")
    person.page.keyboard.type(f"{person.base.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1")
    person.page.keyboard.press("Enter")
    person.page.locator("body[data-state=authorize]").wait_for()


def connected(person: Person) -> None:
    person.start({"target": f"{person.base.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1"})
    person.authorize()


def focused(person: Person) -> Any:
    return person.page.evaluate("document.activeElement.dataset.exchange || document.activeElement.id || document.activeElement.tagName")


def numbers(person: Person) -> list[str]:
    return [str(one.get_attribute("data-exchange")) for one in person.page.locator("[data-exchange]:visible").all()]


def test_the_whole_walk_by_keyboard_alone(person: Person) -> None:
    begin(person)
    met = []
    for _ in range(6):
        met.append(person.state)
        if person.state == "done":
            break
        press_main(person)
        if not person.page.url.startswith(f"{person.base}/runs/"):
            through_the_gateway(person)
        person.settle()
    assert met == ["authorize", "connected", "authorize", "done"]


def test_j_and_k_walk_the_exchanges_and_then_the_arrows_do(person: Person) -> None:
    connected(person)
    every = numbers(person)
    for key, expected in (("j", 0), ("j", 1), ("k", 0), ("k", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
        person.page.keyboard.press(key)
        assert focused(person) == every[expected], key
    person.page.keyboard.press("Escape")
    assert focused(person) == "BODY"
    before = person.page.evaluate("scrollY")
    person.page.keyboard.press("ArrowDown")
    assert focused(person) == "BODY", "without a focused exchange the arrows scroll"
    assert person.page.evaluate("scrollY") >= before


def test_right_unfolds_left_folds_and_enter_opens(person: Person) -> None:
    connected(person)
    person.page.keyboard.press("j")
    parts = person.page.locator(f"[data-exchange='{focused(person)}'] > details")
    person.page.keyboard.press("ArrowRight")
    assert parts.count() == 2 and parts.evaluate_all("all => all.every(one => one.open)")
    person.page.keyboard.press("ArrowLeft")
    assert parts.evaluate_all("all => all.every(one => !one.open)")
    number = focused(person)
    person.page.keyboard.press("Enter")
    person.page.wait_for_url(f"**/exchanges/{number}")


def test_the_slash_goes_to_the_filter_and_what_is_typed_there_stays_there(person: Person) -> None:
    connected(person)
    person.page.keyboard.press("/")
    assert focused(person) == "filter"
    person.page.keyboard.type("j?k/ step:token")
    assert person.page.locator("#filter").input_value() == "j?k/ step:token"
    assert person.page.locator("dialog[open]").count() == 0
    person.page.keyboard.press("Control+A")
    person.page.keyboard.type("step:token")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**filter=step**")
    assert len(numbers(person)) == 1
    person.page.keyboard.press("/")
    person.page.keyboard.press("Escape")
    assert focused(person) == "BODY"


def test_a_chip_filters_and_a_second_click_takes_it_back(person: Person) -> None:
    connected(person)
    everything = len(numbers(person))
    person.page.locator("a.pick.by-status", has_text="4xx").click()
    person.page.wait_for_url("**filter=**")
    assert 0 < len(numbers(person)) < everything
    person.page.locator("a.pick.on").click()
    person.page.wait_for_url("**/runs/*#happened")
    assert len(numbers(person)) == everything


def test_single_keys_can_be_switched_off_and_on_again(person: Person) -> None:
    connected(person)
    person.page.get_by_role("button", name="Keys", exact=True).click()
    person.page.get_by_label("Single keys press something").uncheck()
    person.page.keyboard.press("Escape")
    person.page.reload()
    for key in ("j", "?", "/"):
        person.page.keyboard.press(key)
        assert focused(person) not in (*numbers(person), "filter") and person.page.locator("dialog[open]").count() == 0, key
    person.page.get_by_role("button", name="Keys", exact=True).click()
    person.page.get_by_label("Single keys press something").check()
    person.page.keyboard.press("Escape")
    person.page.keyboard.press("/")
    assert focused(person) == "filter"


def test_the_question_mark_shows_the_keys_and_escape_closes_them(person: Person) -> None:
    connected(person)
    person.page.keyboard.press("?")
    assert person.page.locator("dialog#keys[open]").count() == 1
    person.page.keyboard.press("j")
    assert not person.page.evaluate("document.activeElement.matches('[data-exchange]')"), "behind the dialog nothing moves"
    person.page.keyboard.press("Escape")
    assert person.page.locator("dialog#keys[open]").count() == 0


SENT_HERE = """button => { const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, key: 'Enter', ctrlKey: true });
    button.dispatchEvent(event); return event.defaultPrevented; }"""
ON_TOP = """link => { const box = link.getBoundingClientRect();
    return link.closest('li').contains(document.elementFromPoint(box.x + box.width / 3, box.y + box.height / 3)); }"""
SENT = """options => { const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...options });
    if (options.altGraph) event.getModifierState = name => name === 'AltGraph';
    document.body.dispatchEvent(event); return [event.defaultPrevented, !!document.activeElement.closest('[data-exchange]')]; }"""


@pytest.mark.parametrize(
    "options",
    [
        {"key": "j", "isComposing": True},
        {"key": "j", "keyCode": 229},
        {"key": "j", "altGraph": True},
        {"key": "j", "ctrlKey": True},
        {"key": "j", "altKey": True},
        {"key": "j", "metaKey": True},
        {"key": "Tab"},
        {"key": "constructor"},
        {"key": "Enter", "ctrlKey": True, "isComposing": True},
    ],
)
def test_such_a_key_is_left_to_the_browser(person: Person, options: dict[str, Any]) -> None:
    person.page.goto(f"{person.base}/runs/nothing")
    person.errors.clear()
    connected(person)
    assert person.page.evaluate(SENT, options) == [False, False]
    assert person.page.evaluate(SENT, {"key": "j"}) == [True, True], "the plain key is taken"


def test_ctrl_enter_sends_the_form_that_is_typed_in(person: Person) -> None:
    connected(person)
    person.page.locator("#arguments").focus()
    press_main(person)
    person.settle()
    assert person.state == "connected" and person.step == "refresh"
    assert "You asked for the tool" in person.page.locator("main").inner_text()


def test_ctrl_enter_in_the_filter_filters_and_does_not_run_the_rest(person: Person) -> None:
    connected(person)
    everything = len(numbers(person))
    person.page.keyboard.press("/")
    person.page.keyboard.type("step:token")
    press_main(person)
    person.page.wait_for_url("**filter=step**")
    assert (person.state, len(numbers(person))) == ("connected", 1) and everything > 1


def test_ctrl_enter_presses_nothing_behind_the_list_of_keys(person: Person) -> None:
    connected(person)
    person.page.keyboard.press("?")
    assert person.page.locator("dialog#keys[open]").count() == 1
    assert person.page.locator("dialog#keys button").evaluate(SENT_HERE) is False


@pytest.mark.parametrize("width", [640, 360], ids=["200 % zoom", "phone"])
def test_every_step_on_the_rail_can_be_seen_focused_and_touched(person: Person, width: int) -> None:
    connected(person)
    person.page.set_viewport_size({"width": width, "height": 740})
    links = person.page.locator(".rail a.title")
    assert links.count() > 5
    for link in links.all():
        link.focus()
        box = link.bounding_box()
        assert box and min(box["width"], box["height"]) >= 24, link.inner_text()
        assert link.evaluate(ON_TOP), "something else lies over it"


def test_clocks_move_on_by_themselves(person: Person) -> None:
    connected(person)
    clock = person.page.locator("b[data-until]")
    until = int(clock.get_attribute("data-until") or 0)
    person.page.evaluate(f"Date.now = () => {(until - 75) * 1000}")
    expect(clock).to_have_text("1 min 15 s")
    person.page.evaluate(f"Date.now = () => {(until + 5) * 1000}")
    expect(person.page.locator("p.ageing.over")).to_have_text("The access token has expired.")
