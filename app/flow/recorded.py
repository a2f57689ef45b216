"""One entry of a HAR file that somebody else recorded, as an exchange."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from app.flow.har_file import BadFile, Node, pairs_of
from app.flow.rebuilt import rebuilt, response_bytes, split_values
from app.wire.messages import Exchange, Failure, Header, Request
from app.wire.parse.form import write_pairs
from app.wire.parse.json import read_json

# what browsers write where no answer came -> the kind of our own wire
FAILURES = (
    ("NAME_NOT_RESOLVED", "dns_failed", "The name of the host could not be resolved"),
    ("UNKNOWN_HOST", "dns_failed", "The name of the host could not be resolved"),
    ("CONNECTION_REFUSED", "refused", "The connection was refused"),
    ("CONNECTION_TIMED_OUT", "connect_timeout", "No connection came about in time"),
    ("ADDRESS_UNREACHABLE", "unreachable", "The address cannot be reached"),
    ("TIMED_OUT", "timeout", "No answer came in time"),
    ("NET_TIMEOUT", "timeout", "No answer came in time"),
    ("CONNECTION_RESET", "reset", "The connection was reset"),
    ("NET_RESET", "reset", "The connection was reset"),
    ("EMPTY_RESPONSE", "closed_early", "The connection was closed without an answer"),
    ("CONNECTION_CLOSED", "closed_early", "The connection was closed without an answer"),
    ("CONTENT_LENGTH_MISMATCH", "closed_early", "The answer was cut off"),
    ("CERT_DATE_INVALID", "tls_expired", "The certificate has expired"),
    ("CERT_COMMON_NAME_INVALID", "tls_wrong_host", "The certificate belongs to another host"),
    ("CERT_AUTHORITY_INVALID", "tls_unknown_ca", "The certificate's authority is not known"),
    ("SSL_VERSION", "tls_too_old", "No common TLS version was found"),
    ("SSL_CLIENT_AUTH", "tls_client_certificate", "The server wants a client certificate"),
    ("CERT_", "tls_failed", "The certificate was not accepted"),
    ("SSL_", "tls_failed", "TLS failed"),
    ("CONTENT_DECODING", "bad_encoding", "The body could not be decompressed"),
    ("INVALID_HTTP_RESPONSE", "not_http", "The answer was no HTTP"),
)
LEFT_EARLY = ("ABORTED", "BLOCKED_BY_CLIENT", "ABORT")  # the browser itself changed its mind
METHOD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LONGEST_MS = 86_400_000.0  # no exchange lasts longer than a day; a file that says so does not know
LATEST = 1e11  # seconds since the epoch, in the year 5138: our own export takes no later moment


@dataclass(frozen=True)
class Recorded:
    """An exchange of the file. `is_read` is False where the file leaves out a body that was there."""

    exchange: Exchange
    at: float
    number: int  # which entry of the file, from 1
    is_read: bool = True
    why: str = ""


def recorded_in(log: Node) -> list[Recorded]:
    """Every exchange of the file, in the order of time. Entries without an answer that the browser gave up are left out."""
    found, at = [], 0.0
    for number, entry in enumerate(log.child("entries").items(), 1):
        entry.object()
        at = _started(entry, at)
        one = _recorded(entry, number, at)
        if one is not None:
            found.append(one)
    return sorted(found, key=lambda one: one.at)


def _started(entry: Node, before: float) -> float:
    """Seconds since the epoch; an entry without a believable time comes right after the one before."""
    text = entry.text("startedDateTime")
    try:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return before + 0.001
    return at if 0 <= at < LATEST else before + 0.001


def _recorded(entry: Node, number: int, at: float) -> Recorded | None:
    request = request_in(entry.child("request"))
    answer = entry.child("response")
    if answer.value is not None:
        answer.object()
    ms = entry.number("time")
    ms = ms if 0 <= ms <= LONGEST_MS else 0.0
    status = _status(answer)
    why = f"Entry {number} of the file. Its bytes are rebuilt from headers and body."
    if status == 0:
        failure = _failure(entry, answer)
        return Recorded(rebuilt(request, b"", at=at, ms=ms, failure=failure), at, number, why=why) if failure else None
    body, is_read = _body(answer.child("content"))
    received = response_bytes(status, answer.text("statusText"), headers_in(answer), body)
    return Recorded(rebuilt(request, received, at=at, ms=ms), at, number, is_read, why)


def _status(answer: Node) -> int:
    status = answer.number("status")
    if not (math.isfinite(status) and status == int(status) and (0 <= status <= 999)):
        raise BadFile("A status code is expected here", f"{answer.pointer}/status")
    return int(status) if status >= 100 else 0


def request_in(node: Node) -> Request:
    """The request of an entry. Raises BadFile where it has no URL."""
    node.object()
    url = node.text("url")
    if not url:
        raise BadFile("A request needs its URL", f"{node.pointer}/url")
    method = node.text("method", "GET").strip().upper()[:40]
    headers = tuple((name, value) for name, value in headers_in(node) if name.lower() != "content-length")
    body = _posted(node.child("postData"))
    return Request(method if method and set(method) <= METHOD else "GET", url.partition("#")[0], headers, body, rpc_id_of(body))


def rpc_id_of(body: bytes) -> str:
    """The id of a JSON-RPC request, as text; empty where there is none."""
    message = read_json(body).value if body.lstrip()[:1] in (b"{", b"[") else None
    first = message[0] if isinstance(message, list) and message else message
    found = first.get("id") if isinstance(first, dict) and "jsonrpc" in first else None
    return "" if found is None else str(found)


def headers_in(node: Node) -> tuple[Header, ...]:
    """The header lines; HTTP/2's own (`:status`) are no headers, but `:authority` is Host."""
    lines: list[Header] = []
    for name, value in pairs_of(node.child("headers")):
        if name.lower() == ":authority":
            name = "Host"
        if name and not name.startswith(":"):
            lines += split_values(name, value)
    return tuple(lines)


def _posted(node: Node) -> bytes:
    """The body that was sent. Some writers leave out the text of a form and give its parameters only."""
    if node.value is None:
        return b""
    node.object()
    text = node.text("text")
    if text:
        return octets(text, node.text("encoding") or node.text("_encoding"), f"{node.pointer}/text")
    params = tuple(pairs_of(node.child("params")))
    return write_pairs(params).encode()


def octets(text: str, encoding: str, place: str) -> bytes:
    """The bytes of a text of the file. Raises BadFile for Base64 that is none."""
    if encoding.lower() != "base64":
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadFile("This text says that it is Base64, but it is not", place) from None


def _body(content: Node) -> tuple[bytes, bool]:
    """(the decoded body, does the file hold it?)"""
    if content.value is None:
        return b"", False
    content.object()
    text = content.child("text").value
    if text is None or text == "":
        size = content.number("size")
        return b"", size <= 0 and (text == "" or size == 0)
    return octets(content.text("text"), content.text("encoding"), f"{content.pointer}/text"), True


def _failure(entry: Node, answer: Node) -> Failure | None:
    """What came instead of an answer; None where the browser itself left."""
    said = entry.text("_error") or answer.text("_error") or entry.text("_errorMessage") or answer.text("statusText")
    upper = said.upper()
    if any(word in upper for word in LEFT_EARLY):
        return None
    for word, kind, says in FAILURES:
        if word in upper:
            return Failure(kind, f"{says} ({said[:80]}).")
    what = f": {said[:200]}" if said else ""
    return Failure("not_recorded", f"The file holds no answer{what}. A browser writes this where a CORS check failed, too.")
