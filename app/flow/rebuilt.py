"""Bytes of a request or an answer, rebuilt from headers and body where nobody kept them as they crossed the wire."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.wire.messages import Exchange, Failure, Header, Marks, Request

# the body is given decoded and in one piece, so what described its journey no longer holds
OF_THE_JOURNEY = {"content-length", "transfer-encoding", "content-encoding", "connection", "keep-alive"}


def request_bytes(request: Request) -> bytes:
    """The request as HTTP/1.1 would carry it."""
    place = target_of(request.url)
    own = {name.lower() for name, _ in request.headers}
    host = () if "host" in own else (("Host", host_of(request.url)),)
    length = (("Content-Length", str(len(request.body))),) if request.body and "content-length" not in own else ()
    return _message(f"{request.method} {place} HTTP/1.1", (*host, *request.headers, *length), request.body)


def response_bytes(status: int, reason: str, headers: tuple[Header, ...], body: bytes) -> bytes:
    """The answer as HTTP/1.1 would carry it: the body decoded, its length said anew."""
    kept = tuple((name, value) for name, value in headers if name.lower() not in OF_THE_JOURNEY)
    bodiless = status in (204, 304) or status < 200
    length = () if bodiless else (("Content-Length", str(len(body))),)
    return _message(f"HTTP/1.1 {status} {reason}", (*kept, *length), b"" if bodiless else body)


def _message(start: str, headers: tuple[Header, ...], body: bytes) -> bytes:
    lines = [_line(start), *(_line(f"{name}: {value}") for name, value in headers)]
    return b"\r\n".join([*lines, b"", b""]) + body


def _line(text: str) -> bytes:
    one_line = text.replace("\r", " ").replace("\n", " ").replace("\0", " ")
    try:
        return one_line.encode("latin-1")
    except UnicodeEncodeError:
        return one_line.encode("utf-8", "replace")


def rebuilt(request: Request, received: bytes, *, at: float, ms: float = 0.0, failure: Failure | None = None) -> Exchange:
    """An exchange whose request bytes are rebuilt. `at` in seconds since the epoch."""
    marks = Marks(end=max(0.0, ms) / 1_000)
    return Exchange(request, request_bytes(request), received, at, marks, failure=failure)


def target_of(url: str) -> str:
    """Path and query of a URL, as they stand in a request line."""
    rest = url.partition("#")[0].partition("://")[2] or url
    slash, question = rest.find("/"), rest.find("?")
    if slash >= 0 and (question < 0 or slash < question):
        return rest[slash:]
    return f"/{rest[question:]}" if question >= 0 else "/"


def host_of(url: str) -> str:
    """Host and port of a URL; empty where there is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def split_values(name: str, value: str) -> tuple[Header, ...]:
    """One header line for each; browsers join several Set-Cookie lines with a line feed."""
    return tuple((name.strip(), part.strip(" \t\r")) for part in value.split("\n") if part.strip() or "\n" not in value)
