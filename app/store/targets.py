"""Saved targets: a name, a URL and the options to walk it with, of one browser. Secrets are never among the options."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Double, Engine, LargeBinary, Row, String, Table, delete, func, insert, select, update

from app.store.database import reading, writing
from app.store.entries import pack_value, unpack_value
from app.store.tables import is_run_id, metadata
from app.store.vault import Vault

targets = Table(
    "targets",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner_key", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # name, fields of the start form
    Column("made_at", Double, nullable=False),
    Column("until", Double, nullable=False, index=True),
    info={"owned_by": "owner_key", "kept_until": ("until", 0)},
)


@dataclass(frozen=True)
class Saved:
    """One saved target. `fields` are those of the start form, `target` among them."""

    id: str
    name: str
    fields: Mapping[str, str]


class Targets:
    """Every method opens and closes its own connection and may raise StoreUnavailable. A target that is used lives on."""

    def __init__(self, engine: Engine, vault: Vault, seconds: float, now: Callable[[], float] = time.time) -> None:
        self._engine, self._vault, self._seconds, self._now = engine, vault, seconds, now

    def save(self, owner: str, name: str, fields: Mapping[str, str]) -> Saved:
        """Keep a target."""
        saved, at = Saved(secrets.token_urlsafe(16), name, dict(fields)), self._now()
        row = {"id": saved.id, "owner_key": self._vault.blind("owner", owner), "made_at": at, "until": at + self._seconds}
        with writing(self._engine) as connection:
            connection.execute(insert(targets).values(**row, sealed=self._sealed(name, fields)))
        return saved

    def of(self, owner: str) -> list[Saved]:
        """The owner's targets in the order in which they were saved."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(targets).where(self._living(owner)).order_by(targets.c.made_at, targets.c.id)).all()
        return [self._opened(row) for row in rows]

    def count(self, owner: str) -> int:
        """How many the owner has."""
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(targets).where(self._living(owner))) or 0

    def find(self, target_id: str, owner: str) -> Saved | None:
        """One of the owner's targets."""
        return next((saved for saved in self.of(owner) if saved.id == target_id), None)

    def rename(self, target_id: str, owner: str, name: str) -> bool:
        """Give it another name; it lives on from now. False where the owner has no such target."""
        saved = self.find(target_id, owner) if is_run_id(target_id) else None
        if saved is None:
            return False
        changed = {"sealed": self._sealed(name, saved.fields), "until": self._now() + self._seconds}
        with writing(self._engine) as connection:
            return connection.execute(update(targets).where(self._is(target_id, owner)).values(**changed)).rowcount == 1

    def delete(self, target_id: str, owner: str) -> bool:
        """Remove it. False where the owner has no such target."""
        if not is_run_id(target_id):
            return False
        with writing(self._engine) as connection:
            return connection.execute(delete(targets).where(self._is(target_id, owner))).rowcount == 1

    def forget_owner(self, owner: str) -> int:
        """Remove all of an owner; how many that were."""
        with writing(self._engine) as connection:
            return connection.execute(delete(targets).where(self._of(owner))).rowcount

    def _sealed(self, name: str, fields: Mapping[str, str]) -> bytes:
        return self._vault.seal(pack_value([name, dict(fields)]))

    def _opened(self, row: Row[Any]) -> Saved:
        name, fields = unpack_value(self._vault.open(row.sealed))
        return Saved(row.id, name, fields)

    def _of(self, owner: str) -> ColumnElement[bool]:
        return targets.c.owner_key.in_(self._vault.blinds("owner", owner))

    def _living(self, owner: str) -> ColumnElement[bool]:
        return self._of(owner) & (targets.c.until > self._now())

    def _is(self, target_id: str, owner: str) -> ColumnElement[bool]:
        return (targets.c.id == target_id) & self._of(owner)
