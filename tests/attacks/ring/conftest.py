"""Debian's Chromium for this ring."""

from __future__ import annotations

from typing import Any

import chromium
import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium.binary(), "args": list(chromium.SWITCHES)}
