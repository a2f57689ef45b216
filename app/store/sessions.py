"""Browser sessions for Flask-Session's `cachelib` type: ids only, sealed, MessagePack and never pickle.

Nobody is ever evicted to make room for a newcomer: rows go when their time is over, or when they are deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Insert, bindparam, delete, or_, select

from app.store.database import insert_into, reading, writing
from app.store.entries import pack_value, unpack_value
from app.store.tables import session_owners, sessions
from app.store.vault import Unreadable, Vault

DEFAULT_SECONDS = 86_400
_LIVING = or_(sessions.c.until.is_(None), sessions.c.until > bindparam("now"))
_FIND = select(sessions.c.sealed).where(sessions.c.sid_key.in_(bindparam("keys", expanding=True)), _LIVING)  # made once, as in runs.py


class Sessions:
    """What Flask-Session 0.8 calls on a cachelib cache: get, set, delete. Keys are stored blinded, values sealed."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self._engine, self._vault, self._now = engine, vault, now

    def get(self, key: str) -> dict[str, Any] | None:
        """The session, or None where there is none, its time is over, or no present key opens it."""
        with reading(self._engine) as connection:
            sealed = connection.scalar(_FIND, {"keys": self._vault.blinds("sid", key), "now": self._now()})
        return self._opened(sealed) if sealed else None

    def set(self, key: str, value: dict[str, Any], timeout: float | None = None) -> bool:
        """Keep the session for `timeout` seconds; 0 = until it is deleted (cachelib's meaning), None = a day."""
        seconds = DEFAULT_SECONDS if timeout is None else timeout
        row = {"sealed": self._vault.seal(pack_value(value)), "until": self._now() + seconds if seconds else None}
        sid_key, owner = self._vault.blind("sid", key), value.get("owner")
        upsert = insert_into(self._engine, sessions).values(sid_key=sid_key, **row)
        with writing(self._engine) as connection:
            connection.execute(upsert.on_conflict_do_update(index_elements=[sessions.c.sid_key], set_=row))
            if isinstance(owner, str) and owner:
                connection.execute(self._owned(sid_key, owner))
        return True

    def delete(self, key: str) -> bool:
        """Remove the session. False where there was none."""
        with writing(self._engine) as connection:
            return connection.execute(delete(sessions).where(self._is(key))).rowcount > 0

    def _owned(self, sid_key: str, owner: str) -> Insert:
        whose = {"owner_key": self._vault.blind("owner", owner)}
        upsert = insert_into(self._engine, session_owners).values(sid_key=sid_key, **whose)
        return upsert.on_conflict_do_update(index_elements=[session_owners.c.sid_key], set_=whose)

    def _opened(self, sealed: bytes) -> dict[str, Any] | None:
        try:
            value = unpack_value(self._vault.open(sealed))
        except (Unreadable, msgspec.DecodeError):
            return None
        return value if isinstance(value, dict) else None

    def _is(self, key: str) -> ColumnElement[bool]:
        return sessions.c.sid_key.in_(self._vault.blinds("sid", key))
