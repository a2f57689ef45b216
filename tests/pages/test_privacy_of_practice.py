"""What "Who sees what" says of the practice gateway is what the practice gateway does."""

from __future__ import annotations

from app.practice.gateway import Gateway
from app.settings import Settings
from app.views.privacy_page import privacy_page

DAY = 86_400


def test_the_times_of_the_practice_gateway_are_its_own() -> None:
    told = [sentence for _, sentences in privacy_page(Settings()).sections for sentence in sentences if "practice gateway end" in sentence]
    assert told == ["Sign-ins and tokens of the practice gateway end within a day, clients that were registered there after 90 days."]
    lives = {name: field.default for name, field in Gateway.__dataclass_fields__.items() if name.endswith("_seconds")}
    assert lives["client_seconds"] == 90 * DAY
    assert max(lives[name] for name in ("grant_seconds", "access_seconds", "login_seconds", "flow_seconds", "ticket_seconds")) <= DAY
