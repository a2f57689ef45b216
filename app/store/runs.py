"""Runs and their entries: written once, never changed, sealed, and readable by their owner only."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, func, insert, select, update

from app.flow.log import Entry, Run
from app.settings import Settings
from app.store.database import StoreUnavailable, reading, writing
from app.store.entries import kind_of, pack, pack_value, unpack, unpack_value
from app.store.recent import Recent
from app.store.tables import entries, is_run_id, runs
from app.store.together import write_together
from app.store.vault import Vault

_ASKED_AT_ONCE = 100  # and never fewer: each number of them would be a statement of its own, kept prepared
_TOUCH_SECONDS = 60  # a page that is looked at again and again writes once a minute at most

# What every page and every entry asks is put together once: that costs twice as much as the database's answer.
_THIS = runs.c.id == bindparam("run")
_LIVING = (runs.c.touched_at >= bindparam("touched_since")) & (runs.c.created_at >= bindparam("created_since"))
_IDLE = _THIS & (runs.c.touched_at < bindparam("idle_since"))
_FIND, _FIND_LAST, _FIND_IDLE = select(runs).where(_THIS, _LIVING), select(runs.c.last_seq).where(_THIS), select(runs.c.id).where(_IDLE)
_FIND_ENTRIES = select(entries).where(entries.c.run_id == bindparam("run"), entries.c.seq.between(bindparam("first"), bindparam("last")))
_COUNT_ON = update(runs).where(_THIS).values(last_seq=runs.c.last_seq + 1, touched_at=bindparam("now")).returning(runs.c.last_seq)
_ADD_ENTRY = insert(entries)


class RunGone(StoreUnavailable):
    """The run was deleted or has expired while somebody still worked on it."""

    def __init__(self) -> None:
        super().__init__("This run was deleted or has expired.")


@dataclass(frozen=True)
class Listed:
    """A run in its owner's list. Times are seconds since the epoch; `entries` is how many it has."""

    id: str
    target: str
    created_at: float
    touched_at: float
    entries: int


