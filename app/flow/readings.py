"""What a separating probe showed: one sentence each, made from the exchanges alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from app.flow.log import Entry
from app.flow.oauth import document, json_object, text
from app.wire.messages import Exchange
from app.wire.parse.instance import agrees_on, instance_marks

Entries = Sequence[Entry]
SKEW_SECONDS = 30


def answers(asked: Entries) -> Mapping[str, Exchange]:
    """Step and last word of the role -> exchange."""
    found = {}
    for entry in asked:
        if isinstance(entry.body, Exchange):
            what = entry.role.rpartition(":")[2]
            found[what] = found[f"{entry.step} {what}"] = entry.body
    return found


def said(exchange: Exchange | None) -> str:
    """Status and OAuth error, or what came instead."""
    if exchange is None:
        return "not asked"
    if exchange.failure or exchange.status is None:
        return exchange.failure.kind if exchange.failure else "no answer"
    error = text(json_object(exchange) or {}, "error")
    return f"{exchange.status} {error}".strip()


def _same(one: Exchange | None, two: Exchange | None) -> bool:
    if one is None or two is None or one.response is None or two.response is None:
        return False
    seen = [(x.response.status, x.response.header("www-authenticate"), x.response.body) for x in (one, two) if x.response]
    return seen[0] == seen[1]


def read_three_tokens(run: Entries, asked: Entries) -> str:
    found = answers(asked)
    none, random, ours = found.get("none"), found.get("random"), found.get("ours")
    told = f"No token: {said(none)}; a made-up one: {said(random)}; ours: {said(ours)}."
    if ours is not None and ours.status is not None and ours.status < 300:
        return f"{told} Ours is let in now, so the refusal comes and goes: several instances, or a clock."
    if _same(none, ours) and _same(none, random):
        return f"{told} All three are the same answer: the token is lost on the way, or the server does not tell."
    if _same(random, ours):
        return f"{told} The header arrives; ours counts as little as a made-up one: signature, issuer or store, not the way there."
    return f"{told} The header arrives, and ours is refused for a reason of its own."


def read_other_spelling(run: Entries, asked: Entries) -> str:
    found = answers(asked)
    told = f"As typed: {said(found.get('here'))}; the other spelling: {said(found.get('other'))}."
    if "here_ours" in found:
        told += f" With our token: {said(found.get('here_ours'))} and {said(found.get('other_ours'))}."
    moved = [x for x in found.values() if x.status is not None and 300 <= x.status < 400]
    return f"{told} A redirect lies between them, and clients lose the token on it." if moved else told


def read_dry_request(run: Entries, asked: Entries) -> str:
    got = answers(asked).get("get")
    if got is None or got.response is None:
        return f"The authorization URL did not answer ({said(got)})."
    status, location = got.response.status, got.response.header("location")
    if status >= 400:
        return f"The server answers {said(got)} on a page of its own: the browser is never sent back to us."
    if location:
        return f"The server answers {status} and sends the browser to {_host(location)}: it takes the request."
    return f"The server answers {status} with a page: it takes the request. What follows needs a signed-in browser."


def _host(location: str) -> str:
    try:
        return urlsplit(location).netloc or "another page of its own"
    except ValueError:
        return "an address that cannot be read"


def read_fresh_registration(run: Entries, asked: Entries) -> str:
    found = answers(asked)
    ours, fresh = found.get("ours"), found.get("fresh")
    told = f"Our client: {said(ours)}; a fresh one: {said(fresh)}."
    if ours is None or fresh is None or ours.status is None or fresh.status is None:
        return told
    if ours.status >= 400 > fresh.status:
        return f"{told} The server has forgotten our client: forget it here and register again."
    return f"{told} Both are {'refused: it is the request, not the client' if fresh.status >= 400 else 'taken: it is not the client'}."


def read_invented_grants(run: Entries, asked: Entries) -> str:
    found = answers(asked)
    code, foreign = said(found.get("code")), said(found.get("foreign_resource"))
    parts = [f"False code: {code}", f"without resource: {said(found.get('no_resource'))}", f"with a foreign one: {foreign}"]
    told = "; ".join([*parts, f"false refresh token: {said(found.get('refresh'))}"]) + "."
    if "invalid_target" in foreign:
        return f"{told} The server judges the resource."
    return f"{told} The resource makes no difference here." if foreign == code else told


def read_browser_client(run: Entries, asked: Entries) -> str:
    lacking = [f"{e.step} {e.role.rpartition(':')[2]}" for e in asked if isinstance(e.body, Exchange) and not _open_to_pages(e.body)]
    if not lacking:
        return "Every answer may be read by a web page."
    return f"Without Access-Control-Allow-Origin: {', '.join(lacking)}. This hinders clients in web pages only."


def _open_to_pages(exchange: Exchange) -> bool:
    return bool(exchange.response and exchange.response.header("access-control-allow-origin"))


def read_many_times(run: Entries, asked: Entries) -> str:
    got = [e.body for e in asked if isinstance(e.body, Exchange) and e.body.response]
    kinds = {agrees_on(x.response) for x in got if x.response}
    instances = {instance_marks(x.response) for x in got if x.response}
    if len(kinds) > 1 or len(got) < len(asked):
        return f"{len(asked)} requests got {len(kinds)} different answers: instances that do not agree, or one that fails at times."
    if len(instances) > 1:
        return f"The answers agree, and {len(instances)} instances gave them: ask whether they share their store of codes and sessions."
    return "All answers were alike: nothing here speaks for several instances."


def read_other_documents(run: Entries, asked: Entries) -> str:
    there = [e.body.request.url for e in asked if isinstance(e.body, Exchange) and document(e.body) is not None]
    if not there:
        return "No other document answers, so every client reads the one that the walk has read."
    return f"{len(there)} more: {', '.join(there)}. The page tells where they differ."


def read_previous_token(run: Entries, asked: Entries) -> str:
    got = answers(asked).get("access")
    if got is not None and got.status == 200:
        return "The access token from before the refresh still works until it expires. That is usual."
    return f"The access token from before the refresh: {said(got)}."


def read_clocks(run: Entries, asked: Entries) -> str:
    """The newest Date of every host that sent one, against the time at which we asked."""
    ahead = {}
    for entry in run:
        body = entry.body
        if isinstance(body, Exchange) and body.response and body.started_at:
            seconds = _ahead(body.response.header("date"), body.started_at)
            if seconds is not None:
                ahead[_host(body.request.url)] = seconds
    if not ahead:
        return "No answer has a Date header, so the clocks cannot be compared."
    told = "; ".join(f"{host} {seconds:+.0f} s" for host, seconds in ahead.items())
    far = max(ahead.values()) - min([0.0, *ahead.values()])
    verdict = "Clocks that differ so much make fresh tokens look wrong." if far > SKEW_SECONDS else "The clocks agree well enough."
    return f"Against our clock: {told}. {verdict}"


def _ahead(date: str, at: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - at
    except (ValueError, OverflowError, TypeError):
        return None
