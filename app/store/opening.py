"""The whole store in one piece, as create_app needs it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, MetaData

from app.settings import BadSetting, Settings
from app.store.counters import Counters
from app.store.database import StoreUnavailable, open_engine
from app.store.leases import Leases
from app.store.runs import Runs
from app.store.schema import prepare_schema
from app.store.sessions import Sessions
from app.store.shares import Shares
from app.store.size import Size
from app.store.states import States
from app.store.targets import Targets
from app.store.vault import Vault, open_vault


@dataclass(frozen=True)
class Store:
    """Everything that outlives a request, over one engine and one vault."""

    engine: Engine
    vault: Vault
    runs: Runs
    leases: Leases
    states: States
    sessions: Sessions
    counters: Counters
    shares: Shares
    targets: Targets
    size: Size


def open_store(settings: Settings, now: Callable[[], float] = time.time, *, beside: tuple[MetaData, ...] = ()) -> Store:
    """Open what the settings name and bring its tables up to date, those of others beside ours too.

    Raises BadSetting and StoreUnavailable.
    """
    vault, engine = open_vault(settings), open_engine(settings)
    prepare_schema(engine, *beside)
    rest = (engine, vault, now)
    known = (Runs(engine, vault, settings, now), Leases(*rest), States(*rest), Sessions(*rest), Counters(*rest))
    return Store(engine, vault, *known, Shares(*rest), Targets(engine, vault, settings.saved_seconds, now), Size(engine, settings, now))


def unusable(error: StoreUnavailable) -> BadSetting:
    """What an operator reads where the store cannot be opened at the start, with the driver's own words."""
    said = str(getattr(error.__cause__, "orig", "")).partition("\n")[0]
    return BadSetting(f"The app cannot start, because the store that DATABASE_URL names cannot be used: {said or error.says}")
