"""The HAR files that other tools would have made of a walk: a Chromium browser, Firefox, mitmproxy. Plain dicts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.flow.log import Leg, Run
from app.wire.messages import Exchange

Entry = dict[str, Any]
NET_ERRORS = {"timeout": "net::ERR_TIMED_OUT", "reset": "net::ERR_CONNECTION_RESET", "refused": "net::ERR_CONNECTION_REFUSED"}


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def named(pairs: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def chromium(exchange: Exchange, at: float) -> Entry:
    """HTTP/2 with its pseudo headers, small letters, text and params of a form, the decoded body."""
    request, response = exchange.request, exchange.response
    host = urlsplit(request.url).netloc
    lines = [(":method", request.method), (":authority", host), *((name.lower(), value) for name, value in request.headers)]
    asked: Entry = {"method": request.method, "url": request.url, "httpVersion": "http/2.0", "headers": named(lines), "queryString": []}
    if request.body:
        kind = request.header("content-type")
        asked["postData"] = {"mimeType": kind, "text": request.body.decode()}
        if "urlencoded" in kind:
            asked["postData"]["params"] = named(parse_qsl(request.body.decode(), keep_blank_values=True))
    if response is None:
        kind = exchange.failure.kind if exchange.failure else ""
        return entry(at, asked, {"status": 0, "statusText": "", "headers": [], "_error": NET_ERRORS[kind], "content": {"size": 0}})
    body = {"size": len(response.body), "mimeType": response.header("content-type"), "text": response.body.decode()}
    fields = [(":status", str(response.status)), *((f.name.lower(), f.value) for f in response.fields)]
    return entry(at, asked, {"status": response.status, "statusText": "", "httpVersion": "h2", "headers": named(fields), "content": body})


def firefox(exchange: Exchange, at: float) -> Entry:
    """HTTP/2 as a spelling of its own, reason phrases, no `text` for an empty body, a time zone that is not UTC."""
    made = chromium(exchange, at)
    made["startedDateTime"] = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    for side in ("request", "response"):
        made[side]["headers"] = [one for one in made[side]["headers"] if not one["name"].startswith(":")]
        made[side]["httpVersion"] = "HTTP/2"
    if not made["response"]["content"].get("text"):
        made["response"]["content"] = {"size": 0, "mimeType": "text/plain"}
    return made


def mitmproxy(exchange: Exchange, at: float) -> Entry:
    """HTTP/1.1, header pairs as lists (as Slack writes them), forms as params only, bodies in Base64."""
    made = chromium(exchange, at)
    for side in ("request", "response"):
        made[side]["headers"] = [[one["name"], one["value"]] for one in made[side]["headers"] if not one["name"].startswith(":")]
        made[side]["httpVersion"] = "HTTP/1.1"
    if "params" in made["request"].get("postData", {}):
        del made["request"]["postData"]["text"]
    content = made["response"]["content"]
    if content.get("text"):
        content |= {"text": base64.b64encode(content["text"].encode()).decode(), "encoding": "base64"}
    return made


def entry(at: float, request: Entry, response: Entry) -> Entry:
    timings = {"send": 0.1, "wait": 5, "receive": 0.4}
    return {"startedDateTime": stamp(at), "time": 5.5, "request": request, "response": response, "cache": {}, "timings": timings}


def visit(url: str, at: float, status: int = 200, *headers: tuple[str, str]) -> Entry:
    """A page that a person's browser opened."""
    request = {"method": "GET", "url": url, "httpVersion": "h2", "headers": named([("Accept", "text/html")])}
    content = {"size": 5, "mimeType": "text/html", "text": "<html"}
    return entry(at, request, {"status": status, "statusText": "", "headers": named(headers), "content": content})


def recording_of(run: Run, dialect: Callable[[Exchange, float], Entry], *, callbacks: bool = True) -> dict[str, Any]:
    """The walk as another tool would have recorded it, with what else a browser does; without `callbacks` only redirects lead back."""
    made: list[Entry] = [visit("https://elsewhere.example/start", 1_000.0), preflight(1_000.1)]
    asked = ""
    for line in run.entries:
        at = 1_001.0 + line.seq
        body = line.body
        if isinstance(body, Exchange):
            made.append(dialect(body, at))
        elif isinstance(body, Leg) and body.kind == "authorize":
            asked = body.url
            made.append(visit(asked, at, 302, ("Location", "https://login.example/")))
            made.append(visit("https://login.example/", at + 0.1))
        elif isinstance(body, Leg):
            made.append(visit("https://login.example/done", at, 302, ("Location", body.url)))
            if callbacks:
                made.append(visit(body.url, at + 0.1))
    creator = {"name": dialect.__name__, "version": "1"}
    return {"log": {"version": "1.2", "creator": creator, "entries": made}}


def preflight(at: float) -> Entry:
    request = {"method": "OPTIONS", "url": "https://gw.example/mcp/one", "httpVersion": "h2", "headers": []}
    return entry(at, request, {"status": 204, "statusText": "", "headers": [], "content": {"size": 0, "mimeType": "x-unknown"}})
