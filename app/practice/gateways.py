"""Practice gateways that somebody opened: which faults each has, whose it is, and how long it stays."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Engine, Row, delete, insert, select, update

from app.practice.desk import Desk
from app.practice.faults import broken_by, find_fault, find_profile
from app.practice.gateway import MOUNT, ROUTES, Gateway
from app.practice.opaque import digest
from app.practice.tables import gateways, requests
from app.settings import Settings
from app.store.database import reading, writing

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: ids are read aloud in a room
ID = re.compile(rf"[{LETTERS}]{{5}}-[{LETTERS}]{{4}}-[{LETTERS}]{{4}}")  # 65 random bits
LIFE_SECONDS = 86_400  # as long as a run may live; changing its switches begins it anew
TITLE_CHARACTERS = 200


class UnknownSwitch(ValueError):
    """A fault or a profile by that name does not exist; the message says which."""


@dataclass(frozen=True)
class Instance:
    """One opened gateway. `owner` is the stored form of the owner's secret: compare by `belongs_to`. Times are epoch seconds."""

    id: str
    faults: tuple[str, ...]
    profile: str
    owner: str
    room: str
    title: str
    created_at: float
    expires_at: float

    def belongs_to(self, owner: str) -> bool:
        """Is this the gateway of the browser with this owner id?"""
        return bool(owner) and self.owner == digest(owner)


def open_gateway(
    place: Desk | Engine,
    *,
    faults: Sequence[str] = (),
    profile: str = "",
    owner: str = "",
    room: str = "",
    title: str = "",
    now: float | None = None,
) -> Instance:
    """Open a gateway of one's own. Raises UnknownSwitch, StoreUnavailable."""
    check_switches(faults, profile)
    at = _time(now)
    kept = digest(owner) if owner else ""
    instance = Instance(_draw_id(), tuple(faults), profile, kept, room, title[:TITLE_CHARACTERS], at, at + LIFE_SECONDS)
    row = vars(instance) | {"faults": " ".join(faults), "gateway": instance.id}
    with writing(_engine(place)) as connection:
        connection.execute(insert(gateways).values(row))
    return instance


def load_gateway(place: Desk | Engine, gateway_id: str, now: float | None = None) -> Instance | None:
    """The living gateway of that id."""
    if not ID.fullmatch(gateway_id):
        return None
    return next(iter(_found(place, now, gateways.c.id == gateway_id)), None)


def gateways_of(place: Desk | Engine, owner: str, now: float | None = None) -> list[Instance]:
    """The living gateways of a browser, the newest first; those of rooms too."""
    return _found(place, now, gateways.c.owner == digest(owner)) if owner else []


def set_faults(place: Desk | Engine, gateway_id: str, faults: Sequence[str], profile: str = "", now: float | None = None) -> None:
    """Change the switches of a gateway; what it already gave out stays valid where the new switches let it. Raises UnknownSwitch."""
    check_switches(faults, profile)
    new = {"faults": " ".join(faults), "profile": profile, "expires_at": _time(now) + LIFE_SECONDS}
    with writing(_engine(place)) as connection:
        connection.execute(update(gateways).where(gateways.c.id == gateway_id).values(new))


def close_gateway(place: Desk | Engine, gateway_id: str) -> None:
    """Close it at once. What it gave out is swept when it expires; nothing answers to it any more."""
    with writing(_engine(place)) as connection:
        connection.execute(delete(requests).where(requests.c.gateway == gateway_id))
        connection.execute(delete(gateways).where(gateways.c.id == gateway_id))


def target_url(instance: Instance | str, settings: Settings, route: str = ROUTES[0].name) -> str:
    """The MCP URL to paste into a client."""
    gateway_id = instance if isinstance(instance, str) else instance.id
    return f"{settings.practice_base}{MOUNT}/g/{gateway_id}/mcp/{route}"


def gateway_of(instance: Instance, healthy: Gateway) -> Gateway:
    """How this gateway behaves: the healthy one's values at an address of its own, then the profile's, then the faults'."""
    gateway = replace(healthy, id=instance.id, mount=f"{MOUNT}/g/{instance.id}")
    return broken_by(gateway, instance.faults, instance.profile)


def check_switches(faults: Sequence[str], profile: str) -> None:
    """Raises UnknownSwitch where a name is none of ours, or comes twice."""
    unknown = [slug for slug in faults if find_fault(slug) is None]
    if unknown or len(set(faults)) < len(faults):
        raise UnknownSwitch(f"There is no fault named {unknown[0]}." if unknown else "A fault can be switched on once only.")
    if profile and find_profile(profile) is None:
        raise UnknownSwitch(f"There is no profile named {profile}.")


def _found(place: Desk | Engine, now: float | None, *which: ColumnElement[bool]) -> list[Instance]:
    wanted = select(gateways).where(*which, gateways.c.expires_at > _time(now)).order_by(gateways.c.created_at.desc())
    with reading(_engine(place)) as connection:
        return [_instance(row) for row in connection.execute(wanted)]


def _instance(row: Row[tuple[object, ...]]) -> Instance:
    faults = tuple(slug for slug in row.faults.split() if find_fault(slug))  # a newer app may know fewer
    profile = row.profile if find_profile(row.profile) else ""
    return Instance(row.id, faults, profile, row.owner, row.room, row.title, row.created_at, row.expires_at)


def _draw_id() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(13))
    return f"{letters[:5]}-{letters[5:9]}-{letters[9:]}"


def _engine(place: Desk | Engine) -> Engine:
    return place.engine if isinstance(place, Desk) else place


def _time(now: float | None) -> float:
    return time.time() if now is None else now
