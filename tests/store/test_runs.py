from __future__ import annotations

import gc
import threading
import weakref
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from store_parts import Clock, Open

from app.flow.log import Choice, Exchange, Leg
from app.settings import Settings
from app.store.database import StoreUnavailable, reading, writing
from app.store.opening import Store
from app.store.runs import RunGone
from app.wire.messages import Request

TARGET = "https://gateway.example/mcp"


def test_a_run_is_read_back_by_a_new_process(store: Store, open_again: Open) -> None:
    run = store.runs.create("owner", TARGET)
    run.append(Choice("options", {"drop": ("a", "b")}), why="the start form")
    run.append(Exchange(Request("GET", TARGET), b"GET", b"\xff\x00"), step="probe", role="initialize", why="first")
    run.append(Leg("callback", "/callback?code=1"), step="callback", role="callback", at=7.25)
    again = open_again().runs.load(run.id, "owner")
    assert again is not None and again is not run
    assert (again.id, again.owner, again.target, again.created_at) == (run.id, "owner", TARGET, run.created_at)
    assert again.entries == run.entries and [entry.seq for entry in again.entries] == [1, 2, 3]


def test_a_run_id_cannot_be_guessed_and_tells_nothing(store: Store) -> None:
    ids = {store.runs.create("owner", TARGET).id for _ in range(20)}
    assert len(ids) == 20 and all(len(run_id) == 24 for run_id in ids)  # 24 characters of 6 bits


@pytest.mark.parametrize("run_id", ["", "x", "a\0" * 12, "\ud800" * 24, "a" * 10_000, "../" * 8, "A" * 24, "A" * 23 + "\n"])
def test_an_id_that_never_was_is_no_run(store: Store, run_id: str) -> None:
    assert store.runs.load(run_id, "owner") is None
    assert store.runs.delete(run_id, "owner") is False
    store.runs.touch(run_id)


def test_a_foreign_owner_sees_no_run_and_removes_none(store: Store) -> None:
    run = store.runs.create("owner", TARGET)
    assert store.runs.load(run.id, "other") is None
    assert store.runs.delete(run.id, "other") is False
    assert store.runs.runs_of("other") == [] and store.runs.count("other") == 0
    any_owner = store.runs.load_any(run.id)
    assert any_owner is not None and any_owner.owner == "owner"


def test_threads_that_write_at_once_lose_nothing_and_leave_no_gap(store: Store, open_again: Open) -> None:
    run_id, threads, each = store.runs.create("owner", TARGET).id, 10, 10
    stores = [store, open_again()]  # two workers
    views: list[list[int]] = []

    def write(number: int) -> None:
        run = stores[number % 2].runs.load(run_id, "owner")
        assert run is not None
        for count in range(each):
            run.append(Choice("pause", {"by": number, "count": count}))
        views.append([entry.seq for entry in run.entries])

    workers = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    kept = open_again().runs.load(run_id, "owner")
    assert kept is not None and len(kept.entries) == threads * each
    assert [entry.seq for entry in kept.entries] == list(range(1, threads * each + 1))
    written = [(entry.body.values["by"], entry.body.values["count"]) for entry in kept.entries if isinstance(entry.body, Choice)]
    assert sorted(written) == [(number, count) for number in range(threads) for count in range(each)]
    assert len(views) == threads and all(view == list(range(1, len(view) + 1)) for view in views)


def test_an_append_brings_what_a_second_tab_wrote_meanwhile(store: Store, open_again: Open) -> None:
    mine = store.runs.create("owner", TARGET)
    theirs = open_again().runs.load(mine.id, "owner")
    assert theirs is not None
    theirs.append(Choice("pause", {"by": "them"}))
    theirs.append(Choice("pause", {"by": "them again"}))
    assert mine.append(Choice("pause", {"by": "me"})).seq == 3
    assert [entry.body.values["by"] for entry in mine.entries] == ["them", "them again", "me"]  # type: ignore[union-attr]


def test_the_same_number_can_never_be_written_twice(store: Store) -> None:

    run = store.runs.create("owner", TARGET)
    run.append(Choice("pause"))
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE runs SET last_seq = 0"))
    with pytest.raises(IntegrityError):
        run.append(Choice("pause"))


