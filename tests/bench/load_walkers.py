"""Many people who look closely, in a process of their own: load_walkers.py keep|close APP_URL TARGET PEOPLE PAUSE. Prints one JSON line.

PAUSE is for how many seconds everybody looks at a page before the next press. Everybody walks step by step to the end, looks at every
page once more, and says how long pages and steps took and what the run holds.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from robot import HttpUser, Page
from walker import PREFERENCES, practice_visit, walk

STEPWISE = PREFERENCES | {"ready": ("step", "run")}
PAGE_VIEWS = 14


@dataclass
class Told:
    """What one person saw. Times in milliseconds; `clients` are the client ids in the authorization requests of the run."""

    trouble: str = ""
    pages: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    exchanges: int = 0
    clients: list[str] = field(default_factory=list)


class Timed(HttpUser):
    """One person, with the time of day at which each answer came."""

    def __init__(self, base: str, wait_seconds: float, pause: float) -> None:
        super().__init__(base, wait_seconds)
        self._pause_seconds = pause
        self.ended: dict[int, float] = {}
        self.session.hooks["response"].append(lambda answer, **_: self.ended.__setitem__(id(answer), time.time()))

    def press(self, action: str, **values: str) -> Page:
        time.sleep(self._pause_seconds)
        return super().press(action, **values)


def whole_walk(base: str, target: str, connection: str, pause: float, late: float) -> Told:
    """One person's walk, in single steps, with at least fourteen page views, begun this part of a pause late: people keep no step."""
    time.sleep(pause * late)
    user, told = Timed(base, 1.0, pause), Told()
    user.session.headers["Connection"] = connection
    try:
        user.start({"target": target})
        walk(user, practice_visit, preferences=STEPWISE)
        while _page_views(user) < PAGE_VIEWS:
            user.reload()
        told.trouble = "" if user.state == "done" else f"ended {user.state} ({user.problem})"
        _look_closely(user, told)
    except (RuntimeError, KeyError, LookupError, requests.RequestException) as trouble:
        told.trouble = f"{type(trouble).__name__}: {trouble}"[:300]
    finally:
        user.close()
    return told


def _look_closely(user: Timed, told: Told) -> None:
    twin = user.twin()
    told.exchanges = len(twin["exchanges"])
    out = [leg["url"] for leg in twin["legs"] if leg["kind"] == "authorize"]
    told.clients = sorted({one for url in out for one in parse_qs(urlsplit(url).query).get("client_id", [])})
    told.pages = [_ms(one) for one in _ours(user) if one.request.method == "GET" and one.status_code == 200]
    told.steps = _steps(user, _exchanges(user))


def _exchanges(user: HttpUser) -> list[tuple[float, float]]:
    """When each exchange with the gateway began and ended, in seconds since the epoch, as the HAR file says."""
    address = user.page.url.split("#")[0].split("?")[0] + ".har"
    listed = user.session.get(address, timeout=10).json()["log"]["entries"]
    began = [(datetime.fromisoformat(one["startedDateTime"]).timestamp(), one["time"] / 1_000) for one in listed]
    return [(at, at + seconds) for at, seconds in began]


def _steps(user: Timed, exchanges: list[tuple[float, float]]) -> list[float]:
    """What each press took beyond the gateway's own time within it. Several exchanges of one run never overlap."""
    took = []
    for answer in user.answers:
        first = (answer.history or [answer])[0]
        if first.request.method == "POST" and first.url.startswith(f"{user.base}/runs/"):
            end = user.ended[id(first)]
            start = end - first.elapsed.total_seconds()
            took.append(_ms(first) - sum(max(0.0, min(end, to) - max(start, at)) for at, to in exchanges) * 1_000)
    return took


def _ours(user: HttpUser) -> list[requests.Response]:
    every = [one for answer in user.answers for one in (*answer.history, answer)]
    return [one for one in every if one.url.startswith(f"{user.base}/")]


def _page_views(user: HttpUser) -> int:
    return sum(one.request.method == "GET" and one.status_code == 200 for one in _ours(user))


def _ms(answer: requests.Response) -> float:
    return answer.elapsed.total_seconds() * 1_000


def main() -> None:
    connection, base, target, people, pause = sys.argv[1:6]
    header = {"keep": "keep-alive", "close": "close"}[connection]
    began = time.monotonic()
    with ThreadPoolExecutor(int(people)) as pool:
        everybody = list(pool.map(lambda one: whole_walk(base, target, header, float(pause), one / int(people)), range(int(people))))
    told: dict[str, Any] = {"seconds": time.monotonic() - began, "people": [asdict(one) for one in everybody]}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
