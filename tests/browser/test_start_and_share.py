"""The start page, exports and shared snapshots in a real browser: axe, a phone's width, a paste, a link from a private window."""

from __future__ import annotations

import json

import pytest
from person import Person
from playwright.sync_api import Browser, expect
from test_looks import PHONE, _connected_run, _serious


def _practice(person: Person) -> str:
    return f"{person.base.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1"


def _pages(person: Person) -> dict[str, str]:
    """Saved target, recent runs, an open link: every part of these pages is there."""
    run = _connected_run(person)
    person.page.goto(f"{run}/share")
    person.page.get_by_role("button", name="Make a link").click()
    link = person.page.locator(".shares code").inner_text()
    person.page.goto(person.base)
    person.page.fill("#target", _practice(person))
    person.page.get_by_role("button", name="save it").click()
    person.page.wait_for_url(f"{person.base}/#saved")
    seq = person.page.request.get(f"{link}.json").json()["exchanges"][0]["seq"]
    pages = {"start": f"{person.base}/", "export": f"{run}/export", "share": f"{run}/share", "links": f"{person.base}/shares"}
    return pages | {"shared": link, "shared exchange": f"{link}/exchanges/{seq}"}


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_a_phone(person: Person, colours: str) -> None:
    person.page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    found, wide = {}, {}
    pages = _pages(person)
    person.page.set_viewport_size(PHONE)
    for name, url in pages.items():
        answer = person.page.goto(url)
        assert answer is not None
        assert answer.status == 200, name
        person.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found[name] = _serious(person.page)
        wide[name] = person.page.evaluate("document.documentElement.scrollWidth")
    assert [trouble for troubles in found.values() for trouble in troubles] == []
    assert wide == dict.fromkeys(wide, PHONE["width"])


def test_a_pasted_configuration_fills_the_form_by_itself(person: Person) -> None:
    person.page.goto(person.base)
    config = json.dumps({"mcpServers": {"linear": {"url": _practice(person), "headers": {"X-Key": "planted"}}}}, indent=2)
    person.page.locator("#target").evaluate(
        """(field, text) => { const carried = new DataTransfer(); carried.setData("text/plain", text);
        field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: carried, bubbles: true, cancelable: true})); }""",
        config,
    )
    person.page.wait_for_url(f"{person.base}/understand")
    assert person.page.locator("#target").input_value() == _practice(person)
    assert person.page.locator("#headers").input_value() == "X-Key: planted"
    person.press("new")
    assert person.state == "authorize"


def test_a_plain_url_is_pasted_as_ever(person: Person) -> None:
    person.page.goto(person.base)
    prevented = person.page.locator("#target").evaluate(
        """field => { const carried = new DataTransfer(); carried.setData("text/plain", "https://gw.example/mcp");
        return !field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: carried, bubbles: true, cancelable: true})); }"""
    )
    assert prevented is False


def test_a_link_from_a_private_window_shows_no_secret_and_no_action(person: Person, browser: Browser) -> None:
    link = _pages(person)["shared"]
    with Person.at(browser, person.base) as stranger:
        stranger.page.goto(link)
        assert stranger.state == "connected" and stranger.offers == set()
        assert stranger.page.locator("form").count() == stranger.page.locator("dialog form").count() == 0
        assert stranger.page.context.cookies() == []
        assert "access#" in stranger.page.content()


def test_the_button_of_a_file_can_be_pressed_again(person: Person) -> None:
    """No page follows a file, so nothing else would wake it up."""
    person.page.goto(f"{_connected_run(person)}/export")
    person.page.locator("#secrets").check()
    button = person.page.get_by_role("button", name="Export HAR (with sensitive data)")
    with person.page.expect_download():
        button.click()
    expect(button).to_be_enabled()
