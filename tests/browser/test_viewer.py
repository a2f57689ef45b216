"""The exchange viewer in a real browser: tabs, keys, names that explain themselves, copying, and axe on every page of it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from person import Person
from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}


def connected_run(person: Person) -> tuple[str, dict[str, int]]:
    """Walk to the handshake; the run's address, and the first exchange of each step."""
    person.start({"target": f"{person.base.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1"})
    person.authorize()
    run = person.page.url.split("#")[0]
    told = person.page.request.get(f"{run}.json").json()
    return run, {one["step"]: one["seq"] for one in reversed(told["exchanges"])}


def shown_sections(page: Page) -> list[str]:
    return [section.get_attribute("id") or "" for section in page.locator(".panes > section").all() if section.is_visible()]


def test_tabs_show_one_part_and_the_arrow_keys_turn_them(person: Person) -> None:
    run, seq = connected_run(person)
    page = person.page
    page.goto(f"{run}/exchanges/{seq['token']}")
    assert {"request", "response", "timing", "connection", "explain"} <= set(shown_sections(page))
    page.get_by_role("link", name="Response", exact=True).click()
    assert shown_sections(page) == ["response"]
    page.keyboard.press("ArrowRight")
    assert shown_sections(page) == ["timing"]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert shown_sections(page) == ["request"]
    page.keyboard.press("ArrowLeft")
    assert len(shown_sections(page)) > 4


def test_keys_lead_to_the_next_exchange_and_to_the_form_that_resends_it(person: Person) -> None:
    run, seq = connected_run(person)
    page = person.page
    page.goto(f"{run}/exchanges/{seq['probe']}")
    page.keyboard.press("j")
    page.wait_for_url(f"{run}/exchanges/{seq['resource_metadata']}")
    page.keyboard.press("k")
    page.wait_for_url(f"{run}/exchanges/{seq['probe']}")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_url(f"{run}/exchanges/{seq['probe']}/resend")


def test_tabs_work_without_a_script(person_without_javascript: Person) -> None:
    person = person_without_javascript
    run, seq = connected_run(person)
    person.page.goto(f"{run}/exchanges/{seq['token']}")
    person.page.get_by_role("link", name="Timing", exact=True).click()
    assert shown_sections(person.page) == ["timing"]


def test_a_name_explains_itself_on_focus_and_on_hover(person: Person) -> None:
    run, seq = connected_run(person)
    page = person.page
    page.goto(f"{run}/exchanges/{seq['server_metadata']}")
    name = page.locator("dfn", has_text="token_endpoint").first
    tip = page.locator(f"[id='{name.get_attribute('aria-describedby')}']")
    expect(tip).to_be_hidden()
    name.focus()
    expect(tip).to_be_visible()
    assert "exchanged for tokens" in (tip.text_content() or "")
    box = tip.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 1280
    page.locator("h1").click()
    name.hover()
    expect(tip).to_be_visible()


def test_what_is_copied_is_the_wire_and_not_our_words(person: Person) -> None:
    run, seq = connected_run(person)
    page = person.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{run}/exchanges/{seq['server_metadata']}")
    page.locator("#response button.copy").click()
    expect(page.locator("#response button.copy")).to_have_text("Copied!")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("HTTP/1.1 200") and '"issuer": "' in copied and "section" not in copied
    page.locator("#request summary", has_text="cURL (bash)").click()
    page.locator("#request .copies button.copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl --include")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_of_the_viewer(person: Person, colours: str) -> None:
    run, seq = connected_run(person)
    page = person.page
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    one = f"{run}/exchanges/{seq['token']}"
    found = {}
    for path in (
        one,
        f"{one}?view=raw",
        f"{one}?view=hex",
        f"{one}?with={seq['probe']}",
        f"{one}/resend",
        f"{run}/documents",
        f"{run}/tokens",
    ):
        page.goto(path)
        found[path] = [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in Axe().run(page).response["violations"]]
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], path
        page.set_viewport_size({"width": 1280, "height": 720})
    assert not [trouble for troubles in found.values() for trouble in troubles], found


def test_a_copy_is_sent_from_the_form_and_stands_beside_its_original(person: Person) -> None:
    run, seq = connected_run(person)
    page = person.page
    page.goto(f"{run}/exchanges/{seq['call']}/resend")
    page.locator("#headers").fill("Accept: application/json, text/event-stream\nContent-Type: application/json")
    page.get_by_role("button", name="Send the copy").click()
    page.wait_for_url(f"{run}/exchanges/*")
    assert "Resent from" in (page.locator("p.why").text_content() or "") and "401" in (page.locator("header .status").text_content() or "")
    page.get_by_role("link", name="Beside the original").click()
    assert "differ" in (page.locator("p.lead").text_content() or "")
