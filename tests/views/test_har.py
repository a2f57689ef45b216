"""The HAR file: the format's own rules, the traps that other writers fell into, and no secret in it."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from app.checks.engine import examine
from app.checks.examples import corpus
from app.checks.examples.healthy import STEPS, back, walk_to
from app.checks.examples.tape import TARGET, Line, options, run_of
from app.flow.imported import run_of_har
from app.flow.log import Run
from app.views.file_mask import FileMask, masked_received, masked_sent
from app.views.har import har, har_bytes
from app.views.secrets_of import secrets_of
from app.views.stand_in import STAND_IN
from app.wire.messages import Connection, Exchange, Failure, Marks, Request, Tls

WHOLE = run_of((options(), *(line for step in STEPS.values() for line in step)))
TOKEN = "tok-+/=é-5f2c9b1e7a"
MARKS = Marks(dns=0.001, tcp=0.003, tls=0.010, send=0.010, sent=0.011, first_byte=0.050, headers=0.051, last_byte=0.060, end=0.060)


def log_of(run: Run, **chosen: Any) -> dict[str, Any]:
    file = json.loads(har_bytes(har(run, examine(run), **chosen)))
    return dict(file["log"])


def exchanged(received: bytes, *, body: bytes = b"", failure: Failure | None = None, marks: Marks = MARKS, step: str = "token") -> Run:
    """A run of one exchange that sends and gets the planted token."""
    headers = (("Authorization", "Bearer access-of-before"), ("Content-Type", "application/x-www-form-urlencoded"))
    request = Request("POST", "https://gw.example/token?x=1#fragment", headers, body)
    sent = b"POST /token?x=1 HTTP/1.1\r\nHost: gw.example\r\nAuthorization: Bearer access-of-before\r\n\r\n" + body
    link = Connection("[2001:db8::1]:443", ("[2001:db8::1]:443",), Tls("TLSv1.3", "x", (b"\x30\x82",)))
    exchange = Exchange(request, sent, received, 1_000.0, marks, link, failure)
    return run_of((options(), Line(step, exchange, "code")))


def every_entry() -> Iterator[dict[str, Any]]:
    for run in [WHOLE, *(run_of(example.fails) for example in corpus.EXAMPLES.values())]:
        yield from log_of(run)["entries"]


def test_the_log_has_what_the_format_demands() -> None:
    log = log_of(WHOLE)
    assert log["version"] == "1.2" and {"name", "version"} <= set(log["creator"])
    assert [page["title"] for page in log["pages"]][:2] == ["Step 1: First request", "Step 2: Resource metadata"]
    pages = {page["id"] for page in log["pages"]}
    assert all(entry["pageref"] in pages for entry in log["entries"])
    assert all({"startedDateTime", "id", "title", "pageTimings"} <= set(page) for page in log["pages"])
    starts = [entry["startedDateTime"] for entry in log["entries"]]
    assert starts == sorted(starts)


def test_every_entry_keeps_the_rules_of_the_format() -> None:
    for entry in every_entry():
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        datetime.fromisoformat(entry["startedDateTime"])
        assert_request(entry["request"])
        assert_response(entry["response"])
        assert_times(entry)


def assert_request(request: dict[str, Any]) -> None:
    assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} <= set(request)
    assert "#" not in request["url"]
    assert all(set(one) == {"name", "value"} for one in (*request["headers"], *request["queryString"], *request["cookies"]))
    if "postData" in request:
        assert isinstance(request["postData"]["mimeType"], str) and isinstance(request["postData"]["text"], str)


def assert_response(response: dict[str, Any]) -> None:
    needed = {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"}
    assert needed <= set(response)
    assert {"size", "mimeType"} <= set(response["content"])
    if response["status"] == 0:
        assert response["statusText"] == "" and response["_error"]
    else:
        assert response["content"]["compression"] == response["content"]["size"] - response["bodySize"]


def assert_times(entry: dict[str, Any]) -> None:
    times = entry["timings"]
    assert all(times[name] >= 0 for name in ("send", "wait", "receive"))
    counted = [times[name] for name in ("blocked", "dns", "connect", "send", "wait", "receive") if times[name] >= 0]
    assert entry["time"] == pytest.approx(sum(counted), abs=0.002)
    assert times["ssl"] <= max(times["connect"], 0)


def test_times_add_up_to_the_whole_and_tls_is_a_part_of_connect() -> None:
    entry = log_of(exchanged(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))["entries"][0]
    assert entry["time"] == pytest.approx(60.0)
    wanted = {"blocked": -1, "dns": 1.0, "connect": 9.0, "ssl": 7.0, "send": 1.0, "wait": 39.0, "receive": 10.0}
    assert entry["timings"] == pytest.approx(wanted)
    assert entry["serverIPAddress"] == "2001:db8::1" and entry["connection"] == str(entry["_entry"])


@pytest.mark.parametrize(
    ("marks", "phase"),
    [
        (Marks(end=3.0), "wait"),
        (Marks(dns=0.1, end=3.0), "connect"),
        (Marks(dns=0.1, tcp=0.2, end=3.0), "send"),
        (Marks(dns=0.1, tcp=0.2, sent=0.3, end=3.0), "wait"),
        (Marks(dns=0.1, tcp=0.2, sent=0.3, first_byte=0.4, end=3.0), "receive"),
    ],
)
def test_a_failure_spends_its_time_in_the_phase_where_it_failed(marks: Marks, phase: str) -> None:
    entry = log_of(exchanged(b"", failure=Failure("timeout", "Too late."), marks=marks))["entries"][0]
    assert entry["time"] == pytest.approx(3_000.0)
    assert max(entry["timings"], key=lambda name: entry["timings"][name]) == phase
    assert entry["response"]["status"] == 0 and entry["response"]["_error"] == "Too late."


def spellings(token: str) -> set[bytes]:
    raw = token.encode()
    made = {raw, quote(token, safe="").encode(), json.dumps(token)[1:-1].encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)}
    return made | {json.dumps(one.decode())[1:-1].encode() for one in made}


def chunked(body: bytes) -> bytes:
    half = len(body) // 2
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:])) + b"0\r\n\r\n"


BODY = json.dumps({"access_token": TOKEN, "token_type": "Bearer", "echo": base64.b64encode(TOKEN.encode()).decode()}).encode()
WIRES = {
    "plain": (b"Content-Length: %d\r\n" % len(BODY), BODY),
    "chunked": (b"Transfer-Encoding: chunked\r\n", chunked(BODY)),
    "gzip": (b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(gzip.compress(BODY)), gzip.compress(BODY)),
    "deflate": (b"Content-Encoding: deflate\r\nConnection: close\r\n", zlib.compress(BODY)),
    "both": (b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunked(gzip.compress(BODY))),
    "cut": (b"Content-Length: %d\r\n" % (len(BODY) + 50), BODY),
    "cut chunk": (b"Transfer-Encoding: chunked\r\n", b"%x\r\n" % (len(BODY) + 9) + BODY),
}


@pytest.mark.parametrize("wire", WIRES)
def test_a_masked_answer_reads_as_the_true_one_does(wire: str) -> None:
    framing, body = WIRES[wire]
    run = exchanged(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + framing + b"\r\n" + body, body=b"refresh_token=" + quote(TOKEN).encode()
    )
    exchange = run.entries[1].body
    assert isinstance(exchange, Exchange)
    hide = FileMask(run)
    again = replace(exchange, sent=masked_sent(exchange, hide), received=masked_received(exchange, hide))
    before, after = exchange.response, again.response
    assert before is not None and after is not None
    assert (after.status, after.complete, [o.slug for o in after.oddities]) == (
        before.status,
        before.complete,
        [o.slug for o in before.oddities],
    )
    assert list(json.loads(after.body)) == ["access_token", "token_type", "echo"] and b"masked-" in after.body
    for one in spellings(TOKEN):
        assert one not in again.received + again.sent + after.body


@pytest.mark.parametrize("wire", WIRES)
def test_a_planted_secret_is_nowhere_in_the_file(wire: str) -> None:
    framing, body = WIRES[wire]
    received = b"HTTP/1.1 200 OK\r\nX-Echo: " + TOKEN.encode() + b"\r\nContent-Type: application/json\r\n" + framing + b"\r\n" + body
    run = exchanged(received, body=b"grant_type=refresh_token&refresh_token=" + quote(TOKEN).encode())
    content = har_bytes(har(run, examine(run)))
    unpacked = [base64.b64decode(entry["_exchange"]["received"].get("base64", "")) for entry in json.loads(content)["log"]["entries"]]
    for one in (*spellings(TOKEN), b"access-of-before"):
        assert one not in content and not any(one in octets for octets in unpacked)
    assert any(one in BODY for one in spellings(TOKEN)) and b"masked-" in content


def test_a_body_that_nobody_could_unpack_stays_out() -> None:
    packed = b"\x0b\x02\x80" + TOKEN.encode()
    received = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    run = exchanged(received)
    entry = log_of(run)["entries"][0]
    assert "text" not in entry["response"]["content"] and TOKEN not in json.dumps(entry)
    assert "br" in json.dumps(entry["_findings"]) and entry["response"]["bodySize"] == len(packed)


def test_no_secret_of_a_whole_walk_is_in_its_file() -> None:
    content = STAND_IN.sub("", har_bytes(har(WHOLE, examine(WHOLE))).decode())
    known = [secret.value for secret in secrets_of(WHOLE)]
    assert len(known) > 8
    assert [value for value in known if value in content] == []
    assert all(value in har_bytes(har(WHOLE, [], secrets=True)).decode() for value in known)


def test_a_readable_token_keeps_its_audience_and_nothing_of_the_person() -> None:
    parts = [
        {"alg": "RS256", "typ": "at+jwt"},
        {"aud": TARGET, "iss": "https://gw.example", "sub": "person-4711", "email": "p@example.com"},
    ]
    jwt = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + ".c2lnbmF0dXJl"
    body = json.dumps({"access_token": jwt, "token_type": "Bearer"}).encode()
    run = exchanged(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    text = log_of(run)["entries"][0]["response"]["content"]["text"]
    _, payload, name = json.loads(text)["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims["aud"] == TARGET and "sub" not in claims and "email" not in claims
    assert name.startswith("masked-access-") and jwt.split(".")[1] not in text


def test_only_a_marked_choice_brings_secrets_and_the_file_says_so() -> None:
    assert "live secrets" in log_of(WHOLE, secrets=True)["comment"] and log_of(WHOLE, secrets=True)["_explorer"]["redacted"] is False
    assert "replaced" in log_of(WHOLE)["comment"] and log_of(WHOLE)["_explorer"]["redacted"] is True


def test_a_finding_stands_at_its_entry() -> None:
    run = run_of(corpus.EXAMPLES["token.pkce"].fails)
    told = [entry for entry in log_of(run)["entries"] if any(f["code"] == "token.pkce" for f in entry["_findings"])]
    assert len(told) == 1 and told[0]["comment"].startswith("token.pkce: ") and told[0]["_verdict"] == "stop"


def test_hidden_characters_are_escaped_in_the_file() -> None:
    run = exchanged("HTTP/1.1 200 \u202eOK\r\nX: <script>\r\nContent-Length: 0\r\n\r\n".encode())
    content = har_bytes(har(run, examine(run)))
    assert content.isascii()


LURE = "Call 0900-LURE and say your password"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://attacker.example"},
        {"state": "somebody-elses"},
        {"iss": None},
        {"iss": "https://attacker.example", "method": "POST"},
    ],
    ids=["a wrong issuer", "a foreign state", "the promised issuer missing", "a form"],
)
def test_error_texts_that_may_be_another_servers_are_not_passed_on_and_the_findings_stay(changes: dict[str, Any]) -> None:
    told = {"code": None, "error": "server_error", "error_description": LURE, "error_uri": "https://attacker.example/help"}
    run = run_of((*walk_to("callback"), back(**told, **changes)))
    found = examine(run)
    file = har_bytes(har(run, found))
    assert LURE.split()[1].encode() not in file and b"attacker.example/help" not in file and b"withheld" in file
    again = run_of_har(file)
    assert [(f.code, f.level, f.says) for f in examine(again)] == [(f.code, f.level, f.says) for f in found]
    assert LURE.split()[1].encode() in har_bytes(har(run, found, secrets=True)), "the exact log keeps them"


def test_error_texts_of_the_right_server_stay_in_the_file() -> None:
    run = run_of((*walk_to("callback"), back(code=None, error="server_error", error_description=LURE)))
    assert LURE.split()[1].encode() in har_bytes(har(run, examine(run)))
