"""Writes of many threads share a transaction, and each gets its own answer or its own error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, event, insert, select
from store_parts import Open

from app.store.database import StoreUnavailable, reading, writing
from app.store.opening import Store
from app.store.runs import RunGone
from app.store.tables import counters
from app.store.together import _groups, write_together

PATIENCE = 20
MANY = 12


def _adds(key: str) -> Callable[[Connection], str]:
    def write(connection: Connection) -> str:
        connection.execute(insert(counters).values(key=key, count=1, until=1.0))
        return key

    return write


def _refuses(connection: Connection) -> None:
    raise RunGone


def _kept(store: Store) -> set[str]:
    with reading(store.engine) as connection:
        return set(connection.scalars(select(counters.c.key)))


def _all_behind_one(store: Store, writes: list[Callable[[Connection], Any]]) -> list[Any]:
    """The first write holds the turn until all others wait behind it."""
    first, go = threading.Event(), threading.Event()

    def hold(connection: Connection) -> str:
        first.set()
        assert go.wait(PATIENCE)
        return "first"

    with ThreadPoolExecutor(len(writes) + 1) as pool:
        leader = pool.submit(write_together, store.engine, hold)
        assert first.wait(PATIENCE)
        asked = [pool.submit(write_together, store.engine, write) for write in writes]
        while store.engine.dialect.name == "sqlite" and len(_groups[store.engine]._waiting) < len(writes):
            assert not any(one.done() for one in asked)
        go.set()
        assert leader.result(PATIENCE) == "first"
        return [one.exception(PATIENCE) or one.result() for one in asked]


def test_writes_that_wait_are_done_in_one_transaction(store: Store) -> None:
    begun: list[Connection] = []
    event.listen(store.engine, "begin", begun.append)
    assert _all_behind_one(store, [_adds(f"key {number}") for number in range(MANY)]) == [f"key {number}" for number in range(MANY)]
    assert _kept(store) == {f"key {number}" for number in range(MANY)}
    writes = [connection for connection in begun if connection.get_execution_options().get("writes")]
    assert len(writes) == (2 if store.engine.dialect.name == "sqlite" else MANY + 1)


def test_one_that_is_refused_takes_no_other_with_it(store: Store) -> None:
    told = _all_behind_one(store, [_adds("before"), _refuses, _adds("after"), _adds("before")])
    assert told[0] == "before" or told[3] == "before"
    assert isinstance(told[1], RunGone) and told[2] == "after"
    assert _kept(store) == {"before", "after"}


def test_a_store_in_trouble_is_everybodys_and_is_over_when_it_is_over(store: Store, open_again: Open) -> None:
    def breaks(connection: Connection) -> None:
        raise StoreUnavailable("The store is full.")

    told = _all_behind_one(store, [breaks, _adds("one"), _adds("two")])
    if store.engine.dialect.name == "sqlite":
        assert [str(one) for one in told] == ["The store is full."] * 3 and len({id(one) for one in told}) == 3
        assert _kept(store) == set()
    else:  # PostgreSQL's writers are not put together
        assert [str(one) for one in told] == ["The store is full.", "one", "two"]
    assert write_together(store.engine, _adds("three")) == "three"


def test_writes_by_others_go_between(store: Store) -> None:
    write_together(store.engine, _adds("one"))
    with writing(store.engine) as connection:
        _adds("two")(connection)
    write_together(store.engine, _adds("three"))
    assert _kept(store) == {"one", "two", "three"}