class Runs:
    """The store of runs. Every method opens and closes its own connection and may raise StoreUnavailable.

    A run whose time is over is not shown any more, whether or not a sweep has come by.
    """

    def __init__(self, engine: Engine, vault: Vault, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._engine, self._vault, self._settings, self._now = engine, vault, settings, now
        self._recent = Recent()

    def create(self, owner: str, target: str) -> Run:
        """A new, empty run."""
        run_id, at = secrets.token_urlsafe(18), self._now()
        sealed = self._vault.seal(pack_value([owner, target]))
        row = {"id": run_id, "owner_key": self._vault.blind("owner", owner), "sealed": sealed, "created_at": at}
        with writing(self._engine) as connection:
            connection.execute(insert(runs).values(**row, touched_at=at, last_seq=0))
        return Run(run_id, owner, target, at, [], partial(self._keep, run_id))

    def load(self, run_id: str, owner: str) -> Run | None:
        """The run with its entries; None where it is gone, never was, or is another owner's."""
        run = self.load_any(run_id)
        return run if run is not None and run.owner == owner else None

    def load_any(self, run_id: str) -> Run | None:
        """The run whoever owns it: for work that has been let in already."""
        if not is_run_id(run_id):
            return None
        with reading(self._engine) as connection:
            row = connection.execute(_FIND, {"run": run_id, **self._since()}).one_or_none()
            kept = self._entries(connection, run_id, 1, row.last_seq) if row else []
        if row is None:
            return None
        owner, target = self._opened(row)
        return Run(run_id, owner, target, row.created_at, kept, partial(self._keep, run_id))

    def catch_up(self, run: Run) -> None:
        """Take in the entries that others have written since the run was read."""
        with reading(self._engine) as connection:
            last = connection.scalar(_FIND_LAST, {"run": run.id})
            if last is not None and last > len(run.entries):
                run.entries.extend(self._entries(connection, run.id, len(run.entries) + 1, last))

    def find_kept(self, run_id: str, draft: Entry) -> list[Entry]:
        """The entries from the draft's number on up to the draft itself, where it has been kept; else none."""
        with reading(self._engine) as connection:
            last = connection.scalar(_FIND_LAST, {"run": run_id}) or 0
            newer = self._entries(connection, run_id, draft.seq, last)
        at = next((at for at, entry in enumerate(newer, 1) if entry == replace(draft, seq=entry.seq)), 0)
        return newer[:at]

    def runs_of(self, owner: str) -> list[Listed]:
        """The owner's runs, newest first."""
        mine = select(runs).where(self._of(owner), _LIVING).order_by(runs.c.created_at.desc(), runs.c.id)
        with reading(self._engine) as connection:
            rows = connection.execute(mine, self._since()).all()
        return [Listed(row.id, self._opened(row)[1], row.created_at, row.touched_at, row.last_seq) for row in rows]

    def count(self, owner: str) -> int:
        """How many runs the owner has: what RUNS_PER_BROWSER limits."""
        mine = select(func.count()).select_from(runs).where(self._of(owner), _LIVING)
        with reading(self._engine) as connection:
            return connection.scalar(mine, self._since()) or 0

    def count_all(self) -> int:
        """How many runs are kept, whoever owns them."""
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(runs).where(_LIVING), self._since()) or 0

    def touch(self, run_id: str) -> None:
        """Somebody looks at it, so it is not idle."""
        at = self._now()
        which = {"run": run_id, "idle_since": at - _TOUCH_SECONDS}
        with reading(self._engine) as connection:
            is_idle = is_run_id(run_id) and connection.scalar(_FIND_IDLE, which)
        if is_idle:
            with writing(self._engine) as connection:
                connection.execute(update(runs).where(_IDLE).values(touched_at=at), which)

    def delete(self, run_id: str, owner: str) -> bool:
        """Remove the run and all that hangs on it. False where the owner has no such run."""
        mine = (runs.c.id == run_id) & self._of(owner)
        return is_run_id(run_id) and self._delete(mine) == 1

    def forget_owner(self, owner: str) -> int:
        """Remove everything of an owner; how many runs that was."""
        return self._delete(self._of(owner))

    def forget_gone(self, known: frozenset[str]) -> frozenset[str]:
        """Which of these runs, and of those that are held in memory here, are kept no more; what was held of them is dropped."""
        held = sorted(known | self._recent.runs())
        there: set[str] = set()
        for at in range(0, len(held), _ASKED_AT_ONCE):
            asked = held[at : at + _ASKED_AT_ONCE]
            asked += [""] * (_ASKED_AT_ONCE - len(asked))
            with reading(self._engine) as connection:
                there.update(connection.scalars(select(runs.c.id).where(runs.c.id.in_(asked))))
        gone = frozenset(held) - there
        for run_id in gone:
            self._recent.forget(run_id)
        return gone

    def _keep(self, run_id: str, draft: Entry) -> list[Entry]:
        """Write an entry down under the next free number; returns all that the caller did not have, the new one last.

        Raising the run's own counter locks its row until the commit, so writers of one run queue and no number is
        lost or given twice; the key on (run, seq) stands behind that.
        """
        packed = pack(draft)
        row = {"at": draft.at, "step": draft.step, "role": draft.role, "kind": kind_of(draft.body), "sealed": self._vault.seal(packed)}
        counted = {"run": run_id, "now": self._now()}

        def write(connection: Connection) -> int:
            seq = connection.scalar(_COUNT_ON, counted)
            if seq is None:
                raise RunGone
            connection.execute(_ADD_ENTRY, {"run_id": run_id, "seq": seq, **row})
            return int(seq)

        seq = write_together(self._engine, write)
        entry = replace(draft, seq=seq)
        self._recent.put(run_id, entry, len(packed))
        return [*self._between(run_id, draft.seq, seq - 1), entry]

    def _between(self, run_id: str, first: int, last: int) -> list[Entry]:
        if first > last:
            return []
        with reading(self._engine) as connection:
            return self._entries(connection, run_id, first, last)

    def _entries(self, connection: Connection, run_id: str, first: int, last: int) -> list[Entry]:
        held = self._recent.get(run_id, first, last)
        missing = [seq for seq in range(first, last + 1) if seq not in held]
        if missing:
            for row in connection.execute(_FIND_ENTRIES, {"run": run_id, "first": missing[0], "last": missing[-1]}):
                held[row.seq] = self._unsealed(row)
        return [held[seq] for seq in sorted(held)]

    def _unsealed(self, row: Row[Any]) -> Entry:
        packed = self._vault.open(row.sealed)
        entry = unpack(row.seq, row.at, row.step, row.role, row.kind, packed)
        self._recent.put(row.run_id, entry, len(packed))
        return entry

    def _of(self, owner: str) -> ColumnElement[bool]:
        return runs.c.owner_key.in_(self._vault.blinds("owner", owner))

    def _since(self) -> dict[str, float]:
        """Since when a run must have been looked at and begun to be living."""
        at = self._now()
        return {"touched_since": at - self._settings.run_idle_seconds, "created_since": at - self._settings.run_life_seconds}

    def _opened(self, row: Row[Any]) -> tuple[str, str]:
        owner, target = unpack_value(self._vault.open(row.sealed))
        return owner, target

    def _delete(self, which: ColumnElement[bool]) -> int:
        with writing(self._engine) as connection:
            gone = connection.scalars(delete(runs).where(which).returning(runs.c.id)).all()
        for run_id in gone:
            self._recent.forget(run_id)
        return len(gone)
