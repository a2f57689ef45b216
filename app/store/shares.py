"""Snapshots of runs behind a link: masked before they come here, readable by whoever has the link, until they expire or are revoked.

The link's id is looked up by its blinded form, so that a copy of the database opens no snapshot; the content is sealed like everything.
"""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Engine,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from app.store.database import reading, writing
from app.store.entries import pack_value, unpack_value
from app.store.tables import is_run_id, metadata
from app.store.vault import Vault

ID_BYTES = 16  # 128 bits: nobody finds a link by trying

# a snapshot outlives its run, so no foreign key: the person who deletes a run deletes its snapshots by `revoke_run`
shares = Table(
    "shares",
    metadata,
    Column("share_key", String(64), primary_key=True),
    Column("owner_key", String(64), nullable=False, index=True),
    Column("run_key", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),  # id, target, file
    Column("made_at", Double, nullable=False),
    Column("until", Double, nullable=False, index=True),
    info={"owned_by": "owner_key", "kept_until": ("until", 0)},
)

_OWNERS = shares.c.owner_key.in_(bindparam("owners", expanding=True))
_LIST = select(shares).where(_OWNERS, shares.c.until > bindparam("now")).order_by(shares.c.made_at.desc(), shares.c.share_key)
_LIST_OF_RUN = _LIST.where(shares.c.run_key.in_(bindparam("runs", expanding=True)))  # made once, as in runs.py: every run page asks


@dataclass(frozen=True)
class Share:
    """One snapshot. `content` is the masked HAR file; times are seconds since the epoch."""

    id: str
    target: str
    made_at: float
    until: float
    content: bytes = b""


class Shares:
    """Every method opens and closes its own connection and may raise StoreUnavailable."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._engine, self._vault, self._now = engine, vault, now

    def create(self, owner: str, run_id: str, target: str, content: bytes, seconds: float) -> Share:
        """Keep a snapshot for so many seconds. `target` and `content` must be masked."""
        share_id, at = secrets.token_urlsafe(ID_BYTES), self._now()
        row = {
            "share_key": self._vault.blind("share", share_id),
            "owner_key": self._vault.blind("owner", owner),
            "run_key": self._vault.blind("shared run", run_id),
            "sealed": self._vault.seal(pack_value([share_id, target, zlib.compress(content, 6)])),
        }
        with writing(self._engine) as connection:
            connection.execute(insert(shares).values(**row, made_at=at, until=at + seconds))
        return Share(share_id, target, at, at + seconds, content)

    def load(self, share_id: str) -> Share | None:
        """The snapshot with its content; None where it never was, is over or was revoked."""
        if not is_run_id(share_id):
            return None
        with reading(self._engine) as connection:
            row = connection.execute(select(shares).where(self._is(share_id), shares.c.until > self._now())).one_or_none()
        return self._opened(row, whole=True) if row else None

    def of_run(self, run_id: str, owner: str) -> list[Share]:
        """The living snapshots of a run, newest first, without their content."""
        return self._listed(_LIST_OF_RUN, owner, runs=self._vault.blinds("shared run", run_id))

    def of_owner(self, owner: str) -> list[Share]:
        """All living snapshots of an owner, newest first, without their content."""
        return self._listed(_LIST, owner)

    def count(self, owner: str) -> int:
        """How many living snapshots the owner has."""
        living = self._of(owner) & (shares.c.until > self._now())
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(shares).where(living)) or 0

    def revoke(self, share_id: str, owner: str) -> bool:
        """End one snapshot now. False where the owner has no such one."""
        return is_run_id(share_id) and self._delete(self._is(share_id) & self._of(owner)) == 1

    def revoke_run(self, run_id: str, owner: str) -> int:
        """End all snapshots of a run; how many that were."""
        return self._delete(self._of(owner) & self._of_run(run_id))

    def forget_owner(self, owner: str) -> int:
        """End all snapshots of an owner; how many that were."""
        return self._delete(self._of(owner))

    def _listed(self, asked: Select[Any], owner: str, **named: tuple[str, ...]) -> list[Share]:
        with reading(self._engine) as connection:
            rows = connection.execute(asked, {"owners": self._vault.blinds("owner", owner), "now": self._now(), **named}).all()
        return [self._opened(row, whole=False) for row in rows]

    def _opened(self, row: Row[Any], *, whole: bool) -> Share:
        share_id, target, packed = unpack_value(self._vault.open(row.sealed))
        return Share(share_id, target, row.made_at, row.until, zlib.decompress(packed) if whole else b"")

    def _is(self, share_id: str) -> ColumnElement[bool]:
        return shares.c.share_key.in_(self._vault.blinds("share", share_id))

    def _of(self, owner: str) -> ColumnElement[bool]:
        return shares.c.owner_key.in_(self._vault.blinds("owner", owner))

    def _of_run(self, run_id: str) -> ColumnElement[bool]:
        return shares.c.run_key.in_(self._vault.blinds("shared run", run_id))

    def _delete(self, which: ColumnElement[bool]) -> int:
        with writing(self._engine) as connection:
            return connection.execute(delete(shares).where(which)).rowcount
