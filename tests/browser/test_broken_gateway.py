"""A gateway that somebody breaks on purpose, in a real browser: opened by clicks, and broken as a browser sees it."""

from __future__ import annotations

from person import Person

PRACTICE_PAGES = "/practice/g/"


def _open(person: Person, *titles: str) -> None:
    person.page.goto(f"{person.base}/practice/faults")
    for group in person.page.locator("form.switches details").all():
        group.locator("summary").click()
    for title in titles:
        person.page.get_by_text(title, exact=True).click()
    person.page.get_by_role("button", name="Open this gateway").click()
    person.page.wait_for_url(f"{person.base}/practice/faults/**")


def _leave(person: Person) -> None:
    """From the gateway's page to its consent page."""
    with person.page.expect_navigation():  # the next press must not meet a page that is not there yet
        person.page.get_by_role("button", name="Walk it").first.click()
    person.press("new")
    person.page.locator("a[data-action=authorize]").first.click()
    person.page.get_by_role("button", name="Ada Practice").click()
    person.page.get_by_role("button", name="Connect Linear").click()
    person.page.get_by_text("Connected.").wait_for()


def test_a_gateway_is_opened_by_clicks_and_walked_from_its_page(person: Person) -> None:
    _open(person, "No tools are listed")
    assert person.page.locator("ul li", has_text="No tools are listed").count() == 1
    _leave(person)
    person.page.get_by_role("button", name="Authorize").click()
    person.page.wait_for_url(f"{person.base}/runs/**")
    person.settle()
    assert person.page.locator("[data-problem]").get_attribute("data-problem") == "call.empty_tools"


def test_the_url_for_a_client_is_copied_by_a_button(person: Person) -> None:
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _open(person, "No tools are listed")
    person.page.get_by_role("button", name="Copy").first.click()
    person.page.get_by_role("button", name="Copied!").wait_for()
    copied = person.page.evaluate("navigator.clipboard.readText()")
    assert copied == person.page.locator(".bytes code").first.inner_text() and copied.endswith("/mcp/linear-v1")


def test_chromium_does_not_let_the_form_out_where_the_policy_is_closed(person: Person) -> None:
    _open(person, "The consent page's policy keeps its form from ending at the client")
    _leave(person)
    person.page.get_by_role("button", name="Authorize").click()
    person.page.wait_for_function("true")
    assert PRACTICE_PAGES in person.page.url, "the browser came back to the client"
    assert any("form-action" in said for said in person.errors), person.errors
    person.errors.clear()
