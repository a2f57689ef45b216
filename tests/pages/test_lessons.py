"""Lessons at the pages: nothing is given away before the answer, nothing is counted twice, codes take progress along."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import BASE, Browser
from flask import Flask
from robot import Page
from school import begin, build_school, join, open_room, say

from app.flow import choices
from app.flow.fold import facts_of
from app.flow.log import Choice
from app.practice.scenarios import find_scenario, scenarios

SLUG = "no-login-window"
SCENARIO = find_scenario(SLUG)
assert SCENARIO is not None


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Flask]:
    built = build_school(tmp_path)
    yield built
    built.extensions["explorer"].store.engine.dispose()


@pytest.fixture
def pupil(school: Flask) -> Browser:
    return Browser(school)


def test_every_lesson_is_listed_and_no_session_is_made_by_looking(pupil: Browser) -> None:
    page = pupil.get("/lessons")
    assert all(f'href="/lessons/{one.slug}"' in page.text for one in scenarios())
    assert "Set-Cookie" not in page.headers
    assert "Set-Cookie" not in pupil.get(f"/lessons/{SLUG}").headers
    assert pupil.get("/lessons/nothing-of-that-name").status_code == 404


def test_everything_but_the_findings_is_shown_before_the_answer(pupil: Browser) -> None:
    begin(pupil, SLUG)
    assert pupil.page.state == "authorize"
    assert pupil.page.codes == []
    assert "probe.no_challenge" not in pupil.answer.text
    assert 'class="verdict ok"' not in pupil.answer.text
    assert "401" in pupil.answer.text
    twin = json.loads(pupil.get(f"/runs/{pupil.run_id}.json").text)
    assert (twin["problem"], twin["findings"]) == (None, [])
    assert {step["verdict"] for step in twin["steps"]} == {None}
    exchange = pupil.get(f"/runs/{pupil.run_id}/exchanges/{twin['exchanges'][0]['seq']}")
    assert "data-code" not in exchange.text


def test_after_the_answer_the_findings_the_bytes_and_the_next_lesson_are_shown(pupil: Browser) -> None:
    begin(pupil, SLUG)
    text = say(pupil, SLUG, SCENARIO.step, SCENARIO.right)
    assert "Solved." in text
    assert 'data-code="probe.no_challenge"' in text
    assert "<mark>HTTP/1.1 401" in text
    assert "Next: " in text
    pupil.look()
    assert ("WARN", "probe.no_challenge") in pupil.page.codes
    assert json.loads(pupil.get(f"/runs/{pupil.run_id}.json").text)["findings"]
    assert "1</b> of" in pupil.get("/lessons").text


def test_a_wrong_answer_is_counted_and_helped_without_giving_the_right_one_away(pupil: Browser) -> None:
    begin(pupil, SLUG)
    nudge = SCENARIO.cause("down")
    assert nudge is not None
    text = say(pupil, SLUG, "token", "down")
    assert "1 wrong answer" in text
    assert nudge.nudge in text
    assert "Solved." not in text
    assert "At the gateway" not in text
    text = say(pupil, SLUG, "token", SCENARIO.right)
    assert "2 wrong answers" in text
    assert "The cause is right" in text
    text = say(pupil, SLUG, SCENARIO.step, "metadata")
    assert "The step is right" in text
    assert "3 wrong answers" in text


@pytest.mark.parametrize(("step", "cause"), [("", ""), ("nowhere", "down"), ("token", "nothing"), ("token", "=1+1\0"[:4])])
def test_half_an_answer_is_not_counted(pupil: Browser, step: str, cause: str) -> None:
    begin(pupil, SLUG)
    text = say(pupil, SLUG, step, cause)
    assert pupil.answer.status_code == 400
    assert "0 wrong answers" in text


def test_an_answer_that_the_run_does_not_prove_is_not_taken(pupil: Browser) -> None:
    begin(pupil, "signed-in-and-refused")
    text = say(pupil, "signed-in-and-refused", "call", "other_route")
    assert pupil.answer.status_code == 409
    assert "nothing would prove it yet" in text
    assert "0 wrong answers" in text


def test_hints_open_one_at_a_time_and_are_counted(pupil: Browser) -> None:
    begin(pupil, SLUG)
    shown = []
    for _ in range(5):
        pupil.post(f"/lessons/{SLUG}/hint")
        text = pupil.get(f"/lessons/{SLUG}").text
        shown.append(sum(hint.split("`")[0] in text.replace("&#39;", "'") for hint in SCENARIO.hints))
    assert shown == [1, 2, 3, 3, 3]
    assert "3 hints" in text
    assert "Open another hint" not in text


def test_who_gives_up_sees_the_solution_and_has_not_solved_it(pupil: Browser) -> None:
    begin(pupil, SLUG)
    pupil.post(f"/lessons/{SLUG}/solution")
    text = pupil.get(f"/lessons/{SLUG}").text
    assert "gave up" in text
    assert "probe.no_challenge" in text
    assert "0</b> of" in pupil.get("/lessons").text
    assert "gave up" in say(pupil, SLUG, SCENARIO.step, SCENARIO.right)


@pytest.mark.parametrize("deed", ["hint", "answer", "solution"])
def test_before_the_start_nothing_can_be_done(pupil: Browser, deed: str) -> None:
    form = {"step": SCENARIO.step, "cause": SCENARIO.right}
    assert pupil.post(f"/lessons/{SLUG}/{deed}", form).status_code == 400


def test_a_run_that_is_started_by_hand_at_the_same_gateway_is_veiled_too(pupil: Browser) -> None:
    begin(pupil, SLUG)
    target = pupil.run.target
    pupil.start(target, revision="auto", pace="run")
    pupil.settled()
    assert pupil.page.codes == []
    pupil.press("restart")
    pupil.run_id = pupil.answer.request.path.rpartition("/")[2]
    assert facts_of(pupil.run).lesson == SLUG
    say(pupil, SLUG, SCENARIO.step, SCENARIO.right)
    assert pupil.look().codes or facts_of(pupil.run).lesson_over == ""


def test_other_peoples_runs_at_it_are_their_own(school: Flask, pupil: Browser) -> None:
    begin(pupil, SLUG)
    stranger = Browser(school)
    stranger.start(pupil.run.target, revision="auto", pace="run")
    assert facts_of(stranger.run).lesson == ""


def test_the_log_keeps_all_and_the_page_keeps_silent_about_a_refusal_that_was_passed(pupil: Browser) -> None:
    begin(pupil, "somebody-elses-papers")
    assert pupil.page.state == "failed"
    pupil.press("go_on")
    assert "server_metadata.issuer_mismatch" not in pupil.answer.text
    assert "You went on past the refusal." in pupil.answer.text
    har = pupil.get(f"/runs/{pupil.run_id}.har")
    assert har.status_code == 409 or "issuer_mismatch" not in har.text
    kept = [entry.body for entry in pupil.run.entries if isinstance(entry.body, Choice) and entry.body.name == choices.GO_ON]
    assert kept[0].values["code"] == "server_metadata.issuer_mismatch"


def files_of(pupil: Browser) -> Iterator[Any]:
    page = pupil.get(f"/runs/{pupil.run_id}/export").text
    for address in sorted(set(re.findall(r'href="(/runs/[^"#]+)"', page))):
        if address != f"/runs/{pupil.run_id}":
            yield address, pupil.get(address)


def test_no_file_of_a_run_tells_what_the_lesson_hides(pupil: Browser) -> None:
    begin(pupil, SLUG)
    for address, answer in files_of(pupil):
        assert answer.status_code in (200, 409), address
        assert "no_challenge" not in answer.text, address
        assert "nothing stops this walk" not in answer.text, address
    say(pupil, SLUG, SCENARIO.step, SCENARIO.right)
    pupil.look()
    assert any("no_challenge" in answer.text for _, answer in files_of(pupil))


def test_a_lesson_is_begun_anew_with_another_gateway_and_what_was_counted_stays(pupil: Browser) -> None:
    begin(pupil, SLUG)
    first = pupil.run.target
    say(pupil, SLUG, "token", "down")
    begin(pupil, SLUG)
    assert pupil.run.target != first
    assert "1 wrong answer" in pupil.get(f"/lessons/{SLUG}").text
    assert pupil.app.test_client().post(first.replace("localhost", "localhost")).status_code == 404


def test_progress_goes_to_another_browser_by_its_code(school: Flask, pupil: Browser) -> None:
    begin(pupil, SLUG)
    say(pupil, SLUG, SCENARIO.step, SCENARIO.right)
    code = re.search(r'progress-code">([A-Z2-7-]+)<', pupil.get("/lessons").text)
    assert code
    other = Browser(school)
    assert code[1] in other.get(f"/lessons?code={code[1]}").text
    assert "0</b> of" in other.answer.text, "a link alone changes nothing"
    assert "1 solved lesson came over" in other.post("/lessons/resume", {"code": code[1].lower()}).text
    assert "1</b> of" in other.get("/lessons").text
    page = other.get(f"/lessons/{SLUG}").text
    assert "✓ solved" in page
    assert "Your run has expired" in page


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC-DDDD", "<script>alert(1)</script>", "x" * 5_000, "\u202eABCD"])
def test_a_forged_code_is_refused_with_a_sentence(pupil: Browser, code: str) -> None:
    answer = pupil.post("/lessons/resume", {"code": code})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_wrong_codes_are_braked(school: Flask) -> None:
    guesser = Browser(school)
    statuses = [guesser.post("/lessons/resume", {"code": f"AAAA-{n:04}"}).status_code for n in range(62)]
    assert statuses[:60] == [400] * 60
    assert statuses[61] == 429
    assert "Look at the code once more" in guesser.answer.text


def test_a_page_of_another_site_cannot_answer(pupil: Browser) -> None:
    begin(pupil, SLUG)
    answer = pupil.post(f"/lessons/{SLUG}/solution", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert Page(BASE, pupil.get(f"/lessons/{SLUG}").text).forms


def test_a_workshop_on_one_laptop_walks_by_plain_http(tmp_path: Path) -> None:
    base = "http://192.168.1.20:8000"
    school = build_school(tmp_path, host="0.0.0.0", public_url=base)
    pupil = Browser(school, base)
    begin(pupil, SLUG)
    assert pupil.page.state == "authorize", "the practice gateway takes this app's callback"
    assert "Solved." in say(pupil, SLUG, SCENARIO.step, SCENARIO.right)
    pupil.look()
    assert [code for level, code in pupil.page.codes if level == "STOP"] == []
    school.extensions["explorer"].store.engine.dispose()


def test_no_address_of_a_veiled_run_tells_what_the_lesson_hides(pupil: Browser) -> None:
    begin(pupil, SLUG)
    seq = json.loads(pupil.get(f"/runs/{pupil.run_id}.json").text)["exchanges"][0]["seq"]
    known = {"run_id": pupil.run_id, "seq": seq, "side": "response"}
    adapter, told = pupil.app.url_map.bind("127.0.0.1:8000"), {}
    for rule in pupil.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "run_id" in rule.arguments and rule.arguments <= set(known):
            path = adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments}, method="GET")
            told[path] = pupil.get(path).text
    assert len(told) > 8
    assert [path for path, text in told.items() if "no_challenge" in text or "has no WWW-Authenticate" in text] == []


def test_who_forgets_everything_forgets_lessons_and_leaves_the_room(school: Flask, pupil: Browser) -> None:
    leader = Browser(school)
    room, code = open_room(leader, SLUG)
    join(pupil, code, "Ada")
    begin(pupil, SLUG, f"{room}/lessons")
    begin(pupil, SLUG)
    say(pupil, SLUG, SCENARIO.step, SCENARIO.right)
    target = pupil.run.target
    pupil.post("/forget-everything")
    assert ">Ada<" not in leader.get(f"{room}/board/rows").text
    assert school.test_client().post(target).status_code == 404
    assert pupil.get(room).status_code == 404
