"""How long rows are kept: every table says it, the sweep reaches it, and nothing that lives is taken for anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from every_table import EVERY
from house import ROOT, table
from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, MetaData, Table, event, func, insert, select
from store_parts import Clock

from app.flow.log import Choice
from app.pages.limits import MINUTE
from app.practice import attempts, gateways, rooms
from app.practice.tables import metadata as practice_tables
from app.settings import Settings
from app.store.database import create_tables, reading, writing
from app.store.opening import Store
from app.store.runs import Runs
from app.store.size import Size, StoreFull
from app.store.sweep import is_over, sweep, unkept
from app.store.tables import runs
from app.views.times import duration

TARGET = "https://gateway.example/mcp"
TABLES = [one for known in EVERY for one in known.sorted_tables]
BY_TIME = [one.name for one in TABLES if "kept_until" in one.info]


def named(name: str) -> Table:
    return next(one for one in TABLES if one.name == name)


def value(column: Column[Any], number: int) -> object:
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer | Float):
        return number
    return b"x" if isinstance(column.type, LargeBinary) else f"v{number}"


def put(store: Store, into: Table, number: int, **given: object) -> None:
    if any(key.column.table is runs for key in into.foreign_keys):
        given["run_id"] = store.runs.create("owner", TARGET).id
    row = {column.name: value(column, number) for column in into.columns} | given
    with writing(store.engine) as connection:
        connection.execute(insert(into).values(row))


def count(store: Store, of: Table) -> int:
    with reading(store.engine) as connection:
        return connection.scalar(select(func.count()).select_from(of)) or 0


def test_every_table_says_how_long_its_rows_are_kept() -> None:
    assert unkept(EVERY) == []
    assert [name for name in BY_TIME if name.startswith("practice_")] == [one.name for one in practice_tables.sorted_tables]


def test_a_table_that_does_not_say_it_is_found() -> None:
    added = MetaData()
    Table("forgotten", added, Column("until", Float))
    Table("two_ways", added, Column("until", Float), info={"kept_until": ("until", 0), "kept_always": "x"})
    assert unkept([added]) == ["forgotten", "two_ways"]


@pytest.mark.attack("C4")
@pytest.mark.parametrize("name", BY_TIME)
def test_what_is_over_goes_and_what_is_not_stays(store: Store, settings: Settings, clock: Clock, name: str) -> None:
    create_tables(store.engine, practice_tables)
    kept = named(name)
    until, behind = kept.info["kept_until"]
    for number, at in enumerate((clock.at - behind - 1, clock.at - behind + 60), 1):
        put(store, kept, number, **{until: at})
    assert sweep(store.engine, settings, clock.at, EVERY) == {name: 1}
    assert count(store, kept) == 1
    assert sweep(store.engine, settings, clock.at + 120, EVERY) == {name: 1}


def test_nothing_stays_behind_its_time_for_longer_than_a_run_may_live(store: Store, clock: Clock) -> None:
    create_tables(store.engine, practice_tables)
    short = Settings(run_life_seconds=60)
    for number, ended in enumerate((61, 59), 1):
        put(store, named("practice_codes"), number, expires_at=clock.at - ended)
    assert sweep(store.engine, short, clock.at, EVERY) == {"practice_codes": 1}
    assert sweep(store.engine, Settings(), clock.at, EVERY) == {}


@pytest.mark.parametrize("name", [one.name for one in TABLES if "kept_with" in one.info])
def test_what_goes_with_others_hangs_on_them_in_the_database(name: str) -> None:
    parents = {key.column.table.name for key in named(name).foreign_keys if key.ondelete == "CASCADE"}
    assert parents == {named(name).info["kept_with"]}


def test_what_is_kept_always_has_a_reason_and_a_rule_of_its_own_its_settings(settings: Settings, clock: Clock) -> None:
    for one in TABLES:
        assert one.info.get("kept_always", "a") != ""
        for name in one.info.get("kept_by", "").split(", "):
            assert not name or hasattr(settings, name.lower())
        assert (is_over(one, settings, clock.at) is not None) == ("kept_until" in one.info or "kept_by" in one.info)


def test_a_sweep_goes_in_batches_and_stops_between_them(store: Store, settings: Settings, clock: Clock) -> None:
    for number in range(25):
        store.runs.create("owner", TARGET).append(Choice("a"))
        store.sessions.set(f"s{number}", {}, timeout=1)
    clock.at += settings.run_life_seconds + 1
    assert sweep(store.engine, settings, clock.at, seconds=0) == {"runs": 10}, "one batch, and then the page goes on"
    assert sweep(store.engine, settings, clock.at) == {"runs": 15, "sessions": 25}


@pytest.mark.attack("D1")
def test_no_run_that_lives_goes_for_a_stranger(store: Store, settings: Settings, clock: Clock) -> None:
    hers = store.runs.create("ada", TARGET)
    hers.append(Choice("options", {"target": TARGET}))
    session = {"owner": "ada"}
    store.sessions.set("ada's", session)
    for number in range(300):
        store.runs.create(f"stranger {number}", TARGET)
        store.sessions.set(f"stranger {number}", {"owner": f"stranger {number}"})
        store.counters.take("new runs", f"address {number}", 5, 60)
    full = Size(store.engine, Settings(store_bytes=1), clock)
    with pytest.raises(StoreFull):
        full.check()
    clock.at += settings.run_idle_seconds - 1
    sweep(store.engine, settings, clock.at)
    kept = store.runs.load(hers.id, "ada")
    assert kept is not None and len(kept.entries) == 1 and store.sessions.get("ada's") == session


def test_what_memory_holds_of_runs_goes_with_them(store: Store, settings: Settings, clock: Clock) -> None:
    gone, stays = store.runs.create("ada", TARGET), store.runs.create("ada", TARGET)
    for run in (gone, stays):
        run.append(Choice("options", {"secret": "s"}))
    elsewhere = Runs(store.engine, store.vault, settings, clock)  # another worker's
    assert elsewhere.load(gone.id, "ada") and elsewhere.load(stays.id, "ada")
    store.runs.delete(gone.id, "ada")
    assert elsewhere.forget_gone(frozenset({"never-was"})) == {gone.id, "never-was"}
    assert elsewhere.forget_gone(frozenset()) == frozenset()


def said_to(store: Store, ask: Callable[[], object]) -> set[str]:
    """The statements that it takes."""
    said: set[str] = set()

    def hear(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.add(statement)

    event.listen(store.engine, "before_cursor_execute", hear)
    ask()
    event.remove(store.engine, "before_cursor_execute", hear)
    return said


def test_however_much_is_over_the_statements_are_the_same(store: Store, settings: Settings, clock: Clock) -> None:
    """Each text is kept prepared by every connection: a statement for each number of rows filled the memory of a busy server."""
    told: list[set[str]] = []
    for number in (1, 2, 7):
        for one in range(number):
            store.runs.create("ada", TARGET)
            store.counters.take("new runs", f"address {one}", 5, 60)
        clock.at += settings.run_life_seconds + 3_600
        told.append(said_to(store, lambda: sweep(store.engine, settings, clock.at)))
        held = frozenset(f"run-{one}" for one in range(number))
        told[-1] |= said_to(store, lambda held=held: store.runs.forget_gone(held))  # type: ignore[misc]
    assert told[0] == told[1] == told[2]


FIXED = {
    "ALONE_SECONDS": attempts.ALONE_SECONDS,
    "ROOM_SECONDS": rooms.ROOM_SECONDS,
    "LIFE_SECONDS": gateways.LIFE_SECONDS,
    "MINUTE": MINUTE,
}


def test_the_readme_says_the_same() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = table(readme, "What is kept, how long, and who sees it")
    assert len(rows) >= 10
    for setting, said, what in rows:
        name = setting.split("`")[1]
        seconds = FIXED[name] if "(fixed)" in setting else getattr(Settings(), name.lower())
        assert (duration(seconds), bool(what)) == (said, True), name
