"""The whole walk through the pages against the guide's script, turn about, at the same gateway: the seconds that are not the person's."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

from figures import Figure, ratio_of_medians
from robot import HttpUser
from running import App
from walker import practice_visit, walk


def measure_walk(app: App, times: int = 7) -> list[Figure]:
    """Medians of both; login and consent are left out on both sides, our own pages and redirects are counted on ours."""
    target = f"{app.practice}/mcp/linear-v1"
    ours, theirs, exchanges, requests = [], [], 0, 0
    for turn in range(times + 1):
        seconds, exchanges = _through_pages(app, target)
        milliseconds, requests = _by_script(app, target)
        if turn:  # the first one loads modules
            ours.append(seconds)
            theirs.append(milliseconds / 1000)
    pages, script = (round(statistics.median(seconds) * 1000) for seconds in (ours, theirs))
    how = f"{pages} ms for {exchanges} exchanges, script {script} ms for {requests} requests, {times} turns"
    return [Figure("walk through the pages / bash, curl, jq, openssl", ratio_of_medians(ours, theirs), "x", 0.3, how)]


def _through_pages(app: App, target: str) -> tuple[float, int]:
    user = HttpUser(app.url)
    user.start({"target": target})
    trail = walk(user, practice_visit)
    if trail[-1] != "done":
        raise RuntimeError(f"the walk ended {trail[-1]} ({user.problem})")
    seconds = user.seconds_at(app.url)
    exchanges = len(user.twin()["exchanges"])
    user.close()
    return seconds, exchanges


def _by_script(app: App, target: str) -> tuple[int, int]:
    command = ["bash", str(Path(__file__).parent / "guide.sh"), target, f"{app.url}/callback"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"guide.sh failed: {done.stderr[-500:]}")
    milliseconds, requests = done.stdout.split()[-2:]
    return int(milliseconds), int(requests)
