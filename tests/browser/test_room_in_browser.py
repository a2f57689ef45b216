"""A workshop in two windows: somebody joins by the code, takes a hint, solves a lesson, and the leader's board changes by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from person import SECONDS, Person
from playwright.sync_api import Browser, expect
from running import App

from app.practice.scenarios import find_scenario

LESSON = find_scenario("no-login-window")
assert LESSON is not None
PHONE = {"width": 360, "height": 740}
SERIOUS = ("serious", "critical")


@pytest.fixture
def leader(app: App, browser: Browser) -> Iterator[Person]:
    with Person.at(browser, app.url) as somebody:
        yield somebody


def _open_room(leader: Person) -> str:
    """The join code as it stands on the board."""
    page = leader.page
    page.goto(f"{leader.base}/rooms")
    page.fill("#title", "Two windows")
    page.get_by_role("button", name="Open the room").click()
    page.wait_for_url("**/board")
    return page.locator("p.join-code").inner_text()


def _join(person: Person, code: str) -> None:
    page = person.page
    page.goto(f"{person.base}/join")
    page.fill("#join-code", code.lower())
    page.fill("#join-name", "Ada")
    page.get_by_role("button", name="Join").click()
    page.wait_for_url(re.compile(r"/rooms/\w+$"))


def _solve(person: Person) -> None:
    page = person.page
    page.get_by_role("link", name=LESSON.title).click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/runs/**")
    person.settle()
    assert page.locator("[data-code]").count() == 0
    page.get_by_role("button", name="Answer or take a hint").click()
    page.get_by_role("button", name="Open a hint").click()
    expect(page.locator("#hints")).to_contain_text(LESSON.hints[0][:30])
    page.select_option("#step", LESSON.step)
    page.locator(f".causes input[value={LESSON.right}]").check()
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".solution")).to_contain_text("Solved.")
    expect(page.locator(".solution mark")).to_contain_text(LESSON.proof.find)


def test_join_take_a_hint_solve_and_see_the_board_change(leader: Person, person: Person) -> None:
    code = _open_room(leader)
    board = leader.page.locator("#board")
    expect(board).to_contain_text("Nobody is in yet")
    _join(person, code)
    expect(board).to_contain_text("Ada", timeout=SECONDS)
    _solve(person)
    expect(board.locator("td.solved")).to_contain_text("1 answer, 1 hint", timeout=SECONDS)
    leader.page.fill("#note", "Look up, please")
    leader.page.get_by_role("button", name="Show it", exact=True).click()
    expect(person.page.locator("#news")).to_contain_text("Look up, please", timeout=SECONDS)


def test_the_focus_stays_where_it_is_while_the_board_changes(leader: Person, person: Person) -> None:
    code = _open_room(leader)
    _join(person, code)
    board = leader.page.locator("#board")
    expect(board).to_contain_text("Ada", timeout=SECONDS)
    lesson = board.get_by_role("link", name=LESSON.title)
    lesson.focus()
    person.page.get_by_role("link", name=LESSON.title).click()
    person.page.get_by_role("button", name="Start", exact=True).click()
    expect(board.locator("td.open")).to_have_count(1, timeout=SECONDS)
    expect(lesson).to_be_focused()


def test_the_wall_shows_a_note_that_is_written_while_it_hangs_there(leader: Person) -> None:
    _open_room(leader)
    wall = leader.page.context.new_page()
    wall.goto(leader.page.url.replace("/board", "/projector"))
    leader.page.fill("#note", "Ten minutes left")
    leader.page.get_by_role("button", name="Show it", exact=True).click()
    expect(wall.locator(".leader-note")).to_have_text("Ten minutes left", timeout=SECONDS)


def test_a_workshop_works_without_javascript(leader: Person, person_without_javascript: Person) -> None:
    code = _open_room(leader)
    _join(person_without_javascript, code)
    _solve(person_without_javascript)
    assert person_without_javascript.page.locator("noscript meta[http-equiv=refresh]").count() == 0, "nobody's answer is reloaded away"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_pages_of_lessons_and_rooms_are_readable_by_everybody(leader: Person, person: Person, colours: str) -> None:
    code = _open_room(leader)
    _join(person, code)
    room = person.page.url
    person.page.get_by_role("link", name=LESSON.title).click()
    person.page.get_by_role("button", name="Start", exact=True).click()
    person.page.wait_for_url("**/runs/**")
    slug = LESSON.slug
    theirs = [
        room,
        f"{room}/lessons/{slug}",
        f"{person.base}/lessons",
        f"{person.base}/lessons/{slug}",
        f"{person.base}/join",
        person.page.url,
    ]
    mine = [f"{room}/board", f"{room}/board?lesson={slug}", f"{room}/projector", f"{leader.base}/rooms"]
    for somebody, places in ((person, theirs), (leader, mine)):
        somebody.page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        somebody.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        for place in places:
            somebody.page.goto(place)
            found = [one for one in Axe().run(somebody.page).response["violations"] if one["impact"] in SERIOUS]
            assert [f"{place} {one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found] == []
            assert somebody.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], place
