"""Counters that several workers share: prometheus_client keeps them in files of a folder, one for each worker, while the server lives."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client as it is imported


def share_counters() -> None:
    """Make the folder, in memory where there is one, before anything is counted."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="explorer-metrics-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)  # noqa: S108


def forget_worker(pid: int) -> None:
    """A worker has ended: its gauges count no more."""
    if VARIABLE in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def drop_shared_counters() -> None:
    """The server ends: the folder goes."""
    folder = os.environ.get(VARIABLE, "")
    if Path(folder).name.startswith("explorer-metrics-"):
        shutil.rmtree(folder, ignore_errors=True)
