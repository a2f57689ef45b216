"""From the command to the first page: seconds, bytes and memory."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from family import family as family_of
from family import memory_of, until_all_are_there
from figures import Figure
from running import App, running_app

PROCESSES = 3  # the arbiter and two workers


def measure_start(folder: Path, times: int = 5) -> list[Figure]:
    """Start the app several times on the same data folder, as a person does; the first one, which makes the database, is not counted."""
    seconds = []
    for attempt in range(times + 1):
        began = time.monotonic()
        with running_app(folder) as app:
            assert requests.get(app.url, timeout=10).ok
            if attempt:
                seconds.append(time.monotonic() - began)
    return [Figure("command to first page", sorted(seconds)[len(seconds) // 2], "s", 1.0, f"median of {times} starts of `python -m app`")]


@dataclass(frozen=True)
class Weight:
    """A page with all it loads from its own host, in bytes of compressed bodies. `foreign` are URLs at other hosts; they are not asked."""

    octets: int
    requests: int
    foreign: tuple[str, ...]


def weight_of(page: str) -> Weight:
    """Ask for a page and for the styles, scripts and pictures that it names, as a browser does."""
    text = requests.get(page, timeout=10).text
    tags = re.findall(r"<(?:link|script|img)\b[^>]*>", text)
    loads = [tag for tag in tags if not tag.startswith("<link") or re.search(r'rel="[^"]*(?:stylesheet|icon|modulepreload)', tag)]
    linked = {urljoin(page, found[1]) for tag in loads if (found := re.search(r'\b(?:href|src)="([^"]+)"', tag))}
    own = [url for url in linked if urlsplit(url).netloc == urlsplit(page).netloc]
    return Weight(sum(map(_octets, [page, *own])), 1 + len(own), tuple(sorted(linked - set(own))))


def _octets(url: str) -> int:
    answer = requests.get(url, headers={"Accept-Encoding": "gzip, br"}, timeout=10, stream=True)
    answer.raise_for_status()
    return len(answer.raw.read(decode_content=False))


def measure_first_page(app: App) -> list[Figure]:
    """Bytes of the page and of all it loads, and what it would ask of other hosts."""
    weight = weight_of(app.url)
    return [
        Figure("first page with all it loads", weight.octets / 1000, "kB", 60, f"{weight.requests} requests, compressed bodies"),
        Figure("requests to other hosts", len(weight.foreign), "", 0, "links, scripts and pictures of the first page"),
    ]


def measure_memory(app: App) -> list[Figure]:
    """Memory of the arbiter and its workers, after some pages were served."""
    until_all_are_there(app.pid, PROCESSES)
    for _ in range(20):
        requests.get(app.url, timeout=10)
    family, memory = family_of(app.pid), memory_of(app.pid)
    return [
        Figure("memory, shared pages counted once (PSS)", memory.pss, "MiB", 110, f"{len(family)} processes, after 20 pages"),
        Figure("memory, shared pages counted each time (RSS)", memory.rss, "MiB", None, "the same"),
    ]
