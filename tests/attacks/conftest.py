"""The app over a canned gateway, as the pages' tests have it."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / folder) for folder in ("pages", "flow")]

from pages.conftest import ada, app, gateway, make_app, settings, store, wire  # noqa: E402

__all__ = ["ada", "app", "gateway", "make_app", "settings", "store", "wire"]
