"""The page of pictures belongs to the run's browser, is linked from the run, and takes any number."""

from __future__ import annotations

import pytest
from browsers import Browser
from flask import Flask


def test_the_run_links_its_pictures_and_they_link_back(ada: Browser) -> None:
    ada.start()
    ada.press("run")
    assert f'href="/runs/{ada.run_id}/pictures"' in ada.answer.text
    page = ada.get(f"/runs/{ada.run_id}/pictures")
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    assert f'href="/runs/{ada.run_id}#e' in page.text and f'href="/runs/{ada.run_id}"' in page.text


def test_another_browser_sees_nothing(ada: Browser, app: Flask) -> None:
    ada.start()
    assert Browser(app).get(f"/runs/{ada.run_id}/pictures").status_code == 404


@pytest.mark.parametrize("until", ["0", "-1", "x", "9" * 30, "1"])
def test_any_number_is_answered(ada: Browser, until: str) -> None:
    ada.start()
    ada.press("run")
    assert ada.get(f"/runs/{ada.run_id}/pictures", query_string={"until": until}).status_code == 200
