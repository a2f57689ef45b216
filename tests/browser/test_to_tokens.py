"""From the first page to tokens: at most three clicks and one field, as the pages themselves count them."""

from __future__ import annotations

from hand import Hand
from person import Person
from running import App


def _to_tokens(person: Person) -> None:
    """From a page whose form holds the target: start, leave for the gateway, come back with tokens."""
    person.press("new")
    person.authorize()
    assert person.state == "connected"
    assert "access#" in person.page.content()


def test_a_url_typed_in_takes_two_clicks_and_one_field(app: App, person: Person) -> None:
    hand = Hand(person.page.context)
    person.page.goto(app.url)
    person.page.locator("#target:focus").wait_for()
    person.page.keyboard.insert_text(f"{app.practice}/mcp/linear-v1")
    _to_tokens(person)
    assert (hand.presses[app.url], hand.fields[app.url]) == (2, 1)
    assert hand.fields.total() == 1, "the gateway's pages ask for no field"


def test_the_practice_gateway_takes_three_clicks_and_no_field(app: App, person: Person) -> None:
    hand = Hand(person.page.context)
    person.page.goto(app.url)
    person.page.locator("a[data-action=practice]").first.click()
    person.page.wait_for_url("**/?target=*")
    _to_tokens(person)
    assert (hand.presses[app.url], hand.fields[app.url]) == (3, 0)


def test_the_hand_counts_what_a_person_does_and_not_what_a_script_does(app: App, person: Person) -> None:
    hand = Hand(person.page.context)
    person.page.goto(app.url)
    person.page.locator("#target").evaluate("field => { field.value = 'x'; field.dispatchEvent(new InputEvent('input', {bubbles: true})) }")
    person.page.locator("summary").first.evaluate("part => part.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))")
    assert (hand.presses.total(), hand.fields.total()) == (0, 0)
    person.page.locator("summary").first.click()
    person.page.locator("#target").fill("one letter")
    person.page.locator("#target").press_sequentially("and more")
    assert (hand.presses[app.url], hand.fields[app.url]) == (1, 1)
