"""The examples live in app/checks/examples; this name stays for tests."""

from __future__ import annotations

from app.checks.examples.of_probe import *  # noqa: F403
