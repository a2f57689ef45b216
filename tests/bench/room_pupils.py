"""A room full of pupils, in a process of their own: room_pupils.py APP_URL ROOM CODE PEOPLE SLUG…. Prints one JSON line.

Everybody joins, walks every lesson, answers wrongly once and rightly once, as fast as the app lets them.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from pupil import Pupil
from robot import Move

from app.practice.scenarios import Scenario, find_scenario


def learn(pupil: Pupil, room: str, code: str, name: str, lessons: list[Scenario]) -> str:
    """One person's hour; an empty string, or what went wrong."""
    try:
        form = _form_of(pupil, f"/join?code={code}", "/join")
        pupil.send(Move(form.method, form.url, {**form.values, "name": name}))
        for scenario in lessons:
            pupil.start_lesson(scenario, f"{room}/lessons")
            pupil.walk_lesson(scenario)
            pupil.answer(scenario.step, next(cause.key for cause in scenario.causes if cause.key != scenario.right))
            pupil.answer(scenario.step, scenario.right)
            if "Solved." not in pupil.text:
                return f"{scenario.slug} was not solved"
    except (RuntimeError, KeyError, LookupError, StopIteration, requests.RequestException) as trouble:
        return f"{type(trouble).__name__}: {trouble}"[:300]
    return ""


def _form_of(pupil: Pupil, page: str, ending: str) -> Move:
    pupil.open(page)
    return pupil.form(ending)


def main() -> None:
    base, room, code, people, *slugs = sys.argv[1:]
    lessons = [scenario for slug in slugs if (scenario := find_scenario(slug))]
    pupils = [Pupil(base, wait_seconds=1.0) for _ in range(int(people))]
    began = time.monotonic()
    with ThreadPoolExecutor(len(pupils)) as pool:
        told = pool.map(lambda one: learn(one[1], room, code, f"Person {one[0]}", lessons), enumerate(pupils))
        troubles = [trouble for trouble in told if trouble]
    answers = [one for pupil in pupils for answer in pupil.answers for one in (*answer.history, answer)]
    ours = [one for one in answers if one.url.startswith(f"{base}/")]
    # what waits a second for a gateway by design, the way back and what follows a press, ends in a redirect
    pages = [round(one.elapsed.total_seconds() * 1000, 1) for one in ours if one.request.method == "GET" and one.status_code == 200]
    broken = sorted({f"{one.status_code} {one.url.split('?')[0]}"[:120] for one in ours if one.status_code >= 500})
    for pupil in pupils:
        pupil.close()
    print(json.dumps({"seconds": time.monotonic() - began, "troubles": troubles + broken, "pages": pages}))


if __name__ == "__main__":
    main()
