"""Does the authorization server know who we are? Told at the callback or at the token endpoint."""

from __future__ import annotations

from app.checks import authorize, token_reading
from app.checks.asides import answer, siblings
from app.checks.callback import ON, on_leg
from app.checks.declaration import check
from app.checks.dry_reading import DRY, quoted
from app.checks.dry_reading import refusal as dry_refusal
from app.checks.model import STOP, Question, Seen, Verdict
from app.checks.reading import at, quoted_error, status_of
from app.checks.specs import CIMD, rfc
from app.flow.log import Leg

FRESH = "authorize/probe:fresh_client:fresh"
WHERE = (ON, "token/code", *DRY)


def _told(q: Question, slug: str) -> Verdict:
    client = q.before.client
    ours = f" Our client id is {client.client_id}." if client else ""
    if isinstance(q.entry.body, Leg):
        says = f"The browser came back with {authorize.wording(q)}.{ours}"
        return Seen(says, actual=authorize.wording(q), evidence=on_leg(q, "error")) if authorize.refusal(q) == slug else None
    if q.entry.is_aside:
        return Seen(f"The authorization URL answers {quoted(q)}.{ours}", actual=quoted(q)) if dry_refusal(q) == slug else None
    says = f"The server answered {quoted_error(q)}.{ours}"
    return Seen(says, actual=quoted_error(q), evidence=at(q, pointer="/error")) if token_reading.refusal(q) == slug else None


@check(
    "register.client_stale",
    *WHERE,
    FRESH,
    level=STOP,
    title="The server no longer knows our client id",
    expected="A registered client id stays known for as long as the registration says.",
    why="Registrations kept in memory are lost at a restart; others expire or are evicted.",
    spec=rfc(6749, "5.2"),
    operator="Keep registrations in a store that outlives the process; answer 401 invalid_client.",
    client="Forget this client and register again.",
)
def client_stale(q: Question) -> Verdict:
    return _compared(q) if q.entry.role == FRESH.partition("/")[2] else _told(q, "client_stale")


def _compared(q: Question) -> Verdict:
    """The same request with our client id and with a fresh one: refused and taken."""
    found = siblings(q)
    ours = answer(found, "ours").status or 0
    if "ours" not in found or ours < 400 or not 0 < status_of(q) < 400:
        return None
    says = f"The authorization URL answers {ours} to our client id and {status_of(q)} to one that was registered just now."
    return Seen(says, actual=str(ours), expected=str(status_of(q)), about=found["ours"].seq)


@check(
    "register.cimd_fetch_failed",
    *WHERE,
    level=STOP,
    title="Our client metadata document was not accepted",
    expected="The authorization server fetches the document from its URL and finds client_id and redirect_uris in it.",
    why="A wall, a redirect, a private address or a page of HTML at that URL stops the flow before the login.",
    spec=CIMD,
    operator="Let the server fetch client metadata from public hosts, and log why it could not.",
    client="Serve the document plainly (200, JSON, no redirect, at most 5 kB) and test it from outside.",
)
def cimd_fetch_failed(q: Question) -> Verdict:
    return _told(q, "cimd_fetch_failed")


@check(
    "register.cimd_mismatch",
    *WHERE,
    level=STOP,
    title="Our client metadata document does not fit",
    expected="client_id in the document equals its URL, and our redirect URI is listed.",
    why="The server reads who we are from that document and compares both as strings.",
    spec=CIMD,
    operator="Say which member did not fit.",
    client="Serve the document with the exact URL as client_id and with every redirect URI that is used.",
)
def cimd_mismatch(q: Question) -> Verdict:
    return _told(q, "cimd_mismatch")
