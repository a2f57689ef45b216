"""What can go wrong with any exchange, below OAuth: no answer, half an answer, an answer of the wrong kind."""

from __future__ import annotations

from collections.abc import Callable

from app.checks.declaration import check
from app.checks.model import NOTE, STOP, WARN, Check, Evidence, Question, Seen, Verdict
from app.checks.probe import redirect_location
from app.checks.reading import (
    at,
    document_of,
    ended_badly,
    exchange_of,
    failure_of,
    header_of,
    json_oddities_of,
    request_of,
    response_of,
    rpc_of,
    snippet,
    status_of,
)
from app.checks.specs import rfc
from app.checks.transport_words import KINDS, Words
from app.checks.walls import is_bot_wall
from app.wire.parse.url import same_but_slash, split

EVERY = "*/*"
METADATA = ("resource_metadata", "server_metadata")
READING = (*METADATA, "register", "token", "call", "refresh")  # steps that live by what the body says
# steps whose own checks say more about a 5xx or a 3xx than these do
OWN_5XX = ("call",)
OWN_3XX = ("resource_metadata", "register", "token", "refresh")


def _asks(kind: str) -> Callable[[Question], Verdict]:
    def asks(q: Question) -> Verdict:
        failure = failure_of(q)
        if failure is None and kind == "bad_encoding":
            return _unreadable(q)
        if failure is None or failure.kind != kind:
            return None
        came = len(exchange_of(q).received)
        return Seen(failure.says, actual=f"{kind}, {came} bytes received", evidence=Evidence(q.entry.seq, start=0, end=came))

    return asks


def _unreadable(q: Question) -> Verdict:
    """A coding that was not offered hides what the step needs. Where nobody needs the body it is an oddity and no more."""
    response = response_of(q)
    odd = response.odd("unknown_encoding") if response else ()
    due = q.entry.step in READING and (status_of(q) < 300 or status_of(q) == 400)
    if not odd or not due or document_of(q) or rpc_of(q):
        return None
    return Seen(odd[0].says, actual=header_of(q, "content-encoding"), evidence=at(q, header="Content-Encoding"))


def _of_kind(kind: str, words: Words) -> Check:
    return check(
        f"transport.{kind}",
        EVERY,
        level=STOP,
        title=words.title,
        expected=words.expected,
        why=words.why,
        spec=words.spec,
        operator=words.operator,
        client=words.client,
    )(_asks(kind))


FAILURES = tuple(_of_kind(kind, words) for kind, words in KINDS.items())


@check(
    "transport.failed",
    EVERY,
    level=STOP,
    title="The exchange failed",
    expected="One whole HTTP answer.",
    why="Nothing can be read from what came.",
    spec=rfc(9112, "6"),
    operator="Look at the raw bytes of this exchange and at the log of whatever stands in front of the gateway.",
    client="Try again.",
)
def failed(q: Question) -> Verdict:
    failure = failure_of(q)
    return Seen(failure.says, actual=failure.kind) if failure and failure.kind not in KINDS else None


@check(
    "transport.redirected",
    EVERY,
    level=STOP,
    title="A redirect where none belongs",
    expected="The endpoint answers where it was announced.",
    why="Clients follow in different ways: the token, the body or the method may get lost, or reach another host.",
    spec=rfc(9110, "15.4"),
    operator="Announce the final URL, and serve it without a redirect.",
    client="Use the URL in Location, if it is the same server.",
)
def redirected(q: Question) -> Verdict:
    if not 300 <= status_of(q) < 400 or q.entry.step in OWN_3XX:
        return None
    location = redirect_location(q)
    one, two = split(request_of(q).url), split(location)
    slash_only = one.host == two.host and same_but_slash(one.path, two.path)
    if slash_only and q.entry.step in ("probe", "call"):
        return None
    says = f"{request_of(q).url} answered {status_of(q)} to {header_of(q, 'location') or 'nowhere'!r}; we did not follow."
    level = WARN if q.entry.step in METADATA else ""
    return Seen(says, actual=f"Location: {header_of(q, 'location')}", level=level, evidence=at(q, header="Location"))


@check(
    "transport.server_error",
    EVERY,
    level=STOP,
    title="The server broke",
    expected="An answer of the protocol; 5xx means that something failed inside.",
    why="The request may have been fine; nobody can tell from outside.",
    spec=rfc(9110, "15.6"),
    operator="Look up this request in the log of the gateway and of the proxy in front.",
    client="Try again later.",
)
def server_error(q: Question) -> Verdict:
    status = status_of(q)
    if status < 500 or q.entry.step in OWN_5XX or is_bot_wall(q):
        return None
    if status == 501 and q.entry.step in ("probe", "register", "revoke"):
        return None
    return Seen(f"{request_of(q).url} answered {status}: {snippet(q)!r}", actual=str(status))


@check(
    "transport.oddity",
    EVERY,
    level=NOTE,
    title="The bytes of the answer are odd",
    expected="An answer that every client reads in the same way.",
    why="Clients read such bytes in different ways: what works in one fails in another.",
    spec=rfc(9112, "2.2"),
    operator="Look at the marked bytes; usually a proxy or a hand-made header is behind it.",
    client="Nothing.",
)
def oddity(q: Question) -> Verdict:
    response = response_of(q)
    # a stream that was still open is no oddity of the server: the wire leaves when the JSON-RPC answer has come
    framed = [o for o in response.oddities if o.slug != "stream_still_open"] if response else []
    odd = [*framed, *json_oddities_of(q)]
    if not odd:
        return None
    says = " ".join(o.says + (f" {o.others_read}" if o.others_read else "") for o in odd[:5])
    where = at(q, start=framed[0].start, end=framed[0].end) if framed else at(q, pointer=odd[0].pointer)
    return Seen(says, actual=", ".join(dict.fromkeys(o.slug for o in odd)), evidence=where)


@check(
    "transport.unfinished",
    "ended:*",
    level=STOP,
    last_resort=True,
    title="The step was not finished",
    expected="The step ends with what the next one needs.",
    why="The walk cannot go on from here.",
    spec=rfc(9110, "15"),
    operator="Nothing that this tool can name; look at the exchanges of the step.",
    client="Press retry.",
)
def unfinished(q: Question) -> Verdict:
    reason = ended_badly(q)
    return Seen(reason) if reason and q.entry.step != "callback" else None


CHECKS = (*FAILURES, failed, redirected, server_error, oddity)
