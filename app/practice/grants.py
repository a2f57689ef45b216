"""Codes, grants and tokens. Whatever may happen once is a compare-and-swap, so several workers have one winner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, insert, select, update

from app.practice.desk import Desk
from app.practice.gateway import route_of
from app.practice.opaque import digest, draw, draw_jwt
from app.practice.shaping import shaped
from app.practice.tables import codes, grants, tokens
from app.store.database import reading, writing


def _with_grant(table: Table) -> Select[Any]:
    """One row and its grant, by `stored` and `of`. Put together once for each table: what comes with a token asks it each time."""
    of_grant = [grants.c[name] for name in ("client_key", "account", "resource", "ended_why")]
    renamed = [grants.c.scope.label("grant_scope"), grants.c.expires_at.label("grant_expires_at")]
    joined = select(table, *of_grant, *renamed).join(grants, grants.c.id == table.c.grant_id)
    return joined.where(table.c.digest == bindparam("stored"), table.c.gateway == bindparam("of"))


_CODE, _TOKEN = _with_grant(codes), _with_grant(tokens)


@dataclass(frozen=True)
class Grant:
    """What a person allowed one client at one route. `ended_why` is empty while it lives."""

    id: str
    client_key: str
    account: str
    resource: str
    scope: str
    expires_at: float
    ended_why: str = ""


@dataclass(frozen=True)
class Code:
    """A stored authorization code."""

    digest: str
    grant: Grant
    redirect_uri: str
    redirect_sent: bool
    challenge: str
    expires_at: float
    used: bool


@dataclass(frozen=True)
class Token:
    """A stored access or refresh token."""

    digest: str
    grant: Grant
    kind: str
    scope: str
    expires_at: float
    used_at: float | None
    revoked: bool

    @property
    def used(self) -> bool:
        return self.used_at is not None


@dataclass(frozen=True)
class Pair:
    """New tokens in clear; `refresh` is empty where the client did not register the refresh_token grant."""

    access: str
    refresh: str
    scope: str
    access_seconds: int


def issue_code(desk: Desk, grant: Grant, redirect_uri: str, redirect_sent: bool, challenge: str) -> str:
    """Store the grant and a code for it; returns the code in clear."""
    code = draw()
    row = {"digest": digest(code), "grant_id": grant.id, "redirect_uri": redirect_uri, "redirect_sent": redirect_sent}
    row |= {"challenge": challenge, "gateway": desk.gateway.id, "expires_at": desk.now() + desk.gateway.code_seconds}
    kept = {name: getattr(grant, name) for name in ("id", "client_key", "account", "resource", "scope", "expires_at")}
    with writing(desk.engine) as connection:
        connection.execute(insert(grants).values(kept | {"gateway": desk.gateway.id}))
        connection.execute(insert(codes).values(row))
    return code


def find_code(desk: Desk, code: str) -> Code | None:
    row = _found(desk, _CODE, code)
    if row is None:
        return None
    return Code(row.digest, _grant(row), row.redirect_uri, row.redirect_sent, row.challenge, row.expires_at, row.used_at is not None)


def find_token(desk: Desk, token: str) -> Token | None:
    row = _found(desk, _TOKEN, token)
    if row is None:
        return None
    return Token(row.digest, _grant(row), row.kind, row.scope, row.expires_at, row.used_at, row.revoked_at is not None)


def redeem(desk: Desk, code: Code, refreshable: bool) -> Pair | None:
    """The first tokens of the grant, or None where another request redeemed this code first."""
    with writing(desk.engine) as connection:
        if not _use(desk, connection, codes, code.digest):
            return None
        return _issue(desk, connection, code.grant, code.grant.scope, refreshable)


def rotate(desk: Desk, token: Token, scope: str, again: bool = False) -> Pair | None:
    """The next tokens of the grant, or None where another request used this refresh token first. `again`: that does not matter."""
    with writing(desk.engine) as connection:
        if not desk.gateway.rotates:
            return _issue(desk, connection, token.grant, scope, refreshable=False)
        if not _use(desk, connection, tokens, token.digest) and not again:
            return None
        return _issue(desk, connection, token.grant, scope, refreshable=True)


def end_grant(desk: Desk, grant: Grant, why: str) -> None:
    """Revoke every token of the grant, those to come included. The first reason stays."""
    with writing(desk.engine) as connection:
        living = grants.c.id == grant.id, grants.c.ended_at.is_(None)
        connection.execute(update(grants).where(*living).values(ended_at=desk.now(), ended_why=why))


def revoke_token(desk: Desk, token: Token) -> None:
    with writing(desk.engine) as connection:
        connection.execute(update(tokens).where(tokens.c.digest == token.digest).values(revoked_at=desk.now()))


def _use(desk: Desk, connection: Connection, table: Table, stored: str) -> bool:
    unused = table.c.digest == stored, table.c.used_at.is_(None)
    return connection.execute(update(table).where(*unused).values(used_at=desk.now())).rowcount == 1


def _issue(desk: Desk, connection: Connection, grant: Grant, scope: str, refreshable: bool) -> Pair:
    seconds = max(0, min(desk.gateway.access_seconds, int(grant.expires_at - desk.now())))
    pair = Pair(_draw_access(desk, grant, scope, seconds), draw("rt_") if refreshable else "", scope, seconds)
    rows = [_token_row(desk, grant, pair.access, "access", scope, desk.now() + seconds)]
    if refreshable:
        rows.append(_token_row(desk, grant, pair.refresh, "refresh", grant.scope, grant.expires_at))
    connection.execute(insert(tokens), rows)
    return pair


def _draw_access(desk: Desk, grant: Grant, scope: str, seconds: int) -> str:
    if desk.gateway.access_form != "jwt":
        return draw("at_")
    now = int(desk.now())
    claims: dict[str, object] = {"iss": grant.resource, "sub": grant.account, "aud": grant.resource, "client_id": grant.client_key[:16]}
    claims |= {"scope": scope, "iat": now, "exp": now + seconds, "jti": draw()}
    return draw_jwt(shaped(desk.gateway, route_of(desk.gateway, grant.resource), claims, desk.gateway.jwt_claims))


def _token_row(desk: Desk, grant: Grant, token: str, kind: str, scope: str, expires_at: float) -> dict[str, object]:
    row: dict[str, object] = {"digest": digest(token), "grant_id": grant.id, "kind": kind, "scope": scope}
    return row | {"gateway": desk.gateway.id, "expires_at": expires_at}


def _found(desk: Desk, wanted: Select[Any], value: str) -> Row[Any] | None:
    with reading(desk.engine) as connection:
        return connection.execute(wanted, {"stored": digest(value), "of": desk.gateway.id}).one_or_none()


def _grant(row: Row[tuple[object, ...]]) -> Grant:
    return Grant(row.grant_id, row.client_key, row.account, row.resource, row.grant_scope, row.grant_expires_at, row.ended_why or "")
