"""What a question is about, read once: the answer, its documents, its errors, and what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.checks.model import Evidence, Question
from app.flow.log import Choice, Leg
from app.wire.messages import Exchange, Failure, Request
from app.wire.parse.challenge import Challenge, Challenges, bearer, read_challenges
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.json import read_json
from app.wire.parse.oddity import Oddity
from app.wire.parse.response import Response
from app.wire.parse.sse import rpc_messages
from app.wire.parse.url import same_origin

Document = Mapping[str, Any]
EMPTY: Document = {}
LONGEST_SHOWN = 300  # characters of a value inside a sentence; the exchange has the rest


def exchange_of(q: Question) -> Exchange:
    """The exchange that was asked about; an empty one where the entry is of another kind."""
    return q.entry.body if isinstance(q.entry.body, Exchange) else Exchange(Request("", ""))


def is_ours(q: Question, url: str) -> bool:
    """Is it at this app's own origin? A workshop on one laptop may be served by plain http: its practice gateway is as plain as the app."""
    return same_origin(url, q.before.options.redirect_uri)


def request_of(q: Question) -> Request:
    return exchange_of(q).request


def failure_of(q: Question) -> Failure | None:
    return exchange_of(q).failure


def response_of(q: Question) -> Response | None:
    """The answer, or None where the exchange failed: half an answer is judged by the transport checks only."""
    exchange = exchange_of(q)
    return None if exchange.failure else exchange.response


def status_of(q: Question) -> int:
    """The status code of a whole answer, 0 where there is none."""
    response = response_of(q)
    return response.status if response else 0


def header_of(q: Question, name: str) -> str:
    response = response_of(q)
    return response.header(name) if response else ""


def body_of(q: Question) -> bytes:
    response = response_of(q)
    return response.body if response else b""


def json_of(q: Question) -> Any:
    """The JSON value of the answer, or None."""
    return read_json(body_of(q)).value


def json_error_of(q: Question) -> str:
    """Why the answer is no JSON; empty where it is."""
    return read_json(body_of(q)).error


def json_oddities_of(q: Question) -> tuple[Oddity, ...]:
    """What is odd about the answer's JSON; nothing where it is no JSON. Offsets are those of the decoded body."""
    read = read_json(body_of(q)) if body_of(q) else None
    return read.oddities if read and not read.error else ()


def document_of(q: Question) -> Document:
    """The JSON object of the answer, whatever its status; empty where it is none."""
    value = json_of(q)
    return value if isinstance(value, dict) else EMPTY


def published(q: Question) -> Document:
    """A metadata document: 200 and a JSON object, be it `{}`; else EMPTY itself."""
    return document_of(q) if status_of(q) == 200 else EMPTY


def text(document: Document, member: str) -> str:
    value = document.get(member)
    return value if isinstance(value, str) else ""


def texts(document: Document, member: str) -> tuple[str, ...]:
    value = document.get(member)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def json_member(document: Document, member: str) -> str:
    """A member as the JSON that came, or `absent`; cut where it is long."""
    return as_json(document[member]) if member in document else "absent"


def as_json(value: Any) -> str:
    line = json.dumps(value)  # in ASCII: signs that turn or hide text stay visible as escapes
    return line if len(line) <= LONGEST_SHOWN else line[:LONGEST_SHOWN] + "…"


def oauth_error(q: Question) -> str:
    """The `error` member of an OAuth error answer (RFC 6749 section 5.2)."""
    return text(document_of(q), "error")


def wants_nonce(exchange: Exchange) -> bool:
    """Does the answer only ask for the server's nonce in the proof? The same request follows with it (RFC 9449 sections 8 and 9)."""
    response = exchange.response
    if response is None or response.status not in (400, 401) or not response.header("dpop-nonce"):
        return False
    return "use_dpop_nonce" in response.header("www-authenticate") or b"use_dpop_nonce" in response.body


def told(q: Question) -> str:
    """Everything that the answer says in words, in lower case: error, description, detail, message, or the start of the body."""
    found = document_of(q)
    words = [text(found, name) for name in ("error", "error_description", "detail", "message", "error_message")]
    return (" ".join(w for w in words if w) or body_of(q)[:400].decode("utf-8", "replace")).lower()


def snippet(q: Question, length: int = 160) -> str:
    """The start of the body as one line."""
    words = body_of(q)[: length * 4].decode("utf-8", "replace").split()
    line = " ".join(words)
    return line if len(line) <= length else line[:length] + "…"


