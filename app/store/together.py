"""Small writes of many threads in one transaction: SQLite has one writer, and handing its turn on costs more than a write."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from app.store.database import Declined, StoreUnavailable, writing

Kept = TypeVar("Kept")
Write = Callable[[Connection], Kept]


@dataclass
class _Item:
    """One write. `ready` is set when it was tried, and when its thread shall do what is waiting by now."""

    write: Write[Any]
    ready: threading.Event = field(default_factory=threading.Event)
    is_tried: bool = False
    is_kept: bool = False
    kept: Any = None
    trouble: StoreUnavailable | None = None  # of the store, and so of everybody

    def result(self, engine: Engine) -> Any:
        """What the write returned. Where another one undid it, it is done again, by itself."""
        if self.trouble:
            raise StoreUnavailable(self.trouble.says) from self.trouble
        if self.is_kept:
            return self.kept
        with writing(engine) as connection:
            return self.write(connection)


class _Group:
    """The writes that wait. One thread at a time does all of them, its own too, and hands on to one that came meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Item] = []
        self._is_led = False

    def do(self, engine: Engine, write: Write[Kept]) -> Kept:
        item = _Item(write)
        if self._leads(item) or not self._was_tried(item):
            self._lead(engine)
        kept: Kept = item.result(engine)
        return kept

    def _leads(self, item: _Item) -> bool:
        with self._lock:
            self._waiting.append(item)
            leads, self._is_led = not self._is_led, True
        return leads

    def _was_tried(self, item: _Item) -> bool:
        """Wait: for whoever does it, or to be the next who does what is waiting."""
        item.ready.wait()
        return item.is_tried

    def _lead(self, engine: Engine) -> None:
        with self._lock:
            items, self._waiting = self._waiting, []
        try:
            _write_all(engine, items)
        finally:
            for item in items:
                item.is_tried = True
                item.ready.set()
            self._hand_on()

    def _hand_on(self) -> None:
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._is_led = heir is not None
        if heir:
            heir.ready.set()


def _write_all(engine: Engine, items: list[_Item]) -> None:
    try:
        with writing(engine) as connection:
            kept = [item.write(connection) for item in items]
    except (StoreUnavailable, Declined, IntegrityError) as error:  # all were undone
        for item in items:
            item.trouble = error if type(error) is StoreUnavailable else None  # else one of them said no, and each goes by itself
    else:
        for item, one in zip(items, kept, strict=True):
            item.kept, item.is_kept = one, True


_groups: weakref.WeakKeyDictionary[Engine, _Group] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def write_together(engine: Engine, write: Write[Kept]) -> Kept:
    """Do the write in a transaction, which other threads' may share; what it returns, once all is committed.

    It may be called twice, where another one broke the transaction: it must do nothing but write. Raises what it raises,
    and StoreUnavailable. PostgreSQL has many writers, so there each has a transaction of its own.
    """
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            return write(connection)
    with _lock:
        group = _groups.setdefault(engine, _Group())
    return group.do(engine, write)
