"""The one gunicorn configuration: `python -m app` and the Procfile both use it."""

from __future__ import annotations

import gc
import logging
import sys
from pathlib import Path
from typing import Any

from app.pages.log_lines import lines_of
from app.pages.malloc import bound_arenas
from app.pages.metrics_files import drop_shared_counters, forget_worker, share_counters
from app.settings import from_environment

settings = from_environment()
bound_arenas()
if settings.metrics_path:
    share_counters()
sys.setswitchinterval(0.001)  # who wakes with the turn to write must not wait 5 ms for each thread that prints a page
gc.disable()  # importing leaves no garbage; `when_ready` turns it on again

wsgi_app = "app:create_app()"
bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "app.patient_worker.PatientWorker"  # threads: a single one deadlocks when the app walks its own practice gateway
workers = settings.workers
threads = settings.threads
preload_app = True  # modules are read once and shared by the workers
timeout = 60  # of a worker's heartbeat; work for gateways runs beside it and has its own deadlines
graceful_timeout = 5  # for pages; a step that is cut off is marked interrupted and can be taken again
keepalive = 5
limit_request_line = 8190  # the most there is: codes of 5,000 characters come to /callback
limit_request_fields = 100
control_socket_disable = True  # gunicorn would open one in the home directory
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a heartbeat must not wait for a disk
sendfile = False  # answers come from memory, and what a client does not read at once is kept there
accesslog = "-"
logger_class = "app.pages.access_lines.Lines"
forwarded_allow_ips = "192.0.2.1"  # nobody: what proxies forward is read in one place, by PROXY_HOPS
loglevel = "warning"
proc_name = "mcp-flow-explorer"


def on_starting(server: Any) -> None:
    """Our own lines go to standard error, one line per event."""
    lines = logging.StreamHandler()
    lines.setFormatter(lines_of(settings.log_format))
    logging.basicConfig(level=logging.INFO, handlers=[lines])


def post_worker_init(worker: Any) -> None:
    """Each worker removes what is over."""
    from app.pages.sweeper import keep_sweeping

    keep_sweeping(worker.wsgi.extensions["explorer"])


def child_exit(server: Any, worker: Any) -> None:
    """Gauges of a worker end with it; what it counted stays."""
    forget_worker(worker.pid)


def on_exit(server: Any) -> None:
    """The counters end with the server."""
    drop_shared_counters()


def when_ready(server: Any) -> None:
    """Say where to open it, as soon as it can be opened."""
    gc.freeze()  # workers share what was loaded; a collector that walks over it would copy every page
    gc.enable()
    print(f"MCP Flow Explorer is ready at {settings.base_url}", flush=True)
