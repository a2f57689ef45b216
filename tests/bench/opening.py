"""Opening a long run against opening a short one, over the whole server."""

from __future__ import annotations

import json
import statistics
import time

import requests
from figures import Figure, ratio_of_medians
from running import App

SHORT, LONG, AT_MOST = 12, 200, 2.0


def measure_opening(app: App, times: int = 40) -> list[Figure]:
    """Medians, turn about, after both were looked at some times: two workers remember what they printed."""
    session = requests.Session()
    session.trust_env = False
    short, long = (_recorded(app, session, count) for count in (SHORT, LONG))
    took: dict[str, list[float]] = {short: [], long: []}
    size = 0
    for turn in range(times + 10):
        for url in (short, long):
            began = time.perf_counter()
            answer = session.get(url, timeout=10)
            milliseconds = (time.perf_counter() - began) * 1_000
            assert answer.text.count("data-exchange=") == (SHORT if url == short else LONG)
            if turn >= 10:
                took[url].append(milliseconds)
            size = max(size, len(answer.content))
    how = f"{statistics.median(took[long]):.1f} ms against {statistics.median(took[short]):.1f} ms, medians of {times}, turn about"
    return [
        Figure(f"opening a run of {LONG} exchanges / of {SHORT}", ratio_of_medians(took[long], took[short]), "x", AT_MOST, how),
        Figure(f"its page, {LONG} exchanges", size / 1_000, "kB", 1_000, "not compressed"),
    ]


def _recorded(app: App, session: requests.Session, exchanges: int) -> str:
    """The address of an imported run: a first 401, then refusals of a refresh."""
    entries = [_entry("https://gw.example/mcp", 401, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', "application/json", "", 0)]
    for number in range(1, exchanges):
        said = json.dumps({"error": "invalid_grant", "error_description": f"attempt {number}"})
        form = f"grant_type=refresh_token&refresh_token=r-{number:08}&client_id=one"
        entries.append(_entry("https://gw.example/token", 400, form, "application/x-www-form-urlencoded", said, number))
    har = {"log": {"version": "1.2", "creator": {"name": "bench", "version": "1"}, "entries": entries}}
    answer = session.post(f"{app.url}/import", files={"har": ("a.har", json.dumps(har))}, timeout=60, allow_redirects=False)
    assert answer.status_code == 303, answer.text[:300]
    return f"{app.url}{answer.headers['Location']}"


def _entry(url: str, status: int, sent: str, kind: str, said: str, second: int) -> dict[str, object]:
    plain = {"httpVersion": "HTTP/1.1", "cookies": [], "headersSize": -1, "bodySize": -1}
    headers = [{"name": "Content-Type", "value": kind}]
    request = {"method": "POST", "url": url, "headers": headers, "queryString": [], "postData": {"mimeType": kind, "text": sent}}
    content = {"size": len(said), "mimeType": "application/json", "text": said}
    response = {"status": status, "statusText": "", "headers": [], "content": content, "redirectURL": ""}
    at = f"2026-11-26T10:{second // 60:02}:{second % 60:02}.000Z"
    timings = {"send": 1, "wait": 20, "receive": 1}
    return {"startedDateTime": at, "time": 22, "request": plain | request, "response": plain | response, "cache": {}, "timings": timings}
