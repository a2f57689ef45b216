"""Debian's Chromium for Playwright: where it is, and the switches that keep it quiet and off the network."""

from __future__ import annotations

import os
import shutil

SWITCHES = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def binary() -> str:
    """The browser's path. Raises RuntimeError with what to do where there is none."""
    found = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
    if not found:
        raise RuntimeError("No chromium found. `make test` installs it, or set EXPLORER_CHROMIUM to its path.")
    return found
