"""From the command to the first page: seconds, bytes and memory."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from family import family as family_of
from family import memory_of
from figures import Figure
from running import App, running_app


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


def measure_first_page(app: App) -> list[Figure]:
    """Bytes of the page and of all it loads, as a browser gets them; a request to another host would be counted here too."""
    page = requests.get(app.url, headers={"Accept-Encoding": "gzip, br"}, timeout=10, stream=True)
    size = len(page.raw.read(decode_content=False))
    text = requests.get(app.url, timeout=10).text
    linked = {
        urljoin(app.url, url)
        for url in re.findall(r'<(?:link[^>]+(?:stylesheet|icon)[^>]*href|script[^>]+src|img[^>]+src)="([^"]+)"', text)
    }
    linked |= {urljoin(app.url, url) for url in re.findall(r'<link[^>]+href="([^"]+)"[^>]+rel="(?:stylesheet|icon)"', text)}
    for url in linked:
        answer = requests.get(url, headers={"Accept-Encoding": "gzip, br"}, timeout=10, stream=True)
        size += len(answer.raw.read(decode_content=False))
    foreign = [url for url in linked if urlsplit(url).netloc != urlsplit(app.url).netloc]
    return [
        Figure("first page with all it loads", size / 1000, "kB", 60, f"{1 + len(linked)} requests, compressed bodies"),
        Figure("requests to other hosts", len(foreign), "", 0, "links, scripts and pictures of the first page"),
    ]


def measure_memory(app: App) -> list[Figure]:
    """Memory of the arbiter and its workers, after some pages were served."""
    for _ in range(20):
        requests.get(app.url, timeout=10)
    family, memory = family_of(app.pid), memory_of(app.pid)
    return [
        Figure("memory, shared pages counted once (PSS)", memory.pss, "MiB", 110, f"{len(family)} processes, after 20 pages"),
        Figure("memory, shared pages counted each time (RSS)", memory.rss, "MiB", None, "the same"),
    ]
