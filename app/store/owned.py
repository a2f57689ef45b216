"""Everything of one owner, in every table: tables say themselves whose their rows are (`info`, see app.store.tables)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Engine, MetaData, Table, delete, select

from app.store.database import writing
from app.store.vault import Vault

WAYS = ("owned_by", "owned_through", "nobodys")


def forget_owner(engine: Engine, vault: Vault, owner: str, metadatas: Iterable[MetaData]) -> int:
    """Delete all rows of the owner, in one transaction; how many. Rows that hang on them by a foreign key go along, uncounted.

    Raises StoreUnavailable.
    """
    with writing(engine) as connection:
        gone = 0
        for tables in metadatas:
            # those that are found through another table before that one, and children before their parents
            for table in sorted(reversed(tables.sorted_tables), key=lambda one: "owned_through" not in one.info):
                of = _of(table, owner, vault)
                gone += connection.execute(delete(table).where(of)).rowcount if of is not None else 0
        return gone


def _of(table: Table, owner: str, vault: Vault) -> ColumnElement[bool] | None:
    if "owned_by" in table.info:
        return _mine(table, owner, vault)
    if through := table.info.get("owned_through"):
        name, theirs, ours = through
        other = table.metadata.tables[name]
        found: ColumnElement[bool] = table.c[ours].in_(select(other.c[theirs]).where(_mine(other, owner, vault)))
        return found
    return None


def _mine(table: Table, owner: str, vault: Vault) -> ColumnElement[bool]:
    written_as = table.info.get("owner_as")
    keys = (written_as(owner),) if written_as else vault.blinds("owner", owner)
    mine: ColumnElement[bool] = table.c[table.info["owned_by"]].in_(keys)
    return mine


def unsaid(metadatas: Iterable[MetaData]) -> list[str]:
    """Tables that do not say whose their rows are, or say it in two ways: "forget everything of mine" would miss them."""
    every = [table for tables in metadatas for table in tables.sorted_tables]
    return [table.name for table in every if sum(way in table.info for way in WAYS) != 1]
