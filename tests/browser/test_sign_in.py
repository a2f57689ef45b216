"""Sign-in and forgetting in a real browser: what was seen is gone, the back button included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from running import App, free_port, running_app

PASSWORD = "long enough it is"


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    port = str(free_port())
    settings = {"MODE": "hosted", "PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}", "SECRET_KEY": "k" * 40}
    with running_app(tmp_path_factory.mktemp("hosted"), LOGIN="password", LOGIN_PASSWORD=PASSWORD, **settings) as app:
        yield app


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def page(browser: Browser, hosted: App, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def sign_in(page: Page, app: App) -> None:
    """By keyboard alone: the field has the focus."""
    page.goto(f"{app.url}/?target=https://192.0.2.1/mcp")
    page.locator("#password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "?target=" in url and "/login" not in url)
    assert page.locator("[name=target]").input_value() == "https://192.0.2.1/mcp"


@pytest.mark.parametrize("button", ["forget_everything", "sign_out"])
def test_nothing_is_left_behind_the_back_button(page: Page, hosted: App, button: str) -> None:
    sign_in(page, hosted)
    page.locator("form[data-action=new] button[value=step]").click()
    page.wait_for_url("**/runs/*")
    run = page.url
    assert "192.0.2.1" in page.locator("main").inner_text()
    page.goto(f"{hosted.url}/account")
    page.locator(f"form[data-action={button}] button").click()
    page.wait_for_url(f"{hosted.url}/{'forgotten' if button == 'forget_everything' else 'login'}")
    for _ in range(2):
        page.go_back()
        assert "/login" in page.url and "192.0.2.1" not in page.locator("main").inner_text()
    page.goto(run)
    assert "/login" in page.url


def test_a_wrong_password_is_told_to_a_screen_reader(page: Page, hosted: App) -> None:
    page.goto(hosted.url)
    page.locator("#password").fill("wrong")
    page.keyboard.press("Enter")
    page.locator("[role=alert]").wait_for()
    field = page.locator("#password")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.get_attribute("aria-describedby") == "mistake" and "did not work" in page.locator("#mistake").inner_text()
    assert field.input_value() == ""
