"""What "Who sees what" says of the practice gateway is what the practice gateway does."""

from __future__ import annotations

import pytest

from app.practice.gateway import WITH_THE_RUN, Gateway, healthy
from app.settings import Settings
from app.views.privacy_page import privacy_page
from app.views.times import duration

DAY = 86_400


@pytest.mark.parametrize("life", [600, DAY, 7 * DAY])
def test_the_times_of_the_practice_gateway_are_its_own(life: int) -> None:
    page = privacy_page(Settings(run_life_seconds=life))
    told = [sentence for _, sentences in page.sections for sentence in sentences if "of the practice gateway end" in sentence]
    assert told == [
        f"Sign-ins and tokens of the practice gateway end {duration(life)} after they began at the latest, "
        "clients that were registered there after 3 days."
    ]
    gateway = healthy("http://localhost:8000", life)
    assert (gateway.grant_seconds, gateway.client_seconds) == (life, 3 * DAY)
    assert max(getattr(gateway, name) for name in WITH_THE_RUN) <= life


def test_short_times_of_the_practice_gateway_stay_where_runs_live_long() -> None:
    assert healthy("http://localhost:8000", 7 * DAY).access_seconds == Gateway.access_seconds
    assert healthy("http://localhost:8000") == Gateway("healthy", "http://localhost:8000")
