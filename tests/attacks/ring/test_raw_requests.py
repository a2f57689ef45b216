"""Bytes that no browser sends, and forty people at once, against the app as it is started: two workers."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from robot import HttpUser
from running import App, running_app
from walker import practice_visit, walk

HOST = b"Host: 127.0.0.1:%d\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
ENDS = b"Connection: close\r\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("raw")) as running:
        yield running


def spoken(app: App, octets: bytes) -> bytes:
    """What comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", app.port), timeout=20) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def posted(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    head = b"POST /runs HTTP/1.1\r\n" + HOST + ENDS + b"".join(headers)
    return head + b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body


REQUESTS: dict[str, tuple[bytes, set[int]]] = {
    "invalid UTF-8 in the path": (b"GET /checks/\xff%ff HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {400, 404}),
    "NUL in the path": (b"GET /checks/%00 HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {400, 404}),
    "invalid UTF-8 in the query": (b"GET /?target=%ff%fe HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {400}),
    "invalid UTF-8 in a form": (posted(b"target=%ff", FORM), {400}),
    "a line of 9,000 bytes": (b"GET /?a=" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {400, 414}),
    "101 headers": (b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n", {400, 431}),
    "a header of 20,000 bytes": (b"GET / HTTP/1.1\r\n" + HOST + ENDS + b"X-A: " + b"a" * 20_000 + b"\r\n\r\n", {400, 431}),
    "an unknown method": (b"BREW / HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {405, 501, 400}),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {405}),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {400, 404, 405}),
    "an absolute address": (b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + ENDS + b"\r\n", {400, 404, 200, 302}),
    "a length that is too short": (posted(b"target=https://gw.example/mcp", FORM, length=7), {400}),
    "a length that is too long": (posted(b"target=", FORM, length=70), {400}),
    "a length below zero": (posted(b"target=", FORM, length=-1), {400}),
    "two lengths": (posted(b"target=", FORM, b"Content-Length: 3\r\n"), {400}),
    "length and chunks": (posted(b"0\r\n\r\n", FORM, b"Transfer-Encoding: chunked\r\n"), {400, 403, 413}),
    "an unknown transfer coding": (posted(b"x", FORM, b"Transfer-Encoding: gzip-ish\r\n"), {400, 501}),
    "no content type": (posted(b"target=x"), {400}),
    "an odd content type": (posted(b"{}", b"Content-Type: application/x-php; charset=\x01\r\n"), {400}),
    "a parameter twice": (posted(b"target=&target=https://gw.example/mcp", FORM), {400}),
    "array syntax": (posted(b"target[]=x&target[a]=y", FORM), {400}),
    "1,001 form parts": (posted(b"&".join(b"a%d=1" % n for n in range(1001)), FORM), {400, 413}),
    "a form over the limit": (posted(b"target=" + b"a" * 200_000, FORM), {413}),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: evil.example\r\n" + HOST + ENDS + b"\r\n", {400}),
    "no host": (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", {400}),
    "a blank before the colon": (b"GET / HTTP/1.1\r\n" + HOST + ENDS + b"X-A : 1\r\n\r\n", {400}),
    "a folded header": (b"GET / HTTP/1.1\r\n" + HOST + ENDS + b"X-A: 1\r\n 2\r\n\r\n", {400}),
    "TLS on a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64, {400}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    **{
        f"the machine room at {path}": (f"GET {path} HTTP/1.1\r\n".encode() + HOST + ENDS + b"\r\n", {404})
        for path in ("/console", "/.git/config", "/.env", "/static/", "/metrics", "/app/settings.py", "/static/..%2fapp/settings.py")
    },
    "nothing": (b"", set()),
}


@pytest.mark.attack("B4", "P1")
@pytest.mark.parametrize("name", REQUESTS)
def test_it_gets_its_status_and_the_server_lives(app: App, name: str) -> None:
    octets, allowed = REQUESTS[name]
    answer = spoken(app, octets.replace(b":%d\r\n", b":%d\r\n" % app.port))
    statuses = [int(found) for found in re.findall(rb"^HTTP/1\.1 (\d{3})", answer)]
    assert not statuses if not allowed else (not answer or statuses[0] in allowed), (name, answer[:200])
    assert not re.search(rb"(?im)^(server:.*[/\d]|x-powered-by:|via:)", answer.split(b"\r\n\r\n")[0])
    assert b"Traceback" not in answer and b"evil.example" not in answer.split(b"\r\n\r\n")[0]
    assert requests.get(app.url + "/healthz", timeout=10).ok


def walked_by(app: App, number: int) -> tuple[str, str, str]:
    """The address of the run, the marker, and all that this person saw."""
    user, marker = HttpUser(app.url), f"marker-{number:02d}-only-mine"
    user.start({"target": f"{app.practice}/mcp/linear-v1", "headers": f"X-Mine: {marker}", "scope": ""})
    walk(user, practice_visit, until=frozenset({"connected", "done", "failed"}))
    run = user.page.url.split("#")[0].split("?")[0]
    seen = [answer.text for answer in user.answers if answer.url.startswith(app.url)]
    seen += [user.session.get(run + end, timeout=30).text for end in (".json", ".har", ".md", "/pictures", "/export")]
    user.close()
    return run, marker, "\n".join(seen)


@pytest.mark.attack("C3")
def test_forty_people_at_two_workers_see_nothing_of_one_another(app: App) -> None:
    with ThreadPoolExecutor(10) as pool:
        all_of_them = list(pool.map(lambda number: walked_by(app, number), range(40)))
    assert len({run for run, _, _ in all_of_them}) == 40
    ids = [run.rpartition("/")[2] for run, _, _ in all_of_them]
    leaks = []
    for own, (_, marker, seen) in zip(ids, all_of_them, strict=True):
        assert own in seen
        leaks += [(own, other) for other in ids if other != own and other in seen]
        leaks += [(own, found) for found in set(re.findall(r"marker-\d\d-only-mine", seen)) if found != marker]
    assert leaks == []
    stranger = requests.Session()
    assert {stranger.get(run + end, timeout=10).status_code for run, _, _ in all_of_them for end in ("", ".json", ".har")} == {404}
    log = app.log.read_text(encoding="utf-8", errors="replace")
    assert "marker-" not in log and "Traceback" not in log