def shape(q: Question) -> str:
    """What kind of body it is, without its values: an answer that is not understood may hold secrets that no mask knows."""
    found = document_of(q)
    if found:
        return f"a JSON object with the members {', '.join(sorted(found)[:8])}"
    kind = header_of(q, "content-type") or "no content type"
    return f"{len(body_of(q))} bytes of {kind}"


def quoted_error(q: Question) -> str:
    """How the server worded its refusal: `400 invalid_grant "text"`."""
    found = document_of(q)
    error, description = text(found, "error"), text(found, "error_description")
    if error:
        return f"{status_of(q)} {error}" + (f' "{description}"' if description else "")
    if status_of(q) < 300:
        return f"{status_of(q)} with {shape(q)}"
    start = snippet(q, 120)
    return f"{status_of(q)}" + (f" with the body {start!r}" if start else " with an empty body")


def form_of(q: Question) -> dict[str, str]:
    """The form parameters that were sent, the first of each name."""
    return dict(reversed(form_pairs(q)))


def form_pairs(q: Question) -> tuple[tuple[str, str], ...]:
    return read_pairs(request_of(q).body.decode("latin-1"))


def sent_json(q: Question) -> Document:
    """The JSON object that was sent, or an empty one."""
    value = read_json(request_of(q).body).value
    return value if isinstance(value, dict) else EMPTY


def token_sent(q: Question) -> str:
    """The bearer token in the request's header, or an empty string."""
    scheme, _, token = request_of(q).header("authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


@lru_cache(maxsize=32)
def _challenges(values: tuple[str, ...]) -> Challenges:
    return read_challenges(values)


def challenges_read(q: Question) -> Challenges:
    """The challenges of the answer, with what breaks the grammar and what other clients read."""
    response = response_of(q)
    return _challenges(tuple(f.value for f in response.headers("www-authenticate"))) if response else Challenges()


def challenges_of(q: Question) -> tuple[Challenge, ...]:
    return challenges_read(q).challenges


def bearer_of(q: Question) -> Challenge | None:
    return bearer(challenges_read(q))


def metadata_named(q: Question) -> str:
    """`resource_metadata` of the answer's challenges, as it was written."""
    return next((c.get("resource_metadata") for c in challenges_of(q) if c.get("resource_metadata")), "")


def rpc_of(q: Question) -> Document:
    """The JSON-RPC message that answers the request; empty where none came."""
    response = response_of(q)
    if response is None:
        return EMPTY
    messages = [m for m in rpc_messages(response) if isinstance(m, dict) and ("result" in m or "error" in m)]
    wanted = request_of(q).rpc_id
    return next((m for m in messages if str(m.get("id")) == wanted), messages[0] if messages else EMPTY)


def rpc_result(q: Question) -> Document | None:
    result = rpc_of(q).get("result")
    return result if isinstance(result, dict) else None


def rpc_error(q: Question) -> Document:
    error = rpc_of(q).get("error")
    return error if isinstance(error, dict) else EMPTY


def returned(q: Question) -> Mapping[str, list[str]]:
    """The parameters with which the browser came back, every value of each name in order."""
    leg = q.entry.body
    if not isinstance(leg, Leg):
        return EMPTY
    return _by_name(leg.body.decode("latin-1") if leg.method == "POST" else query_of(leg.url))


@lru_cache(maxsize=32)  # thirty checks ask about one callback in a row
def _by_name(pairs: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in read_pairs(pairs):
        found.setdefault(name, []).append(value)
    return found


def outcome_of(q: Question) -> tuple[str, str]:
    """(outcome, reason) of a take that ended; empty strings for other entries."""
    choice = q.entry.body
    if not isinstance(choice, Choice):
        return "", ""
    return str(choice.values.get("outcome", "")), str(choice.values.get("reason", ""))


def ended_badly(q: Question) -> str:
    """The reason of a take that failed, or an empty string."""
    outcome, reason = outcome_of(q)
    return (reason or "It ended without a reason.") if outcome in ("failed", "refused") else ""


def at(q: Question, **where: Any) -> Evidence:
    """Evidence in the entry that was asked about."""
    return Evidence(q.entry.seq, **where)


def is_html(q: Question) -> bool:
    """Does the body look like a page for people?"""
    response = response_of(q)
    return bool(response) and (response.media_type == "text/html" or body_of(q).lstrip()[:1] == b"<") if response else False
