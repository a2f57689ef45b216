"""What clients sent to a gateway that somebody opened, and what it answered: bounded, expiring, sealed at rest."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from flask import Response, request
from sqlalchemy import Engine, delete, insert, select

from app.practice.desk import Desk, Keeper
from app.practice.tables import requests
from app.store.database import StoreUnavailable, reading, writing

MOST_KEPT = 200  # requests of one gateway; a whole walk needs about 30
BODY_BYTES = 20_000  # of either side; metadata documents have a tenth of that
TRIMMED_EVERY = 10  # writes; in between a few more than MOST_KEPT may stand there
LEFT_OUT = "(left out: a cookie of the person's browser)"
COOKIES = ("cookie", "set-cookie")


@dataclass(frozen=True)
class Asked:
    """One request and the answer to it. `at` in seconds since the epoch; bodies are cut at BODY_BYTES."""

    at: float
    ms: float
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    reason: str
    answer_headers: tuple[tuple[str, str], ...]
    answer_body: bytes


def keep(desk: Desk, answer: Response, began: float) -> None:
    """Write the request that is being answered down. Never raises: a store in trouble must not change what a client sees."""
    if desk.keeper is None:
        return
    asked = _asked(desk, answer, began)
    row = {"gateway": desk.gateway.id, "expires_at": asked.at + desk.gateway.grant_seconds, "sealed": desk.keeper.seal(_packed(asked))}
    with suppress(StoreUnavailable):
        _insert(desk.engine, desk.gateway.id, row)


def requests_of(engine: Engine, keeper: Keeper, gateway_id: str) -> list[Asked]:
    """Everything that was kept of a gateway and can still be opened, the oldest first. Raises StoreUnavailable."""
    newest = select(requests.c.sealed).where(requests.c.gateway == gateway_id).order_by(requests.c.id.desc()).limit(MOST_KEPT)
    with reading(engine) as connection:
        sealed = list(connection.scalars(newest))
    return list(_opened(keeper, reversed(sealed)))


def _opened(keeper: Keeper, sealed: Iterable[bytes]) -> Iterator[Asked]:
    """A key that was changed meanwhile costs the old requests, not the page."""
    for one in sealed:
        with suppress(StoreUnavailable):
            yield _unpacked(keeper.open(one))


def forget_requests(engine: Engine, gateway_id: str) -> None:
    """Delete what was kept of a gateway."""
    with writing(engine) as connection:
        connection.execute(delete(requests).where(requests.c.gateway == gateway_id))


def _insert(engine: Engine, gateway_id: str, row: dict[str, object]) -> None:
    with writing(engine) as connection:
        number = connection.execute(insert(requests).values(row)).inserted_primary_key
        if number is None or number[0] % TRIMMED_EVERY:
            return
        # older than the newest MOST_KEPT, and never "not among them": others write at the same moment
        mine = select(requests.c.id).where(requests.c.gateway == gateway_id).order_by(requests.c.id.desc())
        oldest = connection.scalar(mine.offset(MOST_KEPT - 1).limit(1))
        if oldest is not None:
            connection.execute(delete(requests).where(requests.c.gateway == gateway_id, requests.c.id < oldest))


def _asked(desk: Desk, answer: Response, began: float) -> Asked:
    place = str(request.environ.get("RAW_URI") or request.full_path.removesuffix("?"))
    return Asked(
        at=began,
        ms=max(0.0, (desk.now() - began) * 1_000),
        method=request.method,
        url=desk.gateway.origin + place,
        headers=_without_cookies(list(request.headers.items())),
        body=request.get_data(cache=True)[:BODY_BYTES],
        status=answer.status_code,
        reason=answer.status.partition(" ")[2],
        answer_headers=_without_cookies(list(answer.headers.items())),
        answer_body=answer.get_data()[:BODY_BYTES],
    )


def _without_cookies(headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """A person's cookie is not the client's, and nobody's business."""
    return tuple((name, LEFT_OUT if name.lower() in COOKIES else value) for name, value in headers)


def _packed(asked: Asked) -> bytes:
    members = vars(asked) | {name: base64.b64encode(getattr(asked, name)).decode() for name in ("body", "answer_body")}
    return json.dumps(members).encode()


def _unpacked(packed: bytes) -> Asked:
    members = json.loads(packed)
    pairs = {name: tuple((one, two) for one, two in members[name]) for name in ("headers", "answer_headers")}
    bodies = {name: base64.b64decode(members[name]) for name in ("body", "answer_body")}
    return Asked(**{**members, **pairs, **bodies})
