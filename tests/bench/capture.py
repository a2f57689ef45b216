"""What keeping every byte costs: our wire against plain `requests`, the same POST, turn about."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import requests
from figures import Figure, ratio_of_medians
from running import ended_after, free_port, until_it_answers

from app.settings import Settings
from app.wire.messages import Request
from app.wire.recorder import Wire

BODY = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}'
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": "Bearer " + "t" * 64}


def measure_capture(folder: Path, times: int = 600) -> list[Figure]:
    """Median of one exchange, with its parsed answer, both ways."""
    port, log = free_port(), folder / "answering.log"
    url = f"http://127.0.0.1:{port}/"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, str(Path(__file__).parent / "answering.py"), str(port)], stdout=out, stderr=out)
    with ended_after(process):
        until_it_answers(url, process, log)
        ours, theirs = _turn_about(url, times)
    how = f"{times} turns, {sorted(theirs)[times // 2] * 1000:.2f} ms plain, a new connection each"
    return [Figure("one exchange kept / plain requests", ratio_of_medians(ours, theirs), "x", 1.05, how)]


def _turn_about(url: str, times: int) -> tuple[list[float], list[float]]:
    wire, session = Wire(Settings()), requests.Session()
    session.trust_env = False
    request = Request("POST", url, tuple(HEADERS.items()), BODY)
    ours, theirs = [], []
    for turn in range(times + 20):
        began = time.perf_counter()
        exchange = wire.send(request)
        assert exchange.status == 200
        between = time.perf_counter()
        answer = session.post(url, data=BODY, headers=HEADERS, allow_redirects=False, timeout=10)
        assert answer.status_code == 200
        if turn >= 20:  # the first ones load modules
            ours.append(between - began)
            theirs.append(time.perf_counter() - between)
    return ours, theirs
