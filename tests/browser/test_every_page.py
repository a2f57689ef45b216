"""Every page, in light, in dark and at 360 px: axe finds nothing, nothing scrolls sideways, the content security policy reports nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from every_page import Map
from person import Person
from playwright.sync_api import Browser, Page
from running import App

SMALLEST, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
REPORTS = """window.reports = [];
document.addEventListener('securitypolicyviolation', e => window.reports.push(e.violatedDirective + ' ' + e.blockedURI));"""
LONGEST_MOVE = """() => [...document.querySelectorAll('*')].flatMap(e => ['', '::before', '::after'].map(p => getComputedStyle(e, p)))
    .filter(s => Math.max(...`${s.transitionDuration}, ${s.animationDuration}`.split(',').map(parseFloat)) > 0.01).length"""
UGLY = """() => { const picture = document.createElement('img'), wide = document.createElement('div');
    picture.src = 'data:image/png;base64,AA'; wide.style.width = '2600px'; wide.textContent = 'x'; document.body.append(picture, wide); }"""
BUTTONS = """() => [...document.querySelectorAll('main button, main [role=button]')].filter(one => one.checkVisibility())
    .map(one => one.textContent.trim())"""


@dataclass
class Walked:
    """A browser that has walked, and the addresses of everything that it can see."""

    person: Person
    addresses: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walked(app: App, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """One whole walk, with the address of the run at its stops; then every page of the url map."""
    with Person.at(browser, app.url, viewport=DESK) as person:
        person.page.add_init_script(REPORTS)
        person.start({"target": f"{app.practice}/mcp/linear-v1"})
        stops = {"authorize": person.page.url.split("#")[0]}
        person.start({"target": f"{app.practice}/mcp/linear-v1"})
        person.authorize()
        stops["connected"] = person.page.url.split("#")[0]
        person.start({"target": f"{app.practice}/mcp/linear-v1"})
        person.authorize()
        person.press("run")
        person.authorize()
        done = person.page.url.split("#")[0]
        person.start({"target": "http://localhost:1/mcp"})  # nobody listens there
        stops["failed"] = person.page.url.split("#")[0]
        assert person.state == "failed"
        person.page.goto(done)
        seq = person.page.locator("[data-exchange]").first.get_attribute("data-exchange")
        known = Map(
            tmp_path_factory.mktemp("map"),
            {"run_id": done.rsplit("/", 1)[1], "seq": int(seq or 0), "room_id": _own_room(person), "ending": "csv"},
        )
        person.page.request.post(f"{done}/share")
        person.page.request.post(f"{app.url}/practice/faults")
        queue = list(known.found.values())
        while queue:
            answer = person.page.request.get(app.url + queue.pop())
            queue += known.follow(answer.text()) if answer.headers["content-type"].startswith("text/html") else []
        assert not known.missing, f"say in every_page.py how to reach {known.missing}"
        by_hand = {
            "filtered": f"{done}?filter=status-code:4xx",
            "nothing found": f"{done}?filter=colour:red",
            "problem": f"{app.url}/callback?code=x&state=y",
            "lost": f"{app.url}/runs/nope",
        }
        paths = {name: app.url + path for name, path in known.found.items()}
        yield Walked(person, {**paths, **stops, **by_hand})
        person.errors[:] = [error for error in person.errors if "status of 40" not in error]  # asked for on purpose


def _own_room(person: Person) -> str:
    """A room that this browser leads and is in; its id."""
    page = person.page
    page.goto(f"{person.base}/rooms")
    page.get_by_role("button", name="Open the room").click()
    code = page.locator("p.join-code").inner_text()
    page.goto(f"{person.base}/join")
    page.fill("#join-code", code)
    page.fill("#join-name", "Leader and pupil")
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/rooms/*")
    return page.url.rsplit("/", 1)[1]


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]


def html_pages(walked: Walked) -> Iterator[tuple[str, Page]]:
    """Each page as it stands in the browser; files and answers for programs are left out by their type."""
    page = walked.person.page
    for name, url in walked.addresses.items():
        headers = page.request.get(url).headers
        is_file = "attachment" in headers.get("content-disposition", "")
        if headers.get("content-type", "").startswith("text/html") and not is_file:
            page.goto(url)
            yield name, page


def test_axe_finds_nothing_on_any_page_in_light_and_in_dark(walked: Walked) -> None:
    found: dict[str, list[str]] = {}
    for name, page in html_pages(walked):
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
            found[f"{name}, {colours}"] = violations(page)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    assert {where: what for where, what in found.items() if what} == {}
    assert len(found) > 20


def test_no_page_is_wider_than_the_smallest_phone(walked: Walked) -> None:
    walked.person.page.set_viewport_size(SMALLEST)  # type: ignore[arg-type]
    wide = {}
    for name, page in html_pages(walked):
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        root = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if root[0] > root[1]:
            wide[name] = root[0]
    walked.person.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    assert wide == {}


def test_the_content_security_policy_has_nothing_to_report(walked: Walked) -> None:
    reported = {name: page.evaluate("window.reports") for name, page in html_pages(walked)}
    assert {name: reports for name, reports in reported.items() if reports} == {}


def test_nothing_moves_where_people_asked_for_stillness(walked: Walked) -> None:
    walked.person.page.emulate_media(reduced_motion="reduce")
    moving = {}
    for name, page in html_pages(walked):
        moving[name] = page.evaluate(LONGEST_MOVE)
    walked.person.page.emulate_media(reduced_motion="no-preference")
    assert {name: count for name, count in moving.items() if count} == {}


def test_in_print_everything_is_readable_and_no_button_is_left(walked: Walked) -> None:
    page = walked.person.page
    page.goto(walked.addresses["connected"])
    page.emulate_media(media="print")
    shown = page.evaluate(BUTTONS)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(media="screen")
    assert shown == [] and background in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_each_of_these_is_seen_to_fail(walked: Walked) -> None:
    page = walked.person.page
    page.goto(walked.addresses["start.start"])
    with page.expect_console_message():
        page.evaluate(UGLY)
    assert page.evaluate("window.reports") == ["img-src data"]
    assert any(one.startswith("image-alt") for one in violations(page))
    assert page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    walked.person.errors.clear()
