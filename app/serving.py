"""The one gunicorn configuration: `python -m app` and the Procfile both use it."""

from __future__ import annotations

import gc
import logging
from pathlib import Path
from typing import Any

from app.settings import from_environment

settings = from_environment()
gc.disable()  # importing leaves no garbage; `when_ready` turns it on again

wsgi_app = "app:create_app()"
bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "gthread"  # one process with one thread deadlocks when the app walks its own practice gateway
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
accesslog = "-"
# neither query nor referer: both carry codes
access_log_format = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
loglevel = "warning"
proc_name = "mcp-flow-explorer"


def on_starting(server: Any) -> None:
    """Our own lines go to standard error, one line per event."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def when_ready(server: Any) -> None:
    """Say where to open it, as soon as it can be opened."""
    gc.freeze()  # workers share what was loaded; a collector that walks over it would copy every page
    gc.enable()
    print(f"MCP Flow Explorer is ready at {settings.base_url}", flush=True)
