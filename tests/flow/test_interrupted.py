"""A worker that dies in the middle of a step: what it may have sent is not sent again."""

from __future__ import annotations

import pytest
from canned import Gateway, Walker, form

from app.flow import choices
from app.flow.acts import act
from app.flow.fold import facts_of
from app.flow.log import Choice


@pytest.mark.parametrize(("action", "kind"), [("run", "run_on"), ("step", "take")])
def test_a_code_that_may_have_been_sent_is_not_sent_after_an_interruption(gateway: Gateway, action: str, kind: str) -> None:
    walker = Walker(gateway)
    walker.go()
    walker.come_back()
    walker.run.append(Choice(choices.TAKE, {"step": "token", "pace": "run"}), step="token")  # and here the worker died
    plan = act(walker.run, action, {"step": "token"}, None)
    assert plan.kind == kind
    assert facts_of(walker.run).answer is None, "the browser goes out again"
    walker.go()
    assert [form(asked) for asked in gateway.asked if asked.url.endswith("/token")] == []


def test_a_step_that_sends_no_secret_is_simply_taken_again(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.take("probe")
    walker.run.append(Choice(choices.TAKE, {"step": "resource_metadata", "pace": "run"}), step="resource_metadata")
    before = len(walker.run.entries)
    assert act(walker.run, "run", {}, None).kind == "run_on"
    assert len(walker.run.entries) == before
