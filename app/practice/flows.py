"""Authorization requests under way, from the authorize endpoint to the person's decision."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import insert, select, update

from app.practice.desk import Desk, PageRefusal
from app.practice.opaque import digest, draw
from app.practice.tables import flows
from app.store.database import reading, writing


@dataclass(frozen=True)
class Flow:
    """One accepted authorization request. `handle` names it in the gateway's own pages; `browser` is a digest."""

    handle: str
    browser: str
    route: str
    client_key: str
    redirect_uri: str
    redirect_sent: bool
    state: str | None
    scope: str
    challenge: str
    login_state: str = ""
    login_code: str | None = None
    person: str | None = None


FIELDS = tuple(Flow.__dataclass_fields__)


def start(desk: Desk, flow: Flow) -> Flow:
    """Store the flow under a handle and a login state of its own."""
    started = replace(flow, handle=draw(), login_state=draw())
    row = {name: getattr(started, name) for name in FIELDS}
    row |= {"digest": digest(started.handle), "gateway": desk.gateway.id, "expires_at": desk.now() + desk.gateway.flow_seconds}
    with writing(desk.engine) as connection:
        connection.execute(insert(flows).values(row))
    return started


def of_handle(desk: Desk, handle: str, browser: str) -> Flow:
    """The living flow of this handle in this browser. Raises PageRefusal."""
    return _living(desk, "digest", digest(handle), browser)


def of_login_state(desk: Desk, state: str, browser: str) -> Flow:
    """The living flow that sent this browser to the identity provider. Raises PageRefusal."""
    return _living(desk, "login_state", state, browser)


def give_login_code(desk: Desk, flow: Flow, person: str) -> str:
    """Remember who signed in; returns the identity provider's one-time code."""
    code = draw()
    with writing(desk.engine) as connection:
        mine = flows.c.digest == digest(flow.handle)
        connection.execute(update(flows).where(mine).values(login_code=digest(code), person=person))
    return code


def take_login_code(desk: Desk, flow: Flow, code: str) -> bool:
    """Use the identity provider's code, once."""
    mine = flows.c.digest == digest(flow.handle), flows.c.login_code == digest(code)
    with writing(desk.engine) as connection:
        return connection.execute(update(flows).where(*mine).values(login_code=None)).rowcount == 1


def move_browser(desk: Desk, old: str, new: str) -> None:
    """A login changes the browser's cookie; its other tabs' flows go along."""
    with writing(desk.engine) as connection:
        connection.execute(update(flows).where(flows.c.browser == old).values(browser=new))


def _living(desk: Desk, column: str, value: str, browser: str) -> Flow:
    wanted = flows.c[column] == value, flows.c.gateway == desk.gateway.id, flows.c.expires_at > desk.now()
    with reading(desk.engine) as connection:
        row = connection.execute(select(*(flows.c[name] for name in FIELDS)).where(*wanted)).one_or_none()
    if row is None:
        raise PageRefusal("Start again from your client", "This sign-in is not known, or it took longer than a quarter of an hour.")
    if row.browser != browser:
        raise PageRefusal("This belongs to another browser", "Open the link in the browser in which the sign-in was started.", 403)
    return Flow(*row)