def test_only_entries_that_are_not_held_are_fetched(store: Store, open_again: Open) -> None:
    run = store.runs.create("owner", TARGET)
    run.append(Choice("options", {"a": 1}))
    other = open_again()
    first = other.runs.load(run.id, "owner")
    run.append(Choice("pause"))
    second = other.runs.load(run.id, "owner")
    assert first is not None and second is not None
    assert second.entries == run.entries and second.entries[0] is first.entries[0]


def test_what_was_removed_is_not_held_in_memory_either(store: Store) -> None:
    run = store.runs.create("owner", TARGET)
    entry = weakref.ref(run.append(Choice("options")))
    run_id = run.id
    del run
    assert entry() is not None
    store.runs.delete(run_id, "owner")
    gc.collect()
    assert entry() is None


def test_a_run_that_was_removed_takes_no_more_entries(store: Store) -> None:
    run = store.runs.create("owner", TARGET)
    run.append(Choice("options"))
    assert store.runs.delete(run.id, "owner") is True
    with pytest.raises(RunGone) as caught:
        run.append(Choice("pause"))
    assert isinstance(caught.value, StoreUnavailable) and store.runs.load(run.id, "owner") is None
    with reading(store.engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM entries")) == 0


def test_forgetting_an_owner_leaves_the_others(store: Store) -> None:
    mine = [store.runs.create("owner", TARGET) for _ in range(3)]
    theirs = store.runs.create("other", TARGET)
    store.states.remember_state("drawn", mine[0].id, "owner", 2e9)
    store.leases.take_lease(mine[0].id, "probe", 10)
    assert store.runs.forget_owner("owner") == 3
    assert store.runs.count("owner") == 0 and store.runs.load(theirs.id, "other") is not None
    assert store.states.find_state("drawn") is None and store.leases.lease_of(mine[0].id) is None


def test_the_list_of_an_owner_has_the_newest_first(store: Store, clock: Clock) -> None:
    runs = []
    for number in range(3):
        clock.at += 10
        runs.append(store.runs.create("owner", f"{TARGET}/{number}"))
    clock.at += 5
    runs[0].append(Choice("options"))
    listed = store.runs.runs_of("owner")
    assert [(one.id, one.target) for one in listed] == [(run.id, run.target) for run in reversed(runs)]
    assert (listed[2].created_at, listed[2].touched_at, listed[2].entries) == (runs[0].created_at, clock.at, 1)
    assert store.runs.count("owner") == 3


def test_a_run_whose_time_is_over_is_gone_before_a_sweep_comes_by(store: Store, clock: Clock, settings: Settings) -> None:
    run = store.runs.create("owner", TARGET)
    clock.at += settings.run_idle_seconds + 1
    assert store.runs.load(run.id, "owner") is None and store.runs.runs_of("owner") == [] and store.runs.count("owner") == 0


@pytest.mark.attack("C4")
def test_a_run_that_somebody_looks_at_is_not_idle_but_grows_old(store: Store, clock: Clock, settings: Settings) -> None:
    run, born = store.runs.create("owner", TARGET), clock.at
    while clock.at < born + settings.run_life_seconds - 3600:
        clock.at += settings.run_idle_seconds - 1
        store.runs.touch(run.id)
        assert store.runs.load(run.id, "owner") is not None
    clock.at = born + settings.run_life_seconds + 1
    store.runs.touch(run.id)
    assert store.runs.load(run.id, "owner") is None


def test_runs_stay_with_their_owner_while_the_key_is_replaced(store: Store, open_again: Open, settings: Settings) -> None:
    run = store.runs.create("owner", TARGET)
    run.append(Choice("options"))
    both = open_again(replace(settings, secret_key=f"{'n' * 40},{settings.secret_key}"))
    loaded = both.runs.load(run.id, "owner")
    assert loaded is not None and loaded.entries == run.entries and both.runs.count("owner") == 1
    with pytest.raises(StoreUnavailable, match="no longer has"):
        open_again(replace(settings, secret_key="n" * 40)).runs.load(run.id, "owner")
