"""Rooms at the pages: join, board, what a leader does, hostile names and notes, files, and who may see what."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from browsers import Browser
from flask import Flask
from school import begin, build_school, join, open_room, say

from app.practice.scenarios import find_scenario
from app.views.results import quoted

ONE, TWO = "no-login-window", "the-sign-post-to-nowhere"
SCENARIO = find_scenario(ONE)
assert SCENARIO is not None
HOSTILE = ("<img src=x onerror=alert(1)>", "=HYPERLINK(1)", "\u202eecila", "{{ 7*7 }}", "a\u200bb", "'); DROP TABLE practice_rooms;--")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Flask]:
    built = build_school(tmp_path)
    yield built
    built.extensions["explorer"].store.engine.dispose()


@pytest.fixture
def leader(school: Flask) -> Browser:
    return Browser(school)


@pytest.fixture
def ada(school: Flask) -> Browser:
    return Browser(school)


def board(leader: Browser, room: str) -> str:
    return leader.get(f"{room}/board/rows").text


def test_a_person_joins_walks_answers_and_the_leader_sees_it(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE, TWO)
    assert join(ada, code, "Ada") == 303
    assert "Ada" in board(leader, room)
    begin(ada, ONE, f"{room}/lessons")
    assert "at Authorize" in board(leader, room)
    ada.post(f"{room}/lessons/{ONE}/hint")
    say(ada, ONE, "token", "down", f"{room}/lessons")
    assert "1 answer, 1 hint" in board(leader, room)
    assert "Solved." in say(ada, ONE, SCENARIO.step, SCENARIO.right, f"{room}/lessons")
    assert "✓</span> solved" in board(leader, room)
    assert "2 answers, 1 hint" in board(leader, room)
    assert "Solved: 1 of 2" in ada.get(room).text


def test_the_board_follows_a_walk_that_nobody_looks_at(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    ada.post(f"{room}/lessons/{ONE}/start")
    ada._let_work_end()
    assert "at Authorize" in board(leader, room)


def test_a_lesson_in_a_room_and_one_alone_are_two(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    begin(ada, ONE, f"{room}/lessons")
    say(ada, ONE, SCENARIO.step, SCENARIO.right, f"{room}/lessons")
    assert "0</b> of" in ada.get("/lessons").text
    begin(ada, ONE)
    assert ada.page.codes == []


def test_the_code_is_taken_however_it_is_typed_and_a_wrong_one_gets_a_sentence(leader: Browser, ada: Browser) -> None:
    _, code = open_room(leader, ONE)
    for typed in (code.lower(), code.replace(" ", "-"), f" {code} "):
        assert join(ada, typed, "Ada") == 303
    for wrong in ("", "ABCDEF", "000000", "<b>", "x" * 500, "\u202e"):
        assert join(ada, wrong, "Ada") == 400
        assert "No room has this code" in ada.answer.text
        assert "\u202e" not in ada.answer.text


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200b", "x" * 41])
def test_a_name_that_nobody_can_read_is_refused(leader: Browser, ada: Browser, name: str) -> None:
    _, code = open_room(leader, ONE)
    assert join(ada, code, name) == 422
    assert "Choose a nickname" in ada.answer.text


def test_a_taken_nickname_is_refused_and_ones_own_may_change(school: Flask, leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    assert join(Browser(school), code, "ada") == 422
    assert join(ada, code, "Countess") == 303
    text = board(leader, room)
    assert "Countess" in text
    assert ">Ada<" not in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_titles_and_notes_are_shown_as_text(leader: Browser, ada: Browser, hostile: str) -> None:
    room, code = open_room(leader, ONE, title=hostile)
    assert join(ada, code, hostile) == 303
    leader.post(f"{room}/note", {"note": hostile})
    begin(ada, ONE, f"{room}/lessons")
    pages = [leader.get(f"{room}/{page}").text for page in ("board", "board/rows", "projector", "choose")]
    pages += [ada.get(page).text for page in (room, f"{room}/lessons/{ONE}", f"/runs/{ada.run_id}", f"{room}/news")]
    for text in pages:
        assert "<img" not in text.replace('<img src="/static', "")
        assert "\u202e" not in text
        assert "\u200b" not in text
        assert "49" not in re.findall(r"<bdi[^>]*>([^<]*)</bdi>", text)


def test_the_board_never_shows_what_a_run_holds(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, "signed-in-and-refused")
    join(ada, code, "Ada")
    begin(ada, "signed-in-and-refused", f"{room}/lessons")
    ada.press("run")
    text = board(leader, room) + leader.get(f"{room}/results.json").text + leader.get(f"{room}/results.csv").text
    secret = [s for s in ("at_", "rt_", "Bearer", "/practice/g/", ada.run_id, "client_id", "code_verifier") if s in text]
    assert secret == []
    assert leader.get(f"/runs/{ada.run_id}").status_code == 404


def test_nobody_but_the_leader_leads(school: Flask, leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    for browser in (ada, Browser(school)):
        for page in ("board", "board/rows", "projector", "choose", "results.csv", "results.json"):
            assert browser.get(f"{room}/{page}").status_code == 404
        for deed in (
            "note",
            "hint",
            "solution",
            "lock",
            "unlock",
            "reset_lesson",
            "reset_person",
            "remove",
            "freeze",
            "reset",
            "end",
            "purge",
        ):
            assert browser.post(f"{room}/{deed}", {"of": ONE, "sure": "on"}).status_code == 404
    assert Browser(school).get(room).status_code == 404
    assert leader.get(f"{room}/board").status_code == 200


def test_the_leaders_link_leads_from_another_browser_by_a_press_only(school: Flask, leader: Browser) -> None:
    room, _ = open_room(leader, ONE)
    link = re.search(r"(/rooms/\w+/lead)\?key=([\w-]+)", leader.get(f"{room}/board").text)
    assert link
    other = Browser(school)
    assert link[2] in other.get(f"{link[1]}?key={link[2]}").text
    assert other.get(f"{room}/board").status_code == 404
    assert other.post(link[1], {"key": "wrong"}).status_code == 400
    assert other.post(link[1], {"key": link[2]}).status_code == 303
    assert other.get(f"{room}/board").status_code == 200


def test_a_hint_and_the_solution_are_opened_for_all(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    base = f"{room}/lessons"
    begin(ada, ONE, base)
    leader.post(f"{room}/hint", {"of": ONE})
    text = ada.get(f"{base}/{ONE}").text
    assert SCENARIO.hints[0] in text
    assert "from the leader" in text
    assert "0 hints" in text
    ada.post(f"{base}/{ONE}/hint")
    text = ada.get(f"{base}/{ONE}").text
    assert "`WWW" not in text
    assert SCENARIO.hints[1] in text
    leader.post(f"{room}/solution", {"of": ONE})
    assert "The leader opened the solution" in ada.get(f"{base}/{ONE}").text
    ada.look()
    assert ada.page.codes
    assert "shown by the leader" in board(leader, room)


def test_a_locked_lesson_and_a_frozen_room_take_nothing(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    base = f"{room}/lessons"
    leader.post(f"{room}/lock", {"of": ONE})
    assert "locked by the leader" in ada.get(room).text
    assert ada.post(f"{base}/{ONE}/start").status_code == 409
    leader.post(f"{room}/unlock", {"of": ONE})
    begin(ada, ONE, base)
    leader.post(f"{room}/freeze")
    for deed in ("start", "hint", "answer", "solution"):
        assert ada.post(f"{base}/{ONE}/{deed}", {"step": SCENARIO.step, "cause": SCENARIO.right}).status_code == 409
    assert "frozen" in ada.get(f"{base}/{ONE}").text
    leader.post(f"{room}/go_on")
    assert "Solved." in say(ada, ONE, SCENARIO.step, SCENARIO.right, base)


def test_people_lessons_and_the_room_are_reset(school: Flask, leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE, TWO)
    grace, base = Browser(school), f"{room}/lessons"
    for who, name in ((ada, "Ada"), (grace, "Grace")):
        join(who, code, name)
        for slug in (ONE, TWO):
            begin(who, slug, base)
    person = re.search(r"person=(\w+)#", board(leader, room))
    assert person
    assert "Reset what they did" in leader.get(f"{room}/board?person={person[1]}").text
    leader.post(f"{room}/reset_person", {"of": person[1]})
    assert board(leader, room).count("at Authorize") + board(leader, room).count("stopped at") == 2
    leader.post(f"{room}/reset_lesson", {"of": ONE})
    leader.post(f"{room}/reset_lesson")
    assert board(leader, room).count("not started") == 3
    leader.post(f"{room}/reset")
    assert board(leader, room).count("not started") == 4
    leader.post(f"{room}/remove", {"of": person[1]})
    assert ">Ada<" not in board(leader, room)
    assert ada.get(room).status_code == 404
    assert join(ada, code, "Ada again") == 303


def test_an_ended_room_can_be_read_and_a_purged_one_is_gone(school: Flask, leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    begin(ada, ONE, f"{room}/lessons")
    target = ada.run.target
    leader.post(f"{room}/end")
    assert join(Browser(school), code, "Late") == 422
    assert "ended" in ada.get(room).text
    assert "Ada" in board(leader, room)
    assert leader.post(f"{room}/purge").status_code == 400
    assert leader.post(f"{room}/purge", {"sure": "on"}).status_code == 303
    for browser, page in ((leader, f"{room}/board"), (ada, room)):
        assert browser.get(page).status_code == 404
    assert join(Browser(school), code, "Late") == 400
    assert school.test_client().post(target).status_code == 404


def test_polls_say_nothing_where_nothing_is_new(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    first = leader.get(f"{room}/board/rows")
    again = re.search(r'hx-get="([^"]+)"', first.text)
    assert again
    assert leader.get(again[1]).status_code == 204
    assert leader.get(f"{room}/board/rows", headers={"If-None-Match": first.headers["ETag"]}).status_code == 204
    news = re.search(r'hx-get="([^"]+)"', ada.get(room).text)
    assert news
    assert ada.get(news[1]).status_code == 204
    begin(ada, ONE, f"{room}/lessons")
    leader.post(f"{room}/note", {"note": "Ten minutes"})
    assert leader.get(again[1]).status_code == 200
    assert "Ten minutes" in ada.get(news[1]).text
    page = ada.get(f"{room}/lessons/{ONE}").text
    lesson_news = re.search(r'hx-get="([^"]+)"', page)
    assert lesson_news
    address = lesson_news[1].replace("&amp;", "&")
    assert ada.get(address).status_code == 204
    leader.post(f"{room}/hint", {"of": ONE})
    assert "opened a hint" in ada.get(address).text


def test_who_stands_still_is_flagged(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE)
    join(ada, code, "Ada")
    with time_machine.travel(1_900_000_000, tick=False) as clock:
        room, code = open_room(leader, ONE)
        join(ada, code, "Ada")
        begin(ada, ONE, f"{room}/lessons")
        assert "stuck" not in board(leader, room)
        clock.shift(420)
        assert "stuck for 7 min" in board(leader, room)
        assert "seen 7 min ago" in board(leader, room)
        ada.post(f"{room}/lessons/{ONE}/hint")
        assert "stuck" not in board(leader, room)


@pytest.mark.attack("X6")
def test_results_come_as_files_without_formulas(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, ONE, TWO)
    join(ada, code, "=1+1")
    begin(ada, ONE, f"{room}/lessons")
    say(ada, ONE, SCENARIO.step, SCENARIO.right, f"{room}/lessons")
    rows = list(csv.DictReader(io.StringIO(leader.get(f"{room}/results.csv").data.decode("utf-8-sig"))))
    assert [(row["nickname"], row["lesson"], row["outcome"]) for row in rows] == [("'=1+1", ONE, "solved"), ("'=1+1", TWO, "not started")]
    answer = leader.get(f"{room}/results.json")
    told = json.loads(answer.text)
    assert told["schema_version"] == 1
    assert [row["outcome"] for row in told["results"]] == ["solved", "not started"]
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_lessons_are_chosen_and_ordered(leader: Browser, ada: Browser) -> None:
    room, code = open_room(leader, TWO, ONE)
    join(ada, code, "Ada")
    assert ada.get(room).text.index(TWO) < ada.answer.text.index(ONE)
    leader.post(f"{room}/choose", {"pick": [ONE, TWO, "unknown"], f"order.{ONE}": "1", f"order.{TWO}": "x"})
    assert ada.get(room).text.index(ONE) < ada.answer.text.index(TWO)
    assert leader.post(f"{room}/choose").status_code == 400
    assert leader.post("/rooms", {"title": "No lessons"}).status_code == 400
    assert "Choose at least one lesson" in leader.answer.text
    assert ada.get(f"{room}/lessons/half-a-proof").status_code == 404


def test_forty_people_behind_one_address_start_and_join_without_meeting_the_brake(tmp_path: Path) -> None:
    school = build_school(tmp_path, new_runs_per_minute=3)
    leader = Browser(school)
    room, code = open_room(leader, ONE)
    people = [Browser(school) for _ in range(8)]
    for n, person in enumerate(people):
        assert join(person, code, f"Person {n}") == 303
        begin(person, ONE, f"{room}/lessons")
    assert [people[0].post(f"{room}/lessons/{ONE}/start").status_code for _ in range(3)] == [303, 303, 429]
    alone = Browser(school)
    assert [alone.post(f"/lessons/{ONE}/start").status_code for _ in range(4)][-1] == 429
    school.extensions["explorer"].store.engine.dispose()


def test_the_projector_shows_the_code_and_a_qr_without_inline_style(leader: Browser) -> None:
    room, code = open_room(leader, ONE)
    page = leader.get(f"{room}/projector").text
    assert code in page
    assert re.search(r'<path d="M\d+ \d+h\d+v1h-\d+z', page)
    assert "style=" not in page
    assert "opens on this computer only" in page


@pytest.mark.attack("X6")
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_of_the_results_begins_a_formula(sign: str) -> None:
    assert quoted(f"{sign}1+1") == f"'{sign}1+1"
