"""What the browser brings back: state, duplicates, reloads, errors."""

from __future__ import annotations

from canned import CALLBACK, Gateway, Walker

from app.flow.log import Leg
from app.flow.standing import next_step, waits_for_person


def walker_at_authorize(gateway: Gateway) -> Walker:
    walker = Walker(gateway)
    walker.go()
    return walker


def test_a_foreign_state_is_kept_as_a_misfit_and_no_code_is_learned(gateway: Gateway) -> None:
    walker = walker_at_authorize(gateway)
    walker.come_back(state="another")
    assert walker.facts.answer is None and walker.facts.misfit
    assert next_step(walker.facts) == "callback"


def test_the_true_answer_still_counts_after_a_misfit(gateway: Gateway) -> None:
    walker = walker_at_authorize(gateway)
    walker.come_back(state="another")
    walker.come_back()
    assert walker.facts.answer is not None and walker.facts.misfit == 0
    assert next_step(walker.facts) == "token"


def test_a_second_answer_changes_nothing(gateway: Gateway) -> None:
    walker = walker_at_authorize(gateway)
    walker.come_back()
    walker.come_back(code="stolen")
    assert walker.facts.answer is not None and walker.facts.answer.code == "code-1"


def test_the_first_of_duplicate_parameters_counts(gateway: Gateway) -> None:
    walker = walker_at_authorize(gateway)
    state = walker.facts.authorization.state  # type: ignore[union-attr]
    walker.run.append(Leg("callback", f"{CALLBACK}?code=a&code=b&state={state}"), step="callback")
    assert walker.facts.answer is not None and walker.facts.answer.code == "a"


def test_an_error_answer_brings_no_code(gateway: Gateway) -> None:
    walker = walker_at_authorize(gateway)
    walker.come_back(code=None, error="access_denied")
    assert walker.facts.answer is not None and walker.facts.answer.error == "access_denied"
    assert not waits_for_person(walker.facts)
    walker.go()
    assert walker.roles("token") == []


def test_the_answer_to_an_older_request_does_not_fit(gateway: Gateway) -> None:
    walker = walker_at_authorize(gateway)
    old = walker.facts.authorization.state  # type: ignore[union-attr]
    from app.flow.acts import act

    act(walker.run, "retry", {}, None)
    walker.take("authorize")
    walker.come_back(state=old)
    assert walker.facts.answer is None
