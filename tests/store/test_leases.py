from __future__ import annotations

import multiprocessing
import threading
import time
from dataclasses import replace

import pytest
from store_parts import Clock, Open

from app.settings import Settings
from app.store.leases import InstanceBusy, OwnerBusy
from app.store.opening import Store, open_store

TARGET = "https://gateway.example/mcp"
FORK = multiprocessing.get_context("fork")


def new_run(store: Store) -> str:
    return store.runs.create("owner", "https://gateway.example/mcp").id


def test_the_second_click_gets_no_lease_until_the_first_is_done(store: Store) -> None:
    run_id = new_run(store)
    first = store.leases.take_lease(run_id, "probe", 30)
    assert first is not None and store.leases.take_lease(run_id, "probe", 30) is None
    assert store.leases.lease_of(run_id) == first
    store.leases.release(first)
    assert store.leases.lease_of(run_id) is None
    assert store.leases.take_lease(run_id, "token", 30) is not None


def test_leases_on_two_runs_do_not_meet(store: Store) -> None:
    assert store.leases.take_lease(new_run(store), "probe", 30) and store.leases.take_lease(new_run(store), "probe", 30)


def test_a_dead_workers_lease_ends_by_itself(store: Store, clock: Clock) -> None:
    run_id = new_run(store)
    dead = store.leases.take_lease(run_id, "probe", 30)
    assert dead is not None
    clock.at += 30
    assert store.leases.lease_of(run_id) is None
    alive = store.leases.take_lease(run_id, "probe", 30)
    assert alive is not None and alive.holder != dead.holder
    assert store.leases.renew(dead, 30) is None
    store.leases.release(dead)
    assert store.leases.lease_of(run_id) == alive


def test_a_slow_worker_may_renew_what_nobody_else_took(store: Store, clock: Clock) -> None:
    run_id = new_run(store)
    slow = store.leases.take_lease(run_id, "probe", 30)
    assert slow is not None
    clock.at += 31
    longer = store.leases.renew(slow, 30, "asking")
    assert longer == replace(slow, until=clock.at + 30, progress="asking") == store.leases.lease_of(run_id)


def test_a_cancel_reaches_the_worker_and_not_the_next_one(store: Store) -> None:
    run_id = new_run(store)
    assert store.leases.ask_cancel(run_id) is False
    lease = store.leases.take_lease(run_id, "probe", 30)
    assert lease is not None and store.leases.ask_cancel(run_id) is True
    seen = store.leases.renew(lease, 30)
    assert seen is not None and seen.cancelled
    store.leases.release(seen)
    fresh = store.leases.take_lease(run_id, "probe", 30)
    assert fresh is not None and store.leases.lease_of(run_id) == fresh and not fresh.cancelled


def test_a_taken_over_lease_inherits_neither_cancel_nor_progress(store: Store, clock: Clock) -> None:
    run_id = new_run(store)
    store.leases.take_lease(run_id, "probe", 30)
    store.leases.note_progress(run_id, "asking …")
    store.leases.ask_cancel(run_id)
    before = store.leases.lease_of(run_id)
    assert before is not None and before.cancelled and before.progress == "asking …"
    clock.at += 31
    assert store.leases.take_lease(run_id, "token", 30) == store.leases.lease_of(run_id)


def test_a_run_that_is_gone_can_not_be_leased(store: Store) -> None:
    run_id = new_run(store)
    store.runs.delete(run_id, "owner")
    assert store.leases.take_lease(run_id, "probe", 30) is None
    assert store.leases.take_lease("never\0was", "probe", 30) is None


def _race(settings: Settings, run_id: str, start_at: float) -> bool:
    store = open_store(settings)
    while time.time() < start_at:
        pass
    won = store.leases.take_lease(run_id, "probe", 60) is not None
    store.engine.dispose()
    return won


def test_of_processes_that_race_for_a_lease_one_wins(settings: Settings) -> None:
    store = open_store(settings)
    with FORK.Pool(4) as pool:
        for expired in (False, True):
            run_id = new_run(store)
            if expired:
                store.leases.take_lease(run_id, "probe", 0)
            assert sorted(pool.starmap(_race, [(settings, run_id, time.time() + 0.3)] * 4, chunksize=1)) == [False] * 3 + [True]
    store.engine.dispose()


def test_an_owner_works_on_so_many_runs_at_once_on_all_workers_together(store: Store, open_again: Open, clock: Clock) -> None:
    workers = (store, open_again())
    mine = [store.runs.create("ada", TARGET).id for _ in range(3)]
    held = [worker.leases.take_lease(run_id, "probe", 10, 2) for worker, run_id in zip(workers, mine, strict=False)]
    for worker in workers:
        with pytest.raises(OwnerBusy):
            worker.leases.take_lease(mine[2], "probe", 10, 2)
    assert store.leases.take_lease(mine[0], "probe", 10, 2) is None, "the same run is under way: the click shows it"
    assert store.leases.take_lease(store.runs.create("bob", TARGET).id, "probe", 10, 2) is not None
    assert store.leases.take_lease(mine[2], "probe", 10) is not None, "0 = no limit"
    assert held[0]
    clock.at += 11
    assert store.leases.take_lease(mine[1], "probe", 10, 2) is not None, "a dead worker's lease counts no more"


def test_an_instance_works_on_so_many_runs_at_once_and_others_are_not_counted(store: Store, open_again: Open, clock: Clock) -> None:
    other_instance, (first, second, third) = open_again(), [new_run(store) for _ in range(3)]
    held = store.leases.take_lease(first, "probe", 10, most_here=1)
    with pytest.raises(InstanceBusy):
        store.leases.take_lease(second, "probe", 10, most_here=1)
    assert store.leases.take_lease(first, "probe", 10, most_here=1) is None, "the same run is under way: the click shows it"
    assert other_instance.leases.take_lease(second, "probe", 10, most_here=1) is not None
    assert store.leases.take_lease(third, "probe", 10) is not None, "0 = no limit"
    assert held
    clock.at += 11
    assert store.leases.take_lease(first, "probe", 10, most_here=1) is not None, "a dead worker's lease counts no more"


def test_clicks_at_the_same_moment_on_several_workers_do_not_get_one_too_many(store: Store, open_again: Open) -> None:
    workers, won = [store, open_again()], []
    mine = [store.runs.create("ada", TARGET).id for _ in range(8)]
    start = threading.Barrier(len(mine))

    def click(number: int) -> None:
        start.wait(10)
        try:
            won.append(workers[number % 2].leases.take_lease(mine[number], "probe", 10, 2))
        except OwnerBusy:
            won.append(None)

    threads = [threading.Thread(target=click, args=(number,)) for number in range(len(mine))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(lease is not None for lease in won) == 2
