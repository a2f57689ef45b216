"""Forgetting an owner reaches every table, those of later versions too: a table that does not say whose it is fails here."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, String, Table, func, insert, select
from store_parts import Clock

from app.practice import room_tables
from app.practice.gateways import gateways_of, open_gateway
from app.practice.tables import codes
from app.practice.tables import metadata as practice_tables
from app.store.database import create_tables, reading, writing
from app.store.opening import Store
from app.store.owned import forget_owner, unsaid
from app.store.tables import metadata

TARGET = "https://gateway.example/mcp"


def test_the_tables_of_lessons_are_among_them() -> None:
    assert room_tables.attempts in practice_tables.sorted_tables


def test_every_table_says_whose_its_rows_are() -> None:
    assert unsaid((metadata, practice_tables)) == []


def test_a_table_that_does_not_say_it_is_found() -> None:
    added = MetaData()
    Table("saved_targets", added, Column("owner_key", String(64)))
    Table("two_ways", added, Column("owner_key", String(64)), info={"owned_by": "owner_key", "nobodys": "x"})
    assert unsaid((metadata, added)) == ["saved_targets", "two_ways"]


def _rows(store: Store, *tables: Table) -> dict[str, int]:
    with reading(store.engine) as connection:
        return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def _fill(store: Store, clock: Clock, owner: str) -> None:
    run = store.runs.create(owner, TARGET)
    store.leases.take_lease(run.id, "probe", 10)
    store.states.remember_state(f"state of {owner}", run.id, owner, clock.at + 600)
    store.sessions.set(f"phone of {owner}", {"owner": owner})
    store.sessions.set(f"desk of {owner}", {"owner": owner})
    store.shares.create(owner, "a-run-of-twenty-or-more", "t", b"c", 60)
    store.targets.save(owner, "mine", {"target": "t"})


def test_everything_of_one_owner_goes_and_nothing_of_another(store: Store, clock: Clock) -> None:
    for owner in ("ada", "bob"):
        _fill(store, clock, owner)
    store.sessions.set("nobody's", {})
    forget_owner(store.engine, store.vault, "ada", (metadata,))
    assert store.runs.count("ada") == 0 and store.runs.count("bob") == 1
    assert store.sessions.get("phone of ada") is None and store.sessions.get("desk of ada") is None
    assert store.sessions.get("phone of bob") is not None and store.sessions.get("nobody's") is not None
    assert store.states.find_state("state of ada") is None and store.states.find_state("state of bob") is not None
    left = _rows(store, *(table for table in metadata.sorted_tables if "nobodys" not in table.info))
    assert left == {"runs": 1, "entries": 0, "leases": 1, "states": 1, "sessions": 3, "session_owners": 2, "shares": 1, "targets": 1}


def test_tables_of_others_join_by_saying_whose_they_are(store: Store) -> None:
    added = MetaData()
    gateways = Table(
        "gateways",
        added,
        Column("id", String(8), primary_key=True),
        Column("owner", String(64)),
        info={"owned_by": "owner", "owner_as": str.upper},
    )
    codes_of = Table(
        "codes_of_gateways",
        added,
        Column("digest", String(8), primary_key=True),
        Column("gateway", ForeignKey("gateways.id")),
        info={"owned_through": ("gateways", "id", "gateway")},
    )
    create_tables(store.engine, added)
    with writing(store.engine) as connection:
        connection.execute(insert(gateways), [{"id": "a", "owner": "ADA"}, {"id": "b", "owner": "BOB"}])
        connection.execute(insert(codes_of), [{"digest": "1", "gateway": "a"}, {"digest": "2", "gateway": "b"}])
    assert forget_owner(store.engine, store.vault, "ada", (metadata, added)) == 2
    assert _rows(store, gateways, codes_of) == {"gateways": 1, "codes_of_gateways": 1}


def test_a_session_that_changes_hands_is_forgotten_with_its_newest_owner(store: Store) -> None:
    store.sessions.set("one", {"owner": "ada"})
    store.sessions.set("one", {"owner": "bob"})
    forget_owner(store.engine, store.vault, "ada", (metadata,))
    assert store.sessions.get("one") is not None
    forget_owner(store.engine, store.vault, "bob", (metadata,))
    assert store.sessions.get("one") is None


def test_a_practice_gateway_goes_with_what_happened_at_it(store: Store) -> None:
    create_tables(store.engine, practice_tables)
    mine, theirs = open_gateway(store.engine, owner="ada"), open_gateway(store.engine, owner="bob")
    row = {"grant_id": "g", "redirect_uri": "x", "redirect_sent": True, "challenge": "c", "expires_at": 1.0}
    with writing(store.engine) as connection:
        connection.execute(insert(codes), [{"digest": one, "gateway": one, **row} for one in (mine.id, theirs.id, "healthy")])
    forget_owner(store.engine, store.vault, "ada", (metadata, practice_tables))
    assert gateways_of(store.engine, "ada") == [] and [one.id for one in gateways_of(store.engine, "bob")] == [theirs.id]
    with reading(store.engine) as connection:
        assert set(connection.scalars(select(codes.c.gateway))) == {theirs.id, "healthy"}
