"""Two instances of the app behind one nginx, over one PostgreSQL: as a team would run it, on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from running import App, ended_after, free_port, running_app, until_it_answers

KEY = "k" * 64
# /callback goes to the second instance and the way out to the first, so that no walk stays in one of them
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn; worker_processes 1;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  large_client_header_buffers 4 16k;
  upstream first {{ server 127.0.0.1:{first} max_fails=1 fail_timeout=1s; server 127.0.0.1:{second} backup; }}
  upstream second {{ server 127.0.0.1:{second} max_fails=1 fail_timeout=1s; server 127.0.0.1:{first} backup; }}
  upstream both {{ server 127.0.0.1:{first} max_fails=1 fail_timeout=1s; server 127.0.0.1:{second} max_fails=1 fail_timeout=1s; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_next_upstream error timeout non_idempotent; proxy_connect_timeout 2s;
    add_header X-Answered-By $upstream_addr always;
    location = /callback {{ proxy_pass http://second; }}
    location ~ /authorize$ {{ proxy_pass http://first; }}
    location / {{ proxy_pass http://both; }}
  }}
}}
"""


@dataclass
class Site:
    """What people open, and the two instances behind it."""

    url: str
    shared: dict[str, str] = field(default_factory=dict)
    instances: list[App] = field(default_factory=list)
    running: list[contextlib.ExitStack] = field(default_factory=list)

    def kill(self, number: int) -> None:
        """End one instance at once, master and workers, as a power cut would."""
        for pid in (self.instances[number].pid, *children(self.instances[number].pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start_again(self, number: int, folder: Path, **settings: str) -> None:
        """Stop one instance in an orderly way and start it on the same port, with other settings where they are named."""
        port = str(self.instances[number].port)
        self.running[number].close()
        self.instances[number] = self.running[number].enter_context(
            running_app(folder / f"instance-{number}", PORT=port, **{**self.shared, **settings})
        )

    def logs(self) -> str:
        return "\n".join(one.log.read_text(encoding="utf-8", errors="replace") for one in self.instances)


def children(pid: int) -> list[int]:
    """The processes that a process has started: gunicorn's workers."""
    with contextlib.suppress(FileNotFoundError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


@contextlib.contextmanager
def running_site(folder: Path, database_url: str, **settings: str) -> Iterator[Site]:
    """Start everything; end it behind."""
    ports = [free_port() for _ in range(3)]
    site = Site(f"http://127.0.0.1:{ports[2]}")
    site.shared = {
        "MODE": "hosted",
        "LOGIN": "open",
        "SECRET_KEY": KEY,
        "PUBLIC_URL": site.url,
        "PRACTICE_URL": f"http://localhost:{ports[2]}",
        "DATABASE_URL": database_url,
        "ALLOW_TARGETS": f"127.0.0.1:*,localhost:{ports[2]}",
        "PROXY_HOPS": "1",
        **settings,
    }
    with contextlib.ExitStack() as stack:
        for number in (0, 1):
            own = folder / f"instance-{number}"
            own.mkdir()
            site.running.append(stack.enter_context(contextlib.ExitStack()))
            site.instances.append(site.running[number].enter_context(running_app(own, PORT=str(ports[number]), **site.shared)))
        stack.enter_context(_nginx(folder, *ports))
        yield site


@contextlib.contextmanager
def _nginx(folder: Path, first: int, second: int, port: int) -> Iterator[None]:
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, first=first, second=second, port=port), encoding="utf-8")
    log = folder / "nginx.out"
    with log.open("wb") as out:
        process = subprocess.Popen([binary, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "nginx.log"], stdout=out, stderr=out)
    with ended_after(process):
        until_it_answers(f"http://127.0.0.1:{port}/healthz", process, log)
        yield
