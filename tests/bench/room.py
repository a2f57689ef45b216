"""A workshop of forty: everybody walks and answers at once while the leader watches the board and one more person looks around."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
from crowd import PAUSE, PEOPLE
from figures import Figure, p95
from pupil import Pupil
from robot import Move
from running import App

LESSONS = ("no-login-window", "the-sign-post-to-nowhere")
BOARD_PAUSE = 0.25  # much more often than the page asks: more boards measured in one run


def measure_room(app: App) -> list[Figure]:
    """Lost solves, troubles, pages, the board and memory."""
    leader, visitor = Pupil(app.url), Pupil(app.url)
    room, code = open_room(leader)
    told, boards, pages = _lesson_hour(app, leader, visitor, room, code)
    kept = _json(leader, f"{room}/results.json")["results"]
    solved = sum(result["outcome"] == "solved" and result["wrong_answers"] == 1 for result in kept)
    leader.close()
    visitor.close()
    wanted, beside = PEOPLE * len(LESSONS), f"{PEOPLE} people, {len(LESSONS)} lessons each, in {told['seconds']:.1f} s"
    troubles = sorted(set(told["troubles"]))
    return [
        Figure(f"a room of {PEOPLE}: lost solves", wanted - solved, "", 0, beside),
        Figure(f"a room of {PEOPLE}: troubles", len(told["troubles"]), "", 0, "; ".join(troubles)[:200] or "none"),
        Figure(f"a room of {PEOPLE}: a page of one more person, p95", p95(pages), "ms", 300, f"{len(pages)} pages"),
        Figure(f"a room of {PEOPLE}: the leader's board, p95", p95(boards), "ms", 300, f"{len(boards)} boards"),
        Figure(f"a room of {PEOPLE}: everybody's own pages, p95", p95(told["pages"]), "ms", None, f"{len(told['pages'])} pages"),
        *memory(app.pid),
    ]


def open_room(leader: Pupil) -> tuple[str, str]:
    """(address of the room, join code)."""
    leader.open("/rooms")
    form = leader.form("/rooms")
    chosen: dict[str, Any] = {"title": "Bench", "pick": list(LESSONS)}
    page = leader.send(Move(form.method, form.url, chosen))
    code = re.search(r'class="join-code">([A-Z0-9 ]+)<', page.text)
    assert code, page.text[:500]
    return page.url.removeprefix(leader.base).removesuffix("/board"), code[1].replace(" ", "")


def _lesson_hour(app: App, leader: Pupil, visitor: Pupil, room: str, code: str) -> tuple[Any, list[float], list[float]]:
    command = [sys.executable, str(Path(__file__).parent / "room_pupils.py"), app.url, room, code, str(PEOPLE), *LESSONS]
    boards: list[float] = []
    pages: list[float] = []
    places, due = ["/lessons", f"/lessons/{LESSONS[0]}", "/"], time.monotonic()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as crowd:
        while crowd.poll() is None:
            if time.monotonic() >= due:
                boards.append(_took(leader, f"{room}/board/rows"))
                due = time.monotonic() + BOARD_PAUSE
            pages.append(_took(visitor, places[len(pages) % len(places)]))
            time.sleep(PAUSE)
        assert crowd.stdout is not None
        return json.loads(crowd.stdout.read()), boards, pages


def _took(user: Pupil, path: str) -> float:
    began = time.perf_counter()
    with contextlib.suppress(requests.ConnectionError):
        user.open(path)
    return (time.perf_counter() - began) * 1000


def _json(user: Pupil, path: str) -> Any:
    answer = user.session.get(user.base + path, timeout=10)
    answer.raise_for_status()
    return answer.json()


def memory(pid: int) -> list[Figure]:
    """What the server holds after a room: with shared pages counted once, and each time."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    kept = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in (str(pid), *children)]
    once, each = (sum(int(re.findall(rf"^{name}:\s+(\d+)", text, re.M)[0]) for text in kept) / 1024 for name in ("Pss", "Rss"))
    return [
        Figure("memory after a room, shared pages counted once (PSS)", once, "MiB", 300, f"{len(kept)} processes"),
        Figure("memory after a room, shared pages counted each time (RSS)", each, "MiB", None, "the same"),
    ]
