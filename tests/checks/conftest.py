from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# the example tables, and the canned gateway of the flow's tests
sys.path += [str(TESTS / "exchanges"), str(TESTS / "flow")]

from canned import Gateway  # noqa: E402


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()
