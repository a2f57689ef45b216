"""Who is signed in at the gateway in this browser: one cookie of its own, under the gateway's own path."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Response, request
from sqlalchemy import delete, insert, select

from app.practice.desk import Desk
from app.practice.opaque import digest, draw
from app.practice.tables import logins
from app.store.database import reading, writing

COOKIE = "practice_login"
VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Login:
    """A signed-in person. `account` is new at every sign-in, so people who share a name share nothing else."""

    person: str
    account: str


def browser(cookie: str) -> str:
    """The stored form of a browser's cookie."""
    return digest(cookie)


def cookie_name(desk: Desk) -> str:
    """A name for each gateway: the healthy one's path lies above those of all others, so its cookie comes along to them."""
    return f"{COOKIE}_{desk.gateway.id}" if desk.gateway.is_opened else COOKIE


def cookie(desk: Desk) -> str:
    """This browser's cookie, or an empty string where it has none of the right shape."""
    value = request.cookies.get(cookie_name(desk), "")
    return value if VALUE.fullmatch(value) else ""


def current(desk: Desk) -> Login | None:
    """Who is signed in in this browser."""
    if not cookie(desk):
        return None
    mine = logins.c.digest == browser(cookie(desk)), logins.c.gateway == desk.gateway.id, logins.c.expires_at > desk.now()
    with reading(desk.engine) as connection:
        row = connection.execute(select(logins.c.person, logins.c.account).where(*mine)).one_or_none()
    return Login(row.person, row.account) if row else None


def sign_in(desk: Desk, person: str) -> str:
    """Store a fresh login; returns its cookie. The old cookie is never kept: it may have been planted."""
    value = draw()
    row = {"digest": browser(value), "person": person, "account": f"{person}-{secrets.token_hex(8)}"}
    kept = {"gateway": desk.gateway.id, "expires_at": desk.now() + desk.gateway.login_seconds}
    with writing(desk.engine) as connection:
        connection.execute(insert(logins).values(row | kept))
    return value


def sign_out(desk: Desk) -> None:
    with writing(desk.engine) as connection:
        connection.execute(delete(logins).where(logins.c.digest == browser(cookie(desk))))


def set_cookie(desk: Desk, answer: Response, value: str) -> Response:
    """Lax, not Strict: the client sends the browser here from another site."""
    gateway = desk.gateway
    answer.set_cookie(
        cookie_name(desk),
        value,
        max_age=gateway.login_seconds,
        path=gateway.mount,
        domain=gateway.login_domain,
        httponly=True,
        samesite="Lax",
        secure=gateway.secure,
    )
    return answer
