"""A hosted instance under gunicorn with two workers: one count of everything, one line for every event, and no secret in either."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from running import App, free_port, running_app

PASSWORD, TOKEN, KEY = "planted-pa55word-long", "planted-t0ken-of-metrics", "planted-k3y" * 4
QUERY = "planted-s3cret-in-a-query"
STARTS = 6


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    port = str(free_port())
    hosted = {"MODE": "hosted", "PORT": port, "PUBLIC_URL": f"http://127.0.0.1:{port}", "SECRET_KEY": KEY}
    login = {"LOGIN": "password", "LOGIN_PASSWORD": PASSWORD, "NEW_RUNS_PER_MINUTE": str(STARTS)}
    watched = {"LOG_FORMAT": "json", "METRICS_PATH": "/metrics", "METRICS_TOKEN": TOKEN}
    with running_app(tmp_path_factory.mktemp("hosted"), **hosted, **login, **watched) as app:
        yield app


def signed_in(app: App) -> requests.Session:
    """A browser that has signed in; every request on a connection of its own, so that both workers are met."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Connection"] = "close"
    answer = session.post(f"{app.url}/login", data={"password": PASSWORD}, timeout=30)
    assert answer.ok and "/login" not in answer.url, answer.text
    return session


def metric(app: App, name: str) -> float:
    text = requests.get(f"{app.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10).text
    return sum(float(value) for value in re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", text, re.M))


def lines(app: App) -> list[dict[str, Any]]:
    found = [line for line in app.log.read_text(encoding="utf-8").splitlines() if line]
    return [json.loads(line) for line in found if not line.startswith("MCP Flow Explorer is ready")]


def test_a_brake_holds_for_both_workers_together(served: App) -> None:
    session = signed_in(served)
    statuses = [
        session.post(f"{served.url}/runs", data={"target": "https://192.0.2.1/mcp"}, allow_redirects=False, timeout=30).status_code
        for _ in range(STARTS * 3)
    ]
    assert statuses == [303] * STARTS + [429] * STARTS * 2
    assert metric(served, 'explorer_events_total{event="run started"}') == STARTS
    assert metric(served, 'explorer_events_total{event="braked"}') == STARTS * 2


def test_what_both_workers_counted_is_added_up_and_outlives_them(served: App) -> None:
    before = metric(served, 'explorer_requests_total{method="GET",page="health.health",status="200"}')
    for _ in range(20):
        assert requests.get(f"{served.url}/healthz", headers={"Connection": "close"}, timeout=10).ok
    after = metric(served, 'explorer_requests_total{method="GET",page="health.health",status="200"}')
    assert after == before + 20
    for pid in Path(f"/proc/{served.pid}/task/{served.pid}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            assert metric(served, 'explorer_requests_total{method="GET",page="health.health",status="200"}') >= after
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server did not come back")


def test_ready_tells_the_version_to_whoever_asks_by_address(served: App) -> None:
    answer = requests.get(f"{served.url}/readyz", headers={"Host": "10.0.0.7"}, timeout=10)
    assert answer.status_code == 200 and answer.json()["status"] == "ready"


def raw(app: App, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", app.port), timeout=10) as connection:
        connection.sendall(head.replace(b"%b", f"127.0.0.1:{app.port}".encode()))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass


def test_every_line_is_an_object_and_holds_no_secret(served: App) -> None:
    session = signed_in(served)
    requests.post(f"{served.url}/login", data={"password": "planted-wrong-one"}, timeout=10)
    session.get(f"{served.url}/callback?code={QUERY}&state={QUERY}", headers={"Referer": f"http://x/?{QUERY}"}, timeout=10)
    session.get(f"{served.url}/runs/planted_id_0123456789_0123456789?x={QUERY}", timeout=10)
    raw(served, b"GET /a%0d%0aFAKE%0a%22%1b[31m HTTP/1.1\r\nHost: %b\r\nConnection: close\r\nUser-Agent: planted-agent\r\n\r\n")
    raw(served, b"BAD\r\n\r\n")
    last = session.get(f"{served.url}/nope?{QUERY}", timeout=10).headers["X-Request-Id"]
    assert last in served.log_with(last)
    told = lines(served)
    assert {"at", "level", "logger", "says"} <= set(told[-1])
    asked = [line for line in told if line["says"] == "request"]
    assert any(line["path"].startswith("/a\r\nFAKE") for line in asked)
    assert any(line["path"] == "/runs/plante~" for line in asked)
    assert all(line["request"] and line["address"] == "127.0.0.1" for line in asked)
    text = served.log.read_text(encoding="utf-8")
    sid = session.cookies.get("explorer")
    assert sid and not [
        one for one in (PASSWORD, TOKEN, KEY, QUERY, sid, "planted-wrong-one", "planted-agent", "planted_id_01") if one in text
    ]


def test_a_forged_forwarded_header_changes_nothing(served: App) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Request-Id": "forged-by-me-1",
    }
    answer = requests.get(f"{served.url}/login", headers=forged, timeout=10)
    assert answer.status_code == 200 and answer.headers["X-Request-Id"] != "forged-by-me-1"
    assert "203.0.113.9" not in served.log_with(answer.headers["X-Request-Id"])
