"""Load on the default server, two workers with 32 threads each: walks at once, stuck people, hostile bodies, visitors without cookies."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from crowd import PAUSE, silent_gateway
from family import family, memory_of, until_memory_is_below, watched
from figures import Figure, p95
from robot import HttpUser
from running import App
from servers import Act, Segment, scripted
from sqlalchemy import func, select

from app.settings import Settings
from app.store.database import open_engine, reading
from app.store.tables import sessions

LOOKS = 2.0  # seconds before a press: forty who press as fast as the app lets them are a row of their own
WALKERS, STUCK, OTHERS, OVERFULL, HOSTILE, WARMING = 40, 40, 20, 100, 10, 40
PLACES = Settings().outgoing_at_once  # of both workers together
VISITS = 2_000


def measure_walkers(app: App, row: str, connection: str) -> list[Figure]:
    """L-1 and L-2: everybody walks the twelve steps at once; `connection` is keep or close."""
    with watched(app.pid) as peak:
        told = hurry(app, connection, WALKERS, LOOKS)
    hurried = hurry(app, connection, WALKERS)
    people = told["people"]
    troubles = [one["trouble"] for one in people if one["trouble"]]
    pages, steps = ([took for one in people for took in one[what]] for what in ("pages", "steps"))
    clients = [client for one in people for client in one["clients"]]
    strangers = len(clients) - len(set(clients)) + sum(len(one["clients"]) != 1 or one["exchanges"] < 12 for one in people)
    named = f"{row} {WALKERS} whole walks in single steps, connections {'kept' if connection == 'keep' else 'closed'}:"
    pressed = [took for one in hurried["people"] for took in one["steps"]]
    lost = [one["trouble"] for one in hurried["people"] if one["trouble"]]
    return [
        Figure(f"{named} all done", told["seconds"], "s", 60, f"{sum(one['exchanges'] for one in people)} exchanges"),
        Figure(f"{named} troubles", len(troubles), "", 0, "; ".join(sorted(set(troubles)))[:200] or "none"),
        Figure(f"{named} a page, p95", p95(pages), "ms", 300, f"{len(pages)} pages, as the walkers saw them"),
        Figure(
            f"{named} a step beyond the gateway's time, p95",
            p95(steps),
            "ms",
            400,
            f"{len(steps)} presses, each {LOOKS:.0f} s later",
        ),
        Figure(f"{named} the same without a pause, p95", p95(pressed), "ms", None, f"{len(pressed)} presses in {hurried['seconds']:.1f} s"),
        Figure(f"{named} troubles without a pause", len(lost), "", 0, "; ".join(sorted(set(lost)))[:200] or "none"),
        Figure(f"{named} runs too short or with another's client", strangers, "", 0, "12 exchanges or more, one client id"),
        Figure(f"{named} memory at its peak (PSS)", peak.pss, "MiB", 250, f"RSS, shared pages counted each time: {peak.rss:.0f} MiB"),
    ]


def hurry(app: App, connection: str, people: int, pause: float = 0.0) -> Any:
    """So many people walk at once; what they said. `pause` = seconds for which they look at a page before they press."""
    target = f"{app.practice}/mcp/linear-v1"
    command = [sys.executable, str(Path(__file__).parent / "load_walkers.py"), connection, app.url, target, str(people), str(pause)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, timeout=300, check=True
    )
    return json.loads(done.stdout)


def measure_stuck_beside_walkers(app: App) -> list[Figure]:
    """L-3: some are stuck at a gateway that says nothing, others walk meanwhile."""
    with silent_gateway() as target, ThreadPoolExecutor(STUCK) as pool:
        waiting = [pool.submit(_wait_it_out, app, target) for _ in range(STUCK)]
        pages, told = visit_while(app, lambda: hurry(app, "close", OTHERS))
        waits = [waited for one in waiting if (waited := one.result())]
    others = [took for one in told["people"] for took in one["pages"]] + pages
    troubles = [one["trouble"] for one in told["people"] if one["trouble"]]
    late = [abs(waited - Settings().exchange_seconds) for waited in waits]
    named = f"L-3 {STUCK} stuck, {OTHERS} walk:"
    return [
        Figure(f"{named} the others' pages, p95", p95(others), "ms", 300, f"{len(others)} pages, all walks in {told['seconds']:.1f} s"),
        Figure(f"{named} the others' troubles", len(troubles), "", 0, "; ".join(sorted(set(troubles)))[:200] or "none"),
        Figure(
            f"{named} how far from 10 s the stuck are told",
            max(late, default=99.0),
            "s",
            1,
            f"of {len(waits)} who had a place",
        ),
    ]


def _wait_it_out(app: App, target: str) -> float | None:
    """Seconds from the press that found a place to the page that says what happened; None where none came free."""
    user = HttpUser(app.url, wait_seconds=0.5)
    try:
        user.start({"target": target})
        user.press("run")
        first = [*user.answers[-1].history, user.answers[-1]]
        began = time.monotonic() - sum(one.elapsed.total_seconds() for one in first)
        user.wait(30)
        return time.monotonic() - began
    except (RuntimeError, KeyError, requests.RequestException):
        return None
    finally:
        user.close()


def measure_overfull(app: App) -> list[Figure]:
    """L-4: more are stuck than there are places: the rest is told at once, pages go on, and all is well after the gateway is gone."""
    with contextlib.ExitStack() as gateway, ThreadPoolExecutor(OVERFULL) as pool:
        target = gateway.enter_context(silent_gateway())
        users = [HttpUser(app.url) for _ in range(OVERFULL)]
        for user in users:
            user.start({"target": target})
        pages, answers = visit_while(app, lambda: list(pool.map(press_once, users)))
        gateway.close()
        recovered = _seconds_until_a_walk_starts(app)
    refused = [took for status, took in answers if status == 503]
    odd = [status for status, _ in answers if status not in (303, 503)]
    named = f"L-4 {OVERFULL} at a silent gateway, {PLACES} places:"
    return [
        Figure(f"{named} a refusal, the slowest", max(refused, default=99.0), "s", 3, f"{len(refused)} were told 503"),
        Figure(f"{named} answers that are neither 303 nor 503", len(odd), "", 0, f"{len(answers) - len(refused) - len(odd)} found a place"),
        Figure(f"{named} a page, p95", p95(pages), "ms", 500, f"{len(pages)} pages of one visitor"),
        Figure(f"{named} until a walk starts again", recovered, "s", 2, "after the gateway closed its connections"),
    ]


def press_once(user: HttpUser) -> tuple[int, float]:
    """(status, seconds) of one press, without a second try."""
    move = user.page.moves["run"]
    answer = user.session.post(move.url, data=move.values, allow_redirects=False, timeout=30)
    return answer.status_code, answer.elapsed.total_seconds()


def _seconds_until_a_walk_starts(app: App) -> float:
    began = time.monotonic()
    user = HttpUser(app.url)
    user.start({"target": f"{app.practice}/mcp/linear-v1"})
    while press_once(user)[0] != 303 and time.monotonic() < began + 30:
        time.sleep(PAUSE)
    return time.monotonic() - began


def measure_hostile(app: App) -> list[Figure]:
    """L-5: bombs, bodies without end and event streams without end, together. Ordinary walks before: they load what every run loads."""
    hurry(app, "close", WARMING)
    start, workers = memory_of(app.pid), family(app.pid)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%s\r\n"
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    scripts: list[tuple[Segment, ...]] = [
        (head % (b"application/json", b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(bomb)) + bomb,),
        (head % (b"application/json", b""), b"x" * 65_536, Act.FLOOD),
        (head % (b"text/event-stream", b""), b"data: " + b"x" * 1_000 + b"\n\n", Act.FLOOD),
    ]
    with contextlib.ExitStack() as stack, watched(app.pid) as peak, ThreadPoolExecutor(HOSTILE * len(scripts)) as pool:
        targets = [stack.enter_context(scripted(*script)).url for script in scripts] * HOSTILE
        ended = [waited is not None for waited in pool.map(lambda target: _wait_it_out(app, target), targets)]
    after = until_memory_is_below(app.pid, start.pss + 30, 10)
    named = f"L-5 {HOSTILE} each at a gzip bomb, an endless body, an endless event stream:"
    return [
        Figure(
            f"{named} memory at its peak (PSS)",
            peak.pss,
            "MiB",
            400,
            f"RSS {peak.rss:.0f} MiB; the bomb: 200 MB",
        ),
        Figure(f"{named} memory left over within 10 s", after.pss - start.pss, "MiB", 30, f"from {start.pss:.0f} MiB (PSS)"),
        Figure(f"{named} people who got no page", ended.count(False), "", 0, f"{len(ended)} people"),
        Figure(f"{named} workers restarted", len(set(workers) - set(family(app.pid))), "", 0, f"{len(workers)} processes"),
    ]


def measure_visitors(app: App, folder: Path) -> list[Figure]:
    """L-6: many who bring no cookie look at the public pages while a run is open."""
    open_run = HttpUser(app.url)
    open_run.start({"target": f"{app.practice}/mcp/linear-v1"})
    open_run.press("run")
    before = (open_run.wait().state, open_run.twin()["exchanges"])
    places = public_pages(app.url)
    kept = _kept(folder)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda number: _look_in(app.url + places[number % len(places)]), range(VISITS)))
    open_run.reload()
    lost = (open_run.state, open_run.twin()["exchanges"]) != before
    named = f"L-6 {VISITS} visits without a cookie to {len(places)} public pages:"
    cookies, odd = sum(cookie for _, cookie in told), sorted({status for status, _ in told if status != 200})
    return [
        Figure(
            f"{named} files and sessions that they left",
            sum(_kept(folder)) - sum(kept),
            "",
            0,
            f"{kept[0]} and {kept[1]} before",
        ),
        Figure(f"{named} cookies given, answers other than 200", cookies + len(odd), "", 0, f"odd answers: {odd or 'none'}"),
        Figure(f"{named} open runs that changed", float(lost), "", 0, f"it stayed at {before[0]}"),
    ]


def public_pages(base: str) -> list[str]:
    """The first page, and what it links to on the same host without a question."""
    linked = re.findall(r'<a[^>]+href="(/[^"?#]*)"', requests.get(base, timeout=10).text)
    return [place for place in dict.fromkeys(["/", *linked]) if not place.startswith(("/practice", "/runs"))]


def _look_in(url: str) -> tuple[int, bool]:
    answer = requests.get(url, timeout=30)
    return answer.status_code, "Set-Cookie" in answer.headers


def _kept(folder: Path) -> tuple[int, int]:
    """(files, sessions) in the data folder."""
    engine = open_engine(Settings(data_dir=str(folder / "state")))
    with reading(engine) as connection:
        count = connection.scalar(select(func.count()).select_from(sessions)) or 0
    engine.dispose()
    return sum(path.is_file() for path in (folder / "state").rglob("*")), count


def visit_while(app: App, work: Callable[[], Any]) -> tuple[list[float], Any]:
    """Milliseconds of the pages that one more person opened while the work went on, and what the work said."""
    visitor = HttpUser(app.url)
    visitor.start({"target": f"{app.practice}/mcp/linear-v1"})
    places, pages = ["/", visitor.page.url, "/checks"], []
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(work)
        while not busy.done():
            began = time.perf_counter()
            visitor.open(places[len(pages) % len(places)])
            pages.append((time.perf_counter() - began) * 1_000)
            time.sleep(PAUSE)
        return pages, busy.result()
