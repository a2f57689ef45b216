from __future__ import annotations

import pytest
from canned import Gateway


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()
