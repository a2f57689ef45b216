"""Counting within a window, once for all workers."""

from __future__ import annotations

import threading

from sqlalchemy import select
from store_parts import Clock, Open

from app.store.database import reading
from app.store.opening import Store
from app.store.tables import counters


def test_so_many_and_no_more_until_the_window_ends(store: Store, clock: Clock) -> None:
    assert [store.counters.take("runs", "ada", 2, 60) for _ in range(2)] == [0.0, 0.0]
    clock.at += 20
    assert store.counters.take("runs", "ada", 2, 60) == 40
    assert store.counters.take("runs", "bob", 2, 60) == 0.0
    assert store.counters.take("joins", "ada", 2, 60) == 0.0
    clock.at += 40
    assert store.counters.take("runs", "ada", 2, 60) == 0.0


def test_what_is_given_back_counts_no_more(store: Store) -> None:
    assert store.counters.take("tries", "ada", 1, 60) == 0.0
    store.counters.give_back("tries", "ada")
    store.counters.give_back("tries", "ada")
    assert store.counters.take("tries", "ada", 1, 60) == 0.0
    assert store.counters.take("tries", "ada", 1, 60) > 0
    store.counters.give_back("tries", "nobody")


def test_many_at_once_on_several_workers_are_counted_once_each(store: Store, open_again: Open) -> None:
    workers, granted = [store, open_again()], []
    start = threading.Barrier(20)

    def click(number: int) -> None:
        start.wait(10)
        granted.append(workers[number % 2].counters.take("runs", "ada", 7, 60) == 0.0)

    threads = [threading.Thread(target=click, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(granted) == [False] * 13 + [True] * 7


def test_no_address_stands_in_clear(store: Store) -> None:
    store.counters.take("runs", "192.0.2.7", 1, 60)
    with reading(store.engine) as connection:
        assert all("192" not in row.key[:3] and len(row.key) == 64 for row in connection.execute(select(counters)))
