"""Registration is braked for each gateway by itself, and lets clients in again after a minute."""

from __future__ import annotations

from dance import Dance
from practice_parts import Clock

from app.practice.gateway import Gateway


def test_a_loop_of_registrations_is_told_when_to_come_back(dance: Dance, clock: Clock) -> None:
    most = Gateway("x", "http://localhost").registrations_per_minute
    assert {dance.register().status for _ in range(most)} == {201}
    refused = dance.register()
    assert (refused.status, refused.json["error"], refused.headers["retry-after"]) == (429, "too_many_requests", "60")
    clock.move(61)
    assert dance.register().status == 201
