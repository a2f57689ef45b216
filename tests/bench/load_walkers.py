"""Many people who look closely, in a process of their own: load_walkers.py keep|close APP_URL TARGET PEOPLE. Prints one JSON line.

Everybody walks step by step to the end, looks at every page once more, and says how long pages and steps took and what the run holds.
"""

from __future__ import annotations

import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from robot import HttpUser
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


def whole_walk(base: str, target: str, connection: str) -> Told:
    """One person's walk, in single steps, with at least fourteen page views."""
    user, told = HttpUser(base, wait_seconds=1.0), Told()
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


def _look_closely(user: HttpUser, told: Told) -> None:
    twin = user.twin()
    told.exchanges = len(twin["exchanges"])
    out = [leg["url"] for leg in twin["legs"] if leg["kind"] == "authorize"]
    told.clients = sorted({one for url in out for one in parse_qs(urlsplit(url).query).get("client_id", [])})
    told.pages = [_ms(one) for one in _ours(user) if one.request.method == "GET" and one.status_code == 200]
    told.steps = _steps(user, {one["seq"]: one["ms"] or 0.0 for one in twin["exchanges"]})


def _steps(user: HttpUser, gateway: dict[int, float]) -> list[float]:
    """What each press took beyond the gateway's own time, which is read from the exchanges that the next page shows for the first time."""
    seen: set[int] = set()
    took = []
    for answer in user.answers:
        shown = {int(seq) for seq in re.findall(r'data-exchange="(\d+)"', answer.text)}
        first = (answer.history or [answer])[0]
        if first.request.method == "POST" and first.url.startswith(f"{user.base}/runs/"):
            took.append(max(0.0, _ms(first) - sum(gateway.get(seq, 0.0) for seq in shown - seen)))
        seen |= shown
    return took


def _ours(user: HttpUser) -> list[requests.Response]:
    every = [one for answer in user.answers for one in (*answer.history, answer)]
    return [one for one in every if one.url.startswith(f"{user.base}/")]


def _page_views(user: HttpUser) -> int:
    return sum(one.request.method == "GET" and one.status_code == 200 for one in _ours(user))


def _ms(answer: requests.Response) -> float:
    return answer.elapsed.total_seconds() * 1_000


def main() -> None:
    connection, base, target, people = sys.argv[1:5]
    header = {"keep": "keep-alive", "close": "close"}[connection]
    began = time.monotonic()
    with ThreadPoolExecutor(int(people)) as pool:
        everybody = list(pool.map(lambda _: whole_walk(base, target, header), range(int(people))))
    told: dict[str, Any] = {"seconds": time.monotonic() - began, "people": [asdict(one) for one in everybody]}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
