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
    keys = [*vault.blinds("owner", owner), owner]  # as our tables write an owner, and as the practice gateway does
    with writing(engine) as connection:
        gone = 0
        for tables in metadatas:
            # children first, and those that are found through another table before that one
            for table in sorted(reversed(tables.sorted_tables), key=lambda one: "owned_through" not in one.info):
                of = _of(table, keys)
                gone += connection.execute(delete(table).where(of)).rowcount if of is not None else 0
        return gone


def _of(table: Table, keys: list[str]) -> ColumnElement[bool] | None:
    if by := table.info.get("owned_by"):
        mine: ColumnElement[bool] = table.c[by].in_(keys)
        return mine
    if through := table.info.get("owned_through"):
        name, theirs, ours = through
        other = table.metadata.tables[name]
        through_mine: ColumnElement[bool] = table.c[ours].in_(select(other.c[theirs]).where(other.c[other.info["owned_by"]].in_(keys)))
        return through_mine
    return None


def unsaid(metadatas: Iterable[MetaData]) -> list[str]:
    """Tables that do not say whose their rows are, or say it in two ways: "forget everything of mine" would miss them."""
    every = [table for tables in metadatas for table in tables.sorted_tables]
    return [table.name for table in every if sum(way in table.info for way in WAYS) != 1]
