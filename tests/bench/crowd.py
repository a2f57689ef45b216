"""What one more person feels while forty others walk, or wait for a gateway that says nothing."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from figures import Figure, p95
from robot import HttpUser
from running import App

PEOPLE = 40
PAUSE = 0.05  # between two pages of the visitor


def measure_crowds(app: App) -> list[Figure]:
    """Two crowds, one after the other, and the pages of a visitor meanwhile."""
    pages, told = visit_while_crowd("walk", app, f"{app.practice}/mcp/linear-v1")
    walked = f"{len(pages)} pages of one visitor; all walks took {told['seconds']:.1f} s"
    figures = [
        Figure(f"{PEOPLE} whole walks at once: troubles", len(told["troubles"]), "", 0, "; ".join(sorted(set(told["troubles"])))[:200]),
        Figure(f"{PEOPLE} whole walks at once: a page, p95", p95(pages), "ms", 300, walked),
    ]
    with silent_gateway() as target:
        pages, told = visit_while_crowd("stick", app, target)
    figures.append(Figure(f"{PEOPLE} people at a silent gateway: a page, p95", p95(pages), "ms", 50, f"{len(pages)} pages of one visitor"))
    return figures


def visit_while_crowd(what: str, app: App, target: str, people: int = PEOPLE) -> tuple[list[float], Any]:
    """Milliseconds of every page that a visitor opened while a crowd was busy, and what the crowd said."""
    visitor = HttpUser(app.url)
    visitor.start({"target": target})
    places = ["/", visitor.page.url, "/checks"]
    command = [sys.executable, str(Path(__file__).parent / "crowd_walkers.py"), what, app.url, target, str(people)]
    crowd = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    pages = []
    while crowd.poll() is None:
        began = time.perf_counter()
        with contextlib.suppress(requests.ConnectionError):
            visitor.open(places[len(pages) % len(places)])
        pages.append((time.perf_counter() - began) * 1000)
        time.sleep(PAUSE)
    assert crowd.stdout is not None
    return pages, json.loads(crowd.stdout.read())


@contextlib.contextmanager
def silent_gateway() -> Iterator[str]:
    """An MCP URL at which connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        kept: list[socket.socket] = []

        def take() -> None:
            with contextlib.suppress(OSError):  # the listener was closed: the end
                while True:
                    kept.append(listener.accept()[0])

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    for connection in kept:
        connection.close()
