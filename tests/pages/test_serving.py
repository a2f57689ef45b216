"""The app as it is started: one command, gunicorn with our configuration, workers that may die."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from robot import HttpUser
from running import ROOT, App, running_app
from walker import practice_visit, walk

SECRET = "planted-s3cret-in-a-query"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("served"), HOME=str(tmp_path_factory.mktemp("home"))) as app:
        yield app


def test_the_command_says_where_to_open_it_and_leaves_nothing_in_the_home_folder(served: App) -> None:
    assert f"ready at {served.url}" in served.log_with("ready at")
    home = Path(f"/proc/{served.pid}/environ").read_bytes().split(b"HOME=")[1].split(b"\0")[0].decode()
    assert list(Path(home).iterdir()) == []


@pytest.mark.attack("L1")
def test_a_long_code_reaches_the_callback_and_no_query_reaches_the_log(served: App) -> None:
    answer = requests.get(
        f"{served.url}/callback?code={'c' * 7_900}&state={SECRET}", timeout=10, headers={"Referer": f"http://x/?{SECRET}"}
    )
    assert answer.status_code == 400 and "data-problem" in answer.text
    log = served.log_with('"GET /callback" 400')
    assert '"GET /callback" 400' in log
    assert SECRET not in log and "cccc" not in log


def raw(served: App, head: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.attack("B4")
@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: %b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: %b\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: %b\r\nX-A: \0\r\n\r\n",
        b"GET /runs/\xff\xfe HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"POST /runs HTTP/1.1\r\nHost: %b\r\nContent-Length: x\r\n\r\n",
        b"POST /runs HTTP/1.1\r\nHost: %b\r\nConnection: close\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_a_bad_request_is_refused_and_the_server_lives(served: App, head: bytes) -> None:
    answer = raw(served, head.replace(b"%b", f"127.0.0.1:{served.port}".encode()))
    status = answer.split(b" ")[1:2]
    assert not answer or b"400" <= status[0] < b"500", answer[:200]
    assert b"Traceback" not in answer
    assert requests.get(served.url, timeout=10).ok


def test_the_whole_walk_at_the_practice_gateway(served: App) -> None:
    user = HttpUser(served.url)
    user.start({"target": f"{served.practice}/mcp/linear-v1"})
    assert walk(user, practice_visit)[-1] == "done"


def workers_of(app: App) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{app.pid}/task/{app.pid}/children").read_text().split()]


def test_a_run_outlives_its_workers_and_the_whole_server(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        user = HttpUser(app.url)
        user.start({"target": f"{app.practice}/mcp/linear-v1"})
        user.press("run")
        assert user.wait().state == "authorize"
        for pid in workers_of(app):
            os.kill(pid, signal.SIGKILL)
        port, page = str(app.port), user.page.url
    with running_app(tmp_path, PORT=port):
        user.send(type(user.page.moves["authorize"])("GET", page))
        assert user.page.state == "authorize"
        assert walk(user, practice_visit)[-1] == "done"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PORT": "many"}, "PORT must be a number"),
        ({"MODE": "hosted"}, "SECRET_KEY"),
        ({"MODE": "cloud"}, "MODE must be laptop or hosted"),
        ({"ALLOW_TARGETS": "nonsense"}, "ALLOW_TARGETS"),
        ({"DATABASE_URL": "oracle://x"}, "DATABASE_URL"),
        ({"DATA_DIR": "/proc/nowhere"}, "DATA_DIR"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_the_start_with_a_sentence(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)} | changes
    ended = subprocess.run([sys.executable, "-m", "app"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30)
    assert ended.returncode != 0
    assert said in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_the_options_of_the_command_win_over_the_environment() -> None:
    shown = subprocess.run([sys.executable, "-m", "app", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert re.search(r"--host.*--port", shown.stdout, re.S)


def test_threads_share_two_arenas_so_that_the_room_of_large_answers_comes_back() -> None:
    arenas = """
import ctypes, threading
{serving}
together = threading.Barrier(12)
def fill():
    together.wait()
    [bytes(50_000) for _ in range(50)]
    together.wait()
threads = [threading.Thread(target=fill) for _ in range(12)]
[one.start() for one in threads]; [one.join() for one in threads]
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout")); libc.fflush(None)
"""
    counts = [
        subprocess.run([sys.executable, "-c", arenas.replace("{serving}", first)], cwd=ROOT, capture_output=True, text=True).stdout.count(
            "<heap "
        )
        for first in ("", "import app.serving")
    ]
    assert counts[0] > 2 >= counts[1] > 0
