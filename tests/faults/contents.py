"""Faults of what the bytes carry: encodings, types, JSON, status, challenges, redirects, hostile strings, OAuth content."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fault import BODY_LIMIT_BYTES, JSON_STEPS, STEPS, Act, Breaks, Fault, Healthy, Script

DOCUMENTS = ("resource_metadata", "server_metadata", "register", "token", "refresh")
METADATA = ("resource_metadata", "server_metadata")
GRANTS = ("token", "refresh")


def one(
    slug: str, family: str, classes: str, breaks: Breaks, steps: tuple[str, ...] = JSON_STEPS, at: Mapping[str, str] | None = None
) -> Fault:
    if "not-json" in classes:  # one code says of a registration answer that it cannot be used, whatever it is
        at = {"register": f"{classes} wrong-shape", **(at or {})}
    others = {step: frozenset(named.split()) for step, named in (at or {}).items()}
    return Fault(slug, family, frozenset(classes.split()), breaks, steps=steps, at=others)


def encoded(octets: bytes, name: str) -> Breaks:
    return lambda h: (h.with_body(octets).plus(("Content-Encoding", name)).whole(),)


def packed(how: Any, name: str) -> Breaks:
    return lambda h: (h.with_body(how(h.body)).plus(("Content-Encoding", name)).whole(),)


def body(octets: bytes, content_type: str = "") -> Breaks:
    return lambda h: (h.with_body(octets, content_type).whole(),)


def typed(content_type: str) -> Breaks:
    return lambda h: (h.with_body(h.body, content_type).whole(),)


def member(text: str) -> Breaks:
    """The right JSON object with one more member, as text."""
    return lambda h: (h.with_body(h.body.rstrip()[:-1] + b", " + text.encode("utf-8", "surrogatepass") + b"}").whole(),)


def changed(**members: Any) -> Breaks:
    return lambda h: (h.with_body(json.dumps({**h.value(), **members}).encode()).whole(),)


def status(line: str, octets: bytes = b"", *headers: tuple[str, str]) -> Breaks:
    return lambda h: (Healthy(200, (*h.headers, *headers), octets or b"{}").head(status=line) + b"\r\n" + (octets or b"{}"),)


def to(location: str, code: int) -> Breaks:
    return lambda h: (f"HTTP/1.1 {code} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode(),)


def challenge(*values: str, code: int = 401) -> Breaks:
    def breaks(h: Healthy) -> Script:
        lines = tuple(
            ("WWW-Authenticate", value.replace("HERE", _metadata_url(h)).replace("PATH", urlsplit(_metadata_url(h)).path))
            for value in values
        )
        return (Healthy(code, lines, b"").whole(),)

    return breaks


def _metadata_url(h: Healthy) -> str:
    found = next((value for name, value in h.headers if name == "WWW-Authenticate"), "")
    return found.split('resource_metadata="')[-1].split('"')[0]


BOMB = gzip.compress(b"\0" * 3_000_000, mtime=0)
HTML = b"<!doctype html><title>Sign in</title><script>window.pwned = 1</script><form><input name=user></form>"
PORTAL = b"<html><head><meta http-equiv=refresh content='0;url=http://portal.test/'></head><body>Accept the terms</body></html>"
DEEP = b"[" * 5_000 + b"]" * 5_000

ENCODINGS = (
    one("gzip", "encoding", "ok", packed(gzip.compress, "gzip")),
    one("deflate", "encoding", "ok", packed(zlib.compress, "deflate")),
    one("gzip-bomb", "encoding", "too-large", encoded(BOMB, "gzip"), STEPS),
    one("layered-gzip", "encoding", "too-large content-encoding", encoded(gzip.compress(BOMB), "gzip, gzip"), STEPS),
    one("declared-not-gzip", "encoding", "content-encoding", lambda h: (h.plus(("Content-Encoding", "gzip")).whole(),)),
    one("gzip-cut", "encoding", "content-encoding", packed(lambda b: gzip.compress(b)[:-9], "gzip")),
    one("gzip-then-junk", "encoding", "content-encoding remark ok", packed(lambda b: gzip.compress(b) + b"junk", "gzip")),
    one("declared-not-br", "encoding", "content-encoding", lambda h: (h.plus(("Content-Encoding", "br")).whole(),)),
    one("declared-not-zstd", "encoding", "content-encoding", lambda h: (h.plus(("Content-Encoding", "zstd")).whole(),)),
    one("unknown-encoding", "encoding", "content-encoding remark", lambda h: (h.plus(("Content-Encoding", "cow")).whole(),)),
    one("identity-encoding", "encoding", "ok", lambda h: (h.plus(("Content-Encoding", "identity")).whole(),)),
    one("utf-16", "encoding", "charset not-json remark ok", lambda h: (h.with_body(h.body.decode().encode("utf-16")).whole(),)),
    one("lying-charset", "encoding", "ok charset remark", typed("application/json; charset=iso-8859-1")),
    one("unknown-charset", "encoding", "ok charset remark", typed("application/json; charset=klingon")),
    one("invalid-utf8", "encoding", "charset not-json remark", lambda h: (h.with_body(h.body[:-1] + b', "x": "\xff\xfe"}').whole(),)),
)
TYPES = (
    one("html", "type", "not-json", body(HTML, "text/html"), at={"register": "not-json wrong-shape"}),
    one("html-as-json", "type", "not-json", body(HTML), at={"register": "not-json wrong-shape"}),
    one("captive-portal", "type", "not-json", body(PORTAL, "text/html"), at={"register": "not-json wrong-shape"}),
    one("plain-text", "type", "not-json", body(b"it works", "text/plain"), at={"register": "not-json wrong-shape"}),
    one("empty", "type", "not-json wrong-shape", body(b""), at={"call": "not-json wrong-shape status"}),
    one("spaces", "type", "not-json wrong-shape", body(b"   \r\n"), at={"call": "not-json wrong-shape status"}),
    one(
        "no-content-with-body",
        "type",
        "status not-json wrong-shape protocol",
        lambda h: (h.head(status="204 No Content") + b"\r\n" + h.body,),
    ),
    one("json-as-text", "type", "ok wrong-type remark not-json", typed("text/plain")),
    one("json-as-html", "type", "ok wrong-type remark not-json", typed("text/html")),
    one("no-type", "type", "ok wrong-type remark not-json", lambda h: (Healthy(h.status, h.headers[1:], h.body).whole(),)),
    one("odd-type", "type", "ok wrong-type remark not-json", typed("///;;;")),
    one("two-types", "type", "ok wrong-type remark not-json", lambda h: (h.plus(("Content-Type", "text/html")).whole(),)),
    one("upper-case-type", "type", "ok", typed("APPLICATION/JSON; Charset=UTF-8")),
)
STREAM = ("Content-Type", "text/event-stream")


def stream(*segments: bytes | Act) -> Breaks:
    return lambda h: (Healthy(200, (STREAM,), b"").head(length=False) + b"\r\n", *segments)


def as_event(h: Healthy) -> bytes:
    return b"event: message\r\ndata: " + h.body + b"\r\n\r\n"


def in_stream(make: Any) -> Breaks:
    return lambda h: (Healthy(200, (STREAM,), b"").head(length=False) + b"\r\n", *make(h))


CALL = ("call",)
STREAMS = (
    one("sse", "stream", "ok", in_stream(lambda h: (as_event(h),)), CALL),
    one("sse-left-open", "stream", "ok", in_stream(lambda h: (as_event(h), Act.HOLD)), CALL),
    one("sse-split-crlf", "stream", "ok remark", in_stream(lambda h: (as_event(h)[:-3], as_event(h)[-3:])), CALL),
    one("sse-comments-first", "stream", "ok", in_stream(lambda h: (b": ping\n\n: ping\n\n", as_event(h))), CALL),
    one("sse-endless", "stream", "timeout", stream(b": nothing yet\n\n", Act.HOLD), CALL),
    one("sse-flood", "stream", "too-large", stream(b"data: {}\n\n" * 50, Act.FLOOD), CALL),
    one("sse-endless-event", "stream", "too-large", stream(b"data: " + b"x" * 900 + b"\n", Act.FLOOD), CALL),
    one(
        "sse-other-id",
        "stream",
        "timeout closed wrong-shape not-json",
        stream(b'data: {"jsonrpc": "2.0", "id": "x", "result": {}}\n\n', Act.HOLD),
        CALL,
    ),
    one("sse-empty", "stream", "not-json wrong-shape closed status", stream(b"\n\n"), CALL),
)
JSONS = (
    one("deep", "json", "not-json too-large wrong-shape", body(DEEP)),
    one("deep-member", "json", "not-json too-large wrong-shape ok remark", member('"x": ' + "[" * 900 + "]" * 900)),
    one("bigint", "json", "ok remark not-json wrong-shape", member('"x": ' + "9" * 5_000)),
    one("lone-surrogate", "json", "ok remark charset", member('"x": "\\ud800"')),
    one("duplicate-member", "json", "ok remark", member('"x": 1, "x": 2')),
    one("not-a-number", "json", "not-json remark", member('"x": NaN')),
    one("bom", "json", "ok remark charset", lambda h: (h.with_body(b"\xef\xbb\xbf" + h.body).whole(),)),
    one("array", "json", "wrong-shape not-json", body(b"[]")),
    one("string", "json", "wrong-shape not-json", body(b'"hello"')),
    one("null", "json", "wrong-shape not-json", body(b"null")),
    one("number", "json", "wrong-shape not-json", body(b"7")),
    one("empty-object", "json", "wrong-shape not-json", body(b"{}"), at={"server_metadata": "wrong-shape oauth"}),
    one("cut-json", "json", "not-json", lambda h: (h.with_body(h.body[:-4]).whole(),)),
    one("two-documents", "json", "not-json remark", lambda h: (h.with_body(h.body + h.body).whole(),)),
    one("comments", "json", "not-json remark", lambda h: (h.with_body(b"/* metadata */ " + h.body).whole(),)),
    one("single-quotes", "json", "not-json remark", lambda h: (h.with_body(h.body.replace(b'"', b"'")).whole(),)),
    one("trailing-comma", "json", "not-json remark", lambda h: (h.with_body(h.body[:-1] + b",}").whole(),)),
    one("many-members", "json", "ok remark", member(", ".join(f'"x{n}": {n}' for n in range(1_500)))),
    one("resource-is-list", "json", "wrong-shape", changed(resource=["a"]), ("resource_metadata",)),
    one("servers-is-text", "json", "wrong-shape", changed(authorization_servers="https://as.example"), ("resource_metadata",)),
    one("servers-are-numbers", "json", "wrong-shape", changed(authorization_servers=[7, None]), ("resource_metadata",)),
    one("issuer-is-number", "json", "wrong-shape oauth", changed(issuer=7), ("server_metadata",)),
    one("endpoints-are-lists", "json", "wrong-shape", changed(token_endpoint=["x"], authorization_endpoint={}), ("server_metadata",)),
    one(
        "endpoint-is-script",
        "json",
        "wrong-shape blocked hostile",
        changed(authorization_endpoint="javascript:alert(1)"),
        ("server_metadata",),
    ),
    one("endpoint-is-relative", "json", "wrong-shape blocked", changed(token_endpoint="/token"), ("server_metadata",)),
    one("client-id-is-number", "json", "wrong-shape", changed(client_id=7), ("register",)),
    one("client-id-is-empty", "json", "wrong-shape", changed(client_id=""), ("register",)),
    one("token-is-number", "json", "wrong-shape", changed(access_token=7), GRANTS),
    one("token-is-empty", "json", "wrong-shape oauth", changed(access_token=""), GRANTS),
    one("token-type-mac", "json", "wrong-shape", changed(token_type="mac"), ("token",)),
    one("expires-in-text", "json", "wrong-shape ok", changed(expires_in="900"), ("token",)),
    one("expires-in-negative", "json", "wrong-shape ok remark", changed(expires_in=-5), ("token",)),
    one("expires-in-huge", "json", "wrong-shape ok remark", changed(expires_in=10**30), ("token",)),
    one("error-in-200", "json", "oauth wrong-shape", body(b'{"error": "server_error"}'), GRANTS),
)
STATUSES = (
    *(one(f"status-{code}", "status", "status", status(f"{code} Broken")) for code in (500, 502, 503, 504)),
    one("status-404", "status", "status", status("404 Not Found"), JSON_STEPS),
    one("status-403-html", "status", "status not-json", status("403 Forbidden", HTML)),
    one("status-429", "status", "status", status("429 Too Many Requests", b"{}", ("Retry-After", "1"))),
    one("status-418", "status", "status", status("418 Teapot")),
    one(
        "bot-wall",
        "status",
        "status not-json",
        status("403 Forbidden", b"<title>Just a moment...</title>", ("Server", "cloudflare"), ("cf-mitigated", "challenge")),
    ),
)
FIRST = ("probe",)
CHALLENGES = (
    one("two-schemes", "challenge", "ok challenge remark", challenge('Basic realm="a", Bearer resource_metadata="HERE"'), FIRST),
    one("two-lines", "challenge", "ok challenge remark", challenge('Basic realm="a"', 'Bearer resource_metadata="HERE"'), FIRST),
    one("escaped-quotes", "challenge", "ok", challenge('Bearer realm="a \\"b\\", c", resource_metadata="HERE"'), FIRST),
    one("lower-case-scheme", "challenge", "ok", challenge('bearer resource_metadata="HERE"'), FIRST),
    one("unquoted", "challenge", "challenge ok", challenge("Bearer resource_metadata=HERE"), FIRST),
    one(
        "duplicate-parameter",
        "challenge",
        "challenge",
        challenge('Bearer resource_metadata="HERE", resource_metadata="http://other.test/"'),
        FIRST,
    ),
    one("unterminated", "challenge", "challenge", challenge('Bearer resource_metadata="HERE'), FIRST),
    one("no-challenge", "challenge", "challenge", challenge(), FIRST),
    one("bare-bearer", "challenge", "challenge", challenge("Bearer"), FIRST),
    one("relative-metadata", "challenge", "challenge", challenge('Bearer resource_metadata="PATH"'), FIRST),
    one("script-metadata", "challenge", "challenge blocked", challenge('Bearer resource_metadata="javascript:alert(1)"'), FIRST),
    one("commas-only", "challenge", "challenge", challenge(",,,,, ="), FIRST),
    one("long-challenge", "challenge", "ok challenge", challenge('Bearer realm="' + "x" * 6_000 + '", resource_metadata="HERE"'), FIRST),
    one(
        "open-door",
        "challenge",
        "status oauth",
        lambda h: (
            b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n{"jsonrpc":"2.0","id":"1","result":{}}',
        ),
        FIRST,
    ),
)
OTHER = "http://127.0.0.1:9/elsewhere"
REDIRECTS = (
    *(one(f"redirect-{code}", "redirect", "redirect", to(OTHER, code), STEPS) for code in (301, 302, 303, 307, 308)),
    one("redirect-loop", "redirect", "redirect", to("?again", 302), STEPS),
    one("redirect-without-location", "redirect", "redirect status", lambda h: (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",), STEPS),
    one("redirect-to-script", "redirect", "redirect blocked", to("javascript:alert(1)", 302), STEPS),
    one("redirect-protocol-relative", "redirect", "redirect", to("//other.test/x", 302), STEPS),
    one("redirect-with-userinfo", "redirect", "redirect", to("http://user:pw@other.test/", 307), STEPS),
)
STRINGS = {
    "markup": "<script>window.pwned=1</script><img src=x onerror=pwned=1>",
    "attribute": "\" onmouseover=pwned=1 x='",
    "template": "{{7*7}} ${7*7} <%= 7*7 %>",
    "bidi": "abc\u202egnp.exe\u2066\u200b",
    "control": "a\u0007\u001b[31mred\u0000",
    "long-word": "w" * 9_000,
    "shell": "$(touch pwned); `touch pwned` && 'x",
    "formula": "=cmd|' /C calc'!A0",
    "new-lines": "one\r\nX-Injected: 1\r\n\r\ntwo",
}
HOSTILE = tuple(
    one(
        f"hostile-{name}",
        "hostile",
        "ok remark wrong-shape hostile",
        member(f'{json.dumps(text)}: {json.dumps(text)}, "note": {json.dumps(text)}'),
    )
    for name, text in STRINGS.items()
)
OAUTH = (
    one("token-with-line-break", "oauth", "wrong-shape", changed(access_token="at-planted\r\nX: 1"), ("token",)),
    one("token-in-utf8", "oauth", "wrong-shape", changed(access_token="at-planted-ü"), ("token",)),
    one("client-id-reserved", "oauth", "ok", changed(client_id="a b&c=d/é%20+?#"), ("register",)),
    one("client-id-long", "oauth", "ok", changed(client_id="c" * 4_000), ("register",)),
    one("other-redirect-uri", "oauth", "wrong-shape", changed(redirect_uris=["https://evil.test/cb"]), ("register",)),
    one("secret-echo", "oauth", "ok remark", lambda h: (h.plus(("X-Echo", "at-planted-echo")).whole(),)),
    one("other-resource", "oauth", "oauth wrong-shape", changed(resource="https://other.test/mcp"), ("resource_metadata",)),
    one("other-issuer", "oauth", "oauth wrong-shape", changed(issuer="https://other.test"), ("server_metadata",)),
    one("no-s256", "oauth", "oauth wrong-shape", changed(code_challenge_methods_supported=["plain"]), ("server_metadata",)),
    *(
        one(f"refused-{error}", "oauth", "oauth status", status("400 Bad Request", json.dumps({"error": error}).encode()), ("token",))
        for error in (
            "invalid_grant",
            "invalid_client",
            "invalid_request",
            "invalid_target",
            "unauthorized_client",
            "unsupported_grant_type",
            "made_up",
        )
    ),
    one("refused-refresh", "oauth", "oauth", status("400 Bad Request", b'{"error": "invalid_grant"}'), ("refresh",)),
    one("refused-registration", "oauth", "oauth", status("400 Bad Request", b'{"error": "invalid_redirect_uri"}'), ("register",)),
    one(
        "rpc-error",
        "oauth",
        "oauth status wrong-shape",
        body(b'{"jsonrpc": "2.0", "id": "1", "error": {"code": -32603, "message": "no"}}'),
        CALL,
    ),
    one("rpc-not-rpc", "oauth", "wrong-shape status not-json", body(b'{"hello": "world"}'), CALL),
    one("too-much-json", "oauth", "too-large", body(b'{"x": "' + b"x" * BODY_LIMIT_BYTES + b'"}')),
)
CONTENTS = (*ENCODINGS, *TYPES, *STREAMS, *JSONS, *STATUSES, *CHALLENGES, *REDIRECTS, *HOSTILE, *OAUTH)
