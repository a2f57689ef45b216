"""Pages fit a phone, and pass axe in light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from person import Person
from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")


def _connected_run(person: Person) -> str:
    """Walk to the handshake; returns the run's address."""
    person.start({"target": f"{person.base.replace('127.0.0.1', 'localhost')}/practice/mcp/linear-v1"})
    person.authorize()
    assert person.state == "connected"
    return person.page.url.split("#")[0]


def _pages(person: Person) -> dict[str, str]:
    run = _connected_run(person)
    seq = person.page.locator("[data-exchange]").first.get_attribute("data-exchange")
    person.page.goto(f"{person.base}/practice/faults?fault=no-challenge&fault=code-burnt")
    person.page.get_by_role("button", name="Open this gateway").click()
    person.page.wait_for_url(f"{person.base}/practice/faults/**")
    practice = {"faults": f"{person.base}/practice/faults?fault=no-challenge", "gateway": person.page.url}
    walked = {"start": f"{person.base}/", "run": run, "exchange": f"{run}/exchanges/{seq}", "checks": f"{person.base}/checks"}
    return walked | practice


def _serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found if one["impact"] in SERIOUS]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(person: Person, colours: str) -> None:
    person.page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    found = {}
    for name, url in _pages(person).items():
        answer = person.page.goto(url)
        assert answer is not None
        assert answer.status == 200, name
        found[name] = _serious(person.page)
    assert [trouble for troubles in found.values() for trouble in troubles] == []


def test_no_page_scrolls_sideways_on_a_phone(person: Person) -> None:
    person.page.set_viewport_size(PHONE)
    wide = {}
    for name, url in _pages(person).items():
        person.page.goto(url)
        wide[name] = person.page.evaluate("document.documentElement.scrollWidth")
    assert wide == dict.fromkeys(wide, PHONE["width"])


LONG_NAME = """() => { document.querySelector('table.members th code').textContent = 'x_'.repeat(60);
    return [...document.querySelector('table.members tbody tr').children].map(cell => cell.clientWidth); }"""
CUT = """parts => [...document.querySelectorAll(parts)].filter(cell => cell.checkVisibility()
    && cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.textContent.trim())"""
UNDER_BUTTONS = """() => [...document.querySelectorAll('.bytes:has(> button.copy)')].filter(one => one.checkVisibility()).flatMap(one => {
    const lid = one.querySelector('button.copy').getBoundingClientRect(), range = document.createRange();
    one.querySelector('.start-line').textContent = 'GET /a-path-of-many-words '.repeat(9);
    range.selectNodeContents(one.querySelector('.start-line'));
    return [...range.getClientRects()].filter(line => line.right > lid.left + 1 && line.left < lid.right
        && line.bottom > lid.top + 2 && line.top < lid.bottom - 2).map(line => one.textContent.trim().slice(0, 60)); })"""


@pytest.mark.parametrize("width", [360, 1280])
def test_no_text_is_cut_off_or_lies_under_a_button(person: Person, width: int) -> None:
    run = _connected_run(person)
    person.page.set_viewport_size({"width": width, "height": 900})
    person.page.goto(run)
    person.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert person.page.locator("button.copy:visible").count() > 1
    assert person.page.evaluate(UNDER_BUTTONS) == []
    for place, parts in ((run, ".exchange.row .url"), (f"{run}/pictures", ".waterfall th, .waterfall td")):
        person.page.goto(place)
        assert person.page.locator(parts).count() > 4
        if width < 1280 or "waterfall" in parts:  # a wide list keeps one line for each exchange
            assert person.page.evaluate(CUT, parts) == []


def test_a_name_that_a_stranger_made_long_leaves_room_for_its_value(person: Person) -> None:
    person.page.goto(f"{_connected_run(person)}/documents")
    name, value, meaning = person.page.evaluate(LONG_NAME)
    assert name < 400 and value > 300 and meaning > 200


FORCED = """() => { const style = (one, part) => getComputedStyle(document.querySelector(one), part);
    const line = style('.views a[aria-current]').borderBottomColor, square = style('.timing figcaption .wait', '::before').backgroundColor;
    return [[...document.querySelectorAll('.views a')].filter(a => getComputedStyle(a).borderBottomColor === line).map(a => a.textContent),
        square === style('.timing rect.wait').fill, style('.finding.main').borderTopStyle]; }"""


def test_where_the_system_forces_its_colours_the_place_and_the_legend_stay_visible(person: Person) -> None:
    person.page.goto(f"{person.base}/practice/faults?fault=metadata-is-a-page")
    person.page.get_by_role("button", name="Open this gateway").click()
    person.page.get_by_role("button", name="Walk it").first.click()
    person.press("new")
    person.page.emulate_media(forced_colors="active")
    assert person.page.evaluate(FORCED) == [["Run"], True, "solid"]


def test_no_style_asks_for_an_image_that_the_policy_refuses(person: Person) -> None:
    asked = {}
    for name, url in _pages(person).items():
        person.page.goto(url)
        asked[name] = person.page.evaluate(
            """() => [...document.querySelectorAll('*')].flatMap(e => ['', '::before', '::after'].map(p => getComputedStyle(e, p)))
            .map(style => style.backgroundImage).filter(image => image.includes('data:')).length"""
        )
    assert asked == dict.fromkeys(asked, 0)


def test_axe_and_the_width_are_seen_to_fail(person: Person) -> None:
    person.page.goto(f"{person.base}/")
    person.page.evaluate(
        """() => { const picture = document.createElement('img'); picture.src = '/static/none.png'; document.body.append(picture);
        const wide = document.createElement('div'); wide.style.width = '600px'; wide.textContent = 'x'; document.body.append(wide); }"""
    )
    person.page.set_viewport_size(PHONE)
    assert any(found.startswith("image-alt") for found in _serious(person.page))
    assert person.page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]
    person.page.wait_for_load_state("networkidle")
    assert person.errors, "the picture that is not there must be seen as an error"
    person.errors.clear()
