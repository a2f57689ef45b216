"""The app as people run it, for tests that need a real server: `python -m app`, two workers, a data folder of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class App:
    """A running app. `url` has no trailing slash; `log` is what it printed so far."""

    url: str
    pid: int
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def practice(self) -> str:
        return f"http://localhost:{self.port}/practice"

    def log_with(self, line: str, seconds: float = 10.0) -> str:
        """The log, once it holds a line: gunicorn writes one down after the answer has gone. The log as it is where it never does."""
        deadline = time.monotonic() + seconds
        while line not in (text := self.log.read_text(encoding="utf-8", errors="replace")) and time.monotonic() < deadline:
            time.sleep(0.02)
        return text


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 30.0) -> None:
    """Return as soon as a GET of `url` is answered. Raises RuntimeError with the log where the program ends or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(url, timeout=5)
            return
        time.sleep(0.02)
    raise RuntimeError(f"no answer at {url}:\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}")


@contextlib.contextmanager
def ended_after(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the program, and wait for its end, whatever happens within."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def running_app(folder: Path, *, started_by: tuple[str, ...] = ("-m", "app"), **settings: str) -> Iterator[App]:
    """Start the app under gunicorn with two workers on a free port; `settings` are environment variables in upper case."""
    port = settings.get("PORT") or str(free_port())
    log = folder / "app.log"
    own = {"HOST": "127.0.0.1", "PORT": port, "WORKERS": "2", "DATA_DIR": str(folder / "state")}
    generous = {"NEW_RUNS_PER_MINUTE": "0", "RUNS_PER_BROWSER": "0"}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with log.open("ab") as out:
        command = [sys.executable, *started_by]
        process = subprocess.Popen(command, cwd=ROOT, env=kept | generous | own | settings, stdout=out, stderr=out)
    with ended_after(process):
        app = App(f"http://127.0.0.1:{port}", process.pid, log)
        until_it_answers(f"{app.url}/healthz", process, log)
        yield app
