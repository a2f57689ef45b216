"""Hidden values are shown once, by a POST of this browser, and nowhere else."""

from __future__ import annotations

import pytest
from browsers import Browser
from flask import Flask

from app.views.secrets_of import secrets_of


@pytest.fixture
def connected(ada: Browser) -> Browser:
    ada.start()
    ada.press("run")
    ada.log_in()
    if ada.page.state == "ready":
        ada.press("run")
    return ada


def code_of(browser: Browser) -> tuple[str, str]:
    """(value, label) of the code, which the page shows at the browser leg that brought it."""
    answer = browser.facts.answer
    assert answer is not None
    return answer.code, next(secret.label for secret in secrets_of(browser.run) if secret.value == answer.code)


def test_all_values_are_shown_once_and_are_hidden_again(connected: Browser) -> None:
    value, label = code_of(connected)
    assert value not in connected.answer.text and label in connected.answer.text
    shown = connected.post(f"/runs/{connected.run_id}/reveal", {"all": "1"})
    assert shown.status_code == 200 and value in shown.text and shown.headers["Cache-Control"] == "no-store"
    assert "Hide again" in shown.text and label in shown.text, "the fingerprint stays in sight"
    connected.look()
    assert value not in connected.answer.text, "nothing of it was kept"


def test_one_value_is_shown_and_the_others_stay_hidden(connected: Browser) -> None:
    value, label = code_of(connected)
    shown = connected.post(f"/runs/{connected.run_id}/reveal", {"label": label}).text
    others = [secret.value for secret in secrets_of(connected.run) if secret.label != label]
    assert value in shown and others and not [other for other in others if other in shown]


def test_forms_stay_masked_while_values_are_shown(connected: Browser) -> None:
    refresh = next(secret for secret in secrets_of(connected.run) if secret.kind == "refresh")
    shown = connected.post(f"/runs/{connected.run_id}/reveal", {"all": "1"}).text
    assert f'value="{refresh.label}"' in shown and f'value="{refresh.value}"' not in shown


@pytest.mark.parametrize("form", [{}, {"label": ""}, {"label": "access#0000"}, {"label": "x" * 5_000}])
def test_an_unknown_label_shows_nothing(connected: Browser, form: dict[str, str]) -> None:
    value, _ = code_of(connected)
    shown = connected.post(f"/runs/{connected.run_id}/reveal", form)
    assert shown.status_code == 200 and value not in shown.text


@pytest.mark.attack("L6")
def test_no_address_and_no_other_browser_shows_anything(connected: Browser, app: Flask) -> None:
    value, _ = code_of(connected)
    assert connected.get(f"/runs/{connected.run_id}/reveal?all=1").status_code == 405
    assert value not in connected.get(f"/runs/{connected.run_id}?all=1&reveal=1").text
    assert Browser(app).post(f"/runs/{connected.run_id}/reveal", {"all": "1"}).status_code == 404
    refused = connected.post(f"/runs/{connected.run_id}/reveal", {"all": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403 and value not in refused.text


def test_a_filter_in_the_address_reaches_the_page(connected: Browser) -> None:
    text = connected.get(f"/runs/{connected.run_id}", query_string={"filter": "step:probe"}).text
    assert text.count("data-exchange=") == 1
