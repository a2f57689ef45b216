"""One exchange as an entry of a HAR 1.2 file: the members of the format, and our own in fields that begin with `_`."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.checks.model import Finding
from app.flow.log import Entry
from app.views.file_mask import FileMask, masked_received, masked_sent
from app.views.finding_view import worst
from app.wire.messages import Exchange, Header, Marks
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.response import Response

FORM = "application/x-www-form-urlencoded"
PHASES = (("dns", "dns"), ("connect", "tcp"), ("ssl", "tls"), ("send", "sent"), ("wait", "first_byte"), ("receive", "end"))
NONE = -1  # of HAR: does not apply, or is not known


def entry_of(entry: Entry, exchange: Exchange, findings: Sequence[Finding], hide: FileMask) -> dict[str, Any]:
    """The entry; `findings` are those about it, the first one that counts is its comment."""
    times = timings(exchange.marks)
    counted = ("blocked", "dns", "connect", "send", "wait", "receive")  # ssl is a part of connect
    told = next((f for f in sorted(findings, key=_gravity) if not f.past), None)
    written: dict[str, Any] = {
        "pageref": f"step-{entry.step or 'none'}",
        "startedDateTime": stamp(started(entry)),
        "time": round(sum(max(0.0, times[name]) for name in counted), 3),
        "request": _request(exchange, hide),
        "response": _response(exchange, hide),
        "cache": {},
        "timings": times,
        **({"serverIPAddress": _bare(exchange.connection.remote)} if exchange.connection.remote else {}),
        **({"connection": str(entry.seq)} if exchange.connection.remote else {}),  # every exchange has a connection of its own
        **({"comment": hide(f"{told.code}: {told.says}")} if told else {}),
    }
    return written | _own(entry, exchange, findings, hide)


def _own(entry: Entry, exchange: Exchange, findings: Sequence[Finding], hide: FileMask) -> dict[str, Any]:
    """What an import needs to judge the exchange as it was judged here."""
    request = exchange.request
    return {
        "_entry": entry.seq,
        "_at": entry.at,
        "_step": entry.step,
        "_role": entry.role,
        "_why": hide(entry.why),
        "_verdict": worst(findings),
        "_findings": [{"code": f.code, "level": f.level, "says": hide(f.says)} for f in findings],
        "_exchange": {
            "method": request.method,
            "url": hide(request.url),
            "headers": hidden_headers(request.headers, hide),
            "body": written(hide.octets(request.body)),
            "rpc_id": hide(request.rpc_id),
            "sent": written(masked_sent(exchange, hide)),
            "received": written(masked_received(exchange, hide)),
            "started_at": exchange.started_at,
            "marks": asdict(exchange.marks),
            "failure": {"kind": exchange.failure.kind, "says": hide(exchange.failure.says)} if exchange.failure else None,
            "connection": _connection(exchange, hide),
        },
    }


def _connection(exchange: Exchange, hide: FileMask) -> dict[str, Any]:
    link = exchange.connection
    tls = link.tls
    secured = (
        {
            "version": tls.version,
            "cipher": tls.cipher,
            "error": tls.error,
            "chain": [base64.b64encode(certificate).decode() for certificate in tls.chain],
        }
        if tls
        else None
    )
    return {"remote": link.remote, "tried": list(link.tried), "proxy": hide(link.proxy), "tls": secured}


def _gravity(finding: Finding) -> int:
    return {"STOP": 0, "WARN": 1}.get(finding.level, 2)


def started(entry: Entry) -> float:
    """When the exchange began, in seconds since the epoch."""
    return (entry.body.started_at if isinstance(entry.body, Exchange) else 0.0) or entry.at


def stamp(at: float) -> str:
    """A moment in UTC with milliseconds (ISO 8601)."""
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (OverflowError, OSError, ValueError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timings(marks: Marks) -> dict[str, float]:
    """Milliseconds; what was never reached is -1 where the format allows it. A failed exchange spends its time where it failed."""
    times: dict[str, float] = {"blocked": NONE, "dns": NONE, "connect": NONE, "ssl": NONE, "send": 0.0, "wait": 0.0, "receive": 0.0}
    before, last, end = 0.0, "", max(0.0, marks.end or 0.0)
    for name, mark in PHASES[:-1]:
        at = getattr(marks, mark)
        if at is not None:
            at = min(max(at, before), end)
            times[name], before, last = (at - before) * 1_000, at, name
    rest = (end - before) * 1_000
    following = {"": "wait", "dns": "connect", "connect": "send", "ssl": "send", "send": "wait", "wait": "receive"}[last]
    times[following] = max(0.0, times[following]) + rest
    if times["ssl"] >= 0:  # the format counts TLS into connect
        times["connect"] = max(0.0, times["connect"]) + times["ssl"]
    return {name: round(value, 3) for name, value in times.items()}


def _request(exchange: Exchange, hide: FileMask) -> dict[str, Any]:
    request = exchange.request
    head, blank, sent_body = exchange.sent.partition(b"\r\n\r\n")
    lines = wire_headers(head) if blank else request.headers
    url = hide(request.url.partition("#")[0])
    body = hide.octets(request.body)
    posted = {"postData": _posted(body, hide(request.header("content-type")))} if body else {}
    return {
        "method": request.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(lines, "cookie", hide),
        "headers": named(hidden_headers(lines, hide)),
        "queryString": named(read_pairs(query_of(url))),
        **posted,
        "headersSize": len(head) + len(blank) if blank else NONE,
        "bodySize": len(sent_body) if blank else len(request.body),
    }


def _posted(body: bytes, media: str) -> dict[str, Any]:
    """The body as text; of a form its parameters too, as browsers write it and readers expect it."""
    text = body.decode("utf-8", "replace")
    form = media.split(";")[0].strip().lower() == FORM
    return {"mimeType": media, "text": text, **({"params": named(read_pairs(text))} if form else {})}


def _response(exchange: Exchange, hide: FileMask) -> dict[str, Any]:
    response = exchange.response
    failed = {"_error": hide(exchange.failure.says)} if exchange.failure else {}
    if response is None:
        nothing = {"size": 0, "mimeType": "x-unknown"}
        rest = {"cookies": [], "headers": [], "content": nothing, "redirectURL": "", "headersSize": NONE, "bodySize": NONE}
        return {"status": 0, "statusText": "", "httpVersion": "", **rest, **failed}
    lines = tuple((field.name, field.value) for field in response.fields)
    return {
        "status": response.status,
        "statusText": hide(response.reason),
        "httpVersion": f"HTTP/{response.version}",
        "cookies": _cookies(lines, "set-cookie", hide),
        "headers": named(hidden_headers(lines, hide)),
        "content": _content(response, hide),
        "redirectURL": hide(response.header("location")),
        "headersSize": response.body_start - response.head_start,
        "bodySize": len(response.raw_body),
        **failed,
    }


def _content(response: Response, hide: FileMask) -> dict[str, Any]:
    """Sizes are those of the true body. A body that was packed and that nobody here could read stays out of a masked file."""
    body = response.body
    size = {
        "size": len(body),
        "compression": len(body) - len(response.raw_body),
        "mimeType": response.header("content-type") or "x-unknown",
    }
    if not body:
        return size
    if response.odd("unknown_encoding") and not hide.reveals:
        return {**size, "comment": "Packed in a way that could not be undone, so nobody could look for secrets in it."}
    hidden = hide.octets(body)
    try:
        return {**size, "text": hidden.decode("utf-8")}
    except UnicodeDecodeError:
        return {**size, "text": base64.b64encode(hidden).decode(), "encoding": "base64"}


def wire_headers(head: bytes) -> tuple[Header, ...]:
    """The header lines of a request head, as they were sent."""
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return tuple((n.decode("latin-1"), v.strip().decode("latin-1")) for n, colon, v in lines if colon)


def hidden_headers(lines: Iterable[Header], hide: FileMask) -> list[Header]:
    return [(name, value if hide.reveals else hide.header(name, value)) for name, value in lines]


def named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Pairs as the format writes them."""
    return [{"name": name, "value": value} for name, value in pairs]


def _cookies(lines: Iterable[Header], header: str, hide: FileMask) -> list[dict[str, str]]:
    pairs = []
    for name, value in lines:
        if name.lower() == header:
            parts = (hide.header(name, value) if not hide.reveals else value).split(";")
            pairs += [part.strip().partition("=") for part in (parts if header == "cookie" else parts[:1])]
    return named((name, value) for name, _, value in pairs if name)


def _bare(address: str) -> str:
    """`192.0.2.1:443` or `[2001:db8::1]:443` without port and brackets."""
    return address.rpartition(":")[0].strip("[]") or address


def written(octets: bytes) -> dict[str, str]:
    """Bytes in JSON: as text where they are UTF-8, else in Base64."""
    try:
        return {"text": octets.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(octets).decode()}
