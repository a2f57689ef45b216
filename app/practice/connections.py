"""Which upstream services an account has connected, and the links by which it is asked to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, select, update

from app.practice.desk import Desk
from app.practice.gateway import Upstream
from app.practice.opaque import digest, draw
from app.practice.tables import connections, tickets
from app.store.database import insert_into, reading, writing


@dataclass(frozen=True)
class Ticket:
    """A connect link's right to be opened, for one account and one upstream."""

    digest: str
    account: str
    upstream: str
    used: bool


def is_connected(desk: Desk, account: str, upstream: Upstream) -> bool:
    with reading(desk.engine) as connection:
        living = (*_mine(desk, account, upstream), connections.c.expires_at > desk.now())
        return connection.execute(select(connections.c.account).where(*living)).first() is not None


def connect(desk: Desk, account: str, upstream: Upstream) -> None:
    """Connect, or connect anew."""
    expires_at = desk.now() + desk.gateway.grant_seconds
    row = {"account": account, "upstream": upstream.name, "gateway": desk.gateway.id, "expires_at": expires_at}
    stored, key = insert_into(desk.engine, connections).values(row), [connections.c.account, connections.c.upstream]
    with writing(desk.engine) as connection:
        connection.execute(stored.on_conflict_do_update(index_elements=key, set_={"expires_at": expires_at}))


def disconnect(desk: Desk, account: str, upstream: Upstream) -> None:
    with writing(desk.engine) as connection:
        connection.execute(delete(connections).where(*_mine(desk, account, upstream)))


def issue_ticket(desk: Desk, account: str, upstream: Upstream) -> str:
    """A connect link's ticket in clear."""
    ticket = draw()
    row = {"digest": digest(ticket), "account": account, "upstream": upstream.name}
    kept = {"gateway": desk.gateway.id, "expires_at": desk.now() + desk.gateway.ticket_seconds}
    with writing(desk.engine) as connection:
        connection.execute(insert(tickets).values(row | kept))
    return ticket


def find_ticket(desk: Desk, ticket: str, upstream: Upstream) -> Ticket | None:
    """The living ticket, used or not."""
    mine = tickets.c.digest == digest(ticket), tickets.c.gateway == desk.gateway.id, tickets.c.upstream == upstream.name
    with reading(desk.engine) as connection:
        row = connection.execute(select(tickets).where(*mine, tickets.c.expires_at > desk.now())).one_or_none()
    return Ticket(row.digest, row.account, row.upstream, row.used_at is not None) if row else None


def use_ticket(desk: Desk, ticket: Ticket) -> None:
    with writing(desk.engine) as connection:
        connection.execute(update(tickets).where(tickets.c.digest == ticket.digest).values(used_at=desk.now()))


def connect_url(desk: Desk, upstream: Upstream, ticket: str) -> str:
    return f"{desk.gateway.base}/auth/connections/{upstream.name}/connect?ticket={ticket}"


def _mine(desk: Desk, account: str, upstream: Upstream) -> tuple[ColumnElement[bool], ...]:
    return (
        connections.c.account == account,
        connections.c.upstream == upstream.name,
        connections.c.gateway == desk.gateway.id,
    )
