from __future__ import annotations

import pytest
from sqlalchemy import func, select
from store_parts import Clock

from app.flow.log import Choice
from app.settings import Settings
from app.store import sweep as sweeping
from app.store.database import StoreUnavailable, reading
from app.store.opening import Store
from app.store.sweep import Swept, sweep, sweep_sometimes
from app.store.tables import metadata

TARGET = "https://gateway.example/mcp"


def rows(store: Store) -> dict[str, int]:
    with reading(store.engine) as connection:
        found = {name: connection.scalar(select(func.count()).select_from(table)) or 0 for name, table in metadata.tables.items()}
    return {name: count for name, count in found.items() if count and name != "alembic_version"}


@pytest.mark.attack("C4")
def test_idle_and_old_runs_go_with_all_that_hangs_on_them(store: Store, settings: Settings, clock: Clock) -> None:
    born = clock.at
    old, idle = store.runs.create("owner", TARGET), store.runs.create("owner", TARGET)
    idle.append(Choice("options"))
    store.states.remember_state("drawn", idle.id, "owner", born + 1e6)
    clock.at = born + settings.run_life_seconds - 60
    old.append(Choice("pause"))
    young = store.runs.create("owner", TARGET)
    assert sweep(store.engine, settings, clock.at) == {"runs": 1}
    assert rows(store) == {"runs": 2, "entries": 1}
    clock.at = born + settings.run_life_seconds + 1
    assert sweep(store.engine, settings, clock.at) == {"runs": 1}
    assert store.runs.load(young.id, "owner") is not None and rows(store) == {"runs": 1}


def test_a_run_that_is_worked_on_stays(store: Store, settings: Settings, clock: Clock) -> None:
    run = store.runs.create("owner", TARGET)
    lease = store.leases.take_lease(run.id, "probe", settings.run_life_seconds * 2)
    assert lease is not None
    clock.at += settings.run_life_seconds + 1
    assert sweep(store.engine, settings, clock.at) == {}
    run.append(Choice("pause"))
    store.leases.release(lease)
    assert sweep(store.engine, settings, clock.at) == {"runs": 1}


def test_sessions_states_and_dead_leases_go_when_their_time_is_over(store: Store, settings: Settings, clock: Clock) -> None:
    run = store.runs.create("owner", TARGET)
    store.leases.take_lease(run.id, "probe", 10)
    for name, seconds in (("short", 10), ("long", 7200)):
        store.sessions.set(name, {}, timeout=seconds)
        store.states.remember_state(name, run.id, "owner", clock.at + seconds)
    clock.at += 3611
    assert sweep(store.engine, settings, clock.at) == {"sessions": 1, "states": 1, "leases": 1}
    assert store.sessions.get("long") == {} and store.states.find_state("long") is not None


def test_a_slow_worker_finds_its_lease_after_a_sweep(store: Store, settings: Settings, clock: Clock) -> None:
    lease = store.leases.take_lease(store.runs.create("owner", TARGET).id, "probe", 10)
    clock.at += 60
    assert sweep(store.engine, settings, clock.at) == {}
    assert lease is not None and store.leases.renew(lease, 10) is not None


def test_a_sweep_of_nothing_only_reads(store: Store, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    store.runs.create("owner", TARGET)
    monkeypatch.delattr("app.store.database.writing")
    assert sweep(store.engine, settings, clock.at) == {}


def test_more_runs_than_fit_into_one_transaction_all_go(store: Store, settings: Settings, clock: Clock) -> None:
    for _ in range(120):
        store.runs.create("owner", TARGET)
    clock.at += settings.run_idle_seconds + 1
    assert sweep(store.engine, settings, clock.at) == {"runs": 120} and rows(store) == {}


def test_a_sweep_comes_by_now_and_then_and_breaks_no_page(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([1, 0, 199, 0])
    monkeypatch.setattr(sweeping.secrets, "randbelow", lambda _: next(draws))
    assert [sweep_sometimes(store.engine, settings) for _ in range(3)] == [None, {}, None]

    def unavailable(*_: object, **__: object) -> Swept:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(sweeping, "sweep", unavailable)
    assert sweep_sometimes(store.engine, settings) is None
