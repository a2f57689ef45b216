"""A store that cannot be opened when the app starts is one sentence for the operator, and no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import create_app
from app.settings import BadSetting, Settings
from app.store.database import BUSY, StoreUnavailable
from app.store.opening import unusable


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u@127.0.0.1:1/d", "port 1 failed: Connection refused"),
        ("postgresql://u@127.0.0.1:1/d?nosuch=1", "nosuch"),
        ("postgresql://u@127.0.0.1:port/d", "DATABASE_URL cannot be read"),
    ],
)
def test_a_database_that_is_not_there_is_told_in_the_drivers_own_words(url: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=says) as refused:
        create_app(Settings(database_url=url, data_dir=str(tmp_path)))
    assert "DATABASE_URL" in str(refused.value) and "\n" not in str(refused.value)


def test_a_store_without_a_driver_behind_it_says_its_own_sentence() -> None:
    assert BUSY in str(unusable(StoreUnavailable(BUSY)))
