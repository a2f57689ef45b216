from __future__ import annotations

import threading

import pytest
from store_parts import Clock, Open

from app.store.opening import Store


def new_run(store: Store, owner: str = "owner") -> str:
    return store.runs.create(owner, "https://gateway.example/mcp").id


def test_a_state_leads_to_its_run_and_owner_in_any_process(store: Store, open_again: Open, clock: Clock) -> None:
    run_id = new_run(store)
    store.states.remember_state("drawn", run_id, "owner", clock.at + 600)
    assert open_again().states.find_state("drawn") == (run_id, "owner")


@pytest.mark.parametrize("state", ["", "other", "drawn ", "\0", "\ud800", "x" * 100_000])
def test_an_unknown_state_leads_nowhere(store: Store, clock: Clock, state: str) -> None:
    store.states.remember_state("drawn", new_run(store), "owner", clock.at + 600)
    assert store.states.find_state(state) is None and store.states.answered(state) is False


def test_a_state_grows_too_old(store: Store, clock: Clock) -> None:
    store.states.remember_state("drawn", new_run(store), "owner", clock.at + 600)
    clock.at += 600
    assert store.states.find_state("drawn") is None and store.states.answered("drawn") is False and store.states.waiting("owner") == []


@pytest.mark.attack("K2")
def test_of_many_answers_one_is_the_first(store: Store, clock: Clock) -> None:
    store.states.remember_state("drawn", new_run(store), "owner", clock.at + 600)
    said: list[bool] = []
    threads = [threading.Thread(target=lambda: said.append(store.states.answered("drawn"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(said) == [False] * 7 + [True]
    assert store.states.find_state("drawn") is not None  # a reload still finds its run


def test_runs_wait_until_their_answer_came(store: Store, clock: Clock) -> None:
    first, second, foreign = new_run(store), new_run(store), new_run(store, "other")
    for state, run_id, owner in (("a", first, "owner"), ("b", second, "owner"), ("c", second, "owner"), ("d", foreign, "other")):
        store.states.remember_state(state, run_id, owner, clock.at + 600)
    assert store.states.waiting("owner") == sorted([first, second])
    store.states.answered("a")
    assert store.states.waiting("owner") == [second] and store.states.waiting("other") == [foreign]


def test_a_state_that_is_remembered_again_waits_again(store: Store, clock: Clock) -> None:
    first, second = new_run(store), new_run(store)
    store.states.remember_state("drawn", first, "owner", clock.at + 600)
    store.states.answered("drawn")
    store.states.remember_state("drawn", second, "owner", clock.at + 600)
    assert store.states.find_state("drawn") == (second, "owner") and store.states.answered("drawn") is True
