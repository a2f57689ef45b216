"""Clients that send slowly, read slowly or do not leave, against the app as it is started: two workers of 32 threads."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from running import App, running_app

MANY = 100  # more than there are threads
PATIENT = {"CLIENT_SECONDS": "120"}  # nobody is helped by the limit: what is answered, is answered beside those who wait


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("patient"), **PATIENT) as app:
        yield app


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("hasty"), CLIENT_SECONDS="1") as app:
        yield app


def head(app: App, line: str, *more: str) -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: 127.0.0.1:{app.port}", *more, "", ""]).encode()


def connected(app: App, stack: contextlib.ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", app.port), timeout=30))


def one_answer(client: socket.socket) -> bytes:
    """What comes for /healthz."""
    answer = b""
    while not answer.endswith(b"}\n"):
        more = client.recv(4000)
        assert more, answer
        answer += more
    return answer


def until_it_closes(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


def workers_of(app: App) -> set[str]:
    return set(Path(f"/proc/{app.pid}/task/{app.pid}/children").read_text(encoding="ascii").split())


def parts(app: App) -> dict[str, bytes]:
    """What each client sends before it falls silent."""
    form = "Content-Type: application/x-www-form-urlencoded"
    chunks = head(app, "POST /runs", form, "Transfer-Encoding: chunked")
    return {
        "no byte": b"",
        "half a line": b"GET /chec",
        "half a head": head(app, "GET /checks")[:-4],
        "a head and half a form": head(app, "POST /runs", form, "Content-Length: 900") + b"ta",
        "half a large import": head(app, "POST /import", "Content-Type: multipart/form-data; boundary=a", "Content-Length: 400000")
        + b"-" * 999,
        "one that is too large": head(app, "POST /runs", form, "Content-Length: 99000000") + b"ta",
        "half a chunk": chunks + b"5\r\nhe",
        "what looks like the last chunk": chunks + b"64\r\n0\r\n\r\n",
        "a whole one, and does not leave": head(app, "GET /healthz", "Connection: close"),
        "a bad one, and does not leave": b"BAD\r\n\r\n",
    }


@pytest.mark.attack("B4", "D1")
@pytest.mark.parametrize("what", ["half a head", *(name for name in parts(App("http://h:1", 0, Path())) if name != "half a head")])
def test_a_hundred_who_send_no_more_hold_up_nobody(patient: App, what: str) -> None:
    before = workers_of(patient)
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            connected(patient, stack).sendall(parts(patient)[what])
        for _ in range(4):
            assert requests.get(f"{patient.url}/checks", timeout=10).ok
    assert before <= workers_of(patient), "none was started anew"


@pytest.fixture(scope="module")
def large(patient: App) -> tuple[requests.Session, str]:
    """A person, and the path of a file of theirs that no kernel takes at once."""
    person = requests.Session()
    content = {"size": 1, "mimeType": "text/plain", "text": "0123456789abcdef" * 50_000}
    asked = {
        "method": "GET",
        "url": "https://gw.example/.well-known/oauth-protected-resource",
        "httpVersion": "HTTP/1.1",
        "headers": [],
        "queryString": [],
        "cookies": [],
    }
    told = {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "HTTP/1.1",
        "headers": [],
        "cookies": [],
        "content": content,
        "redirectURL": "",
    }
    entry = {"startedDateTime": "2026-11-26T10:00:00Z", "time": 1, "request": asked, "response": told, "cache": {}, "timings": {}}
    har = json.dumps({"log": {"version": "1.2", "creator": {"name": "a", "version": "1"}, "entries": [entry]}})
    answer = person.post(f"{patient.url}/import", files={"har": ("a.har", har)}, timeout=30)
    assert answer.ok and "/runs/" in answer.url, answer.text
    return person, answer.url.removeprefix(patient.url) + ".har"


@pytest.mark.attack("D1")
def test_a_hundred_who_do_not_read_hold_up_nobody_and_one_who_reads_late_gets_all(
    patient: App, large: tuple[requests.Session, str]
) -> None:
    person, path = large
    cookie = "; ".join(f"{one.name}={one.value}" for one in person.cookies)
    with contextlib.ExitStack() as stack:
        asked = head(patient, f"GET {path}", f"Cookie: {cookie}", "Connection: close")
        deaf = []
        for _ in range(MANY):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(60)
            one.connect(("127.0.0.1", patient.port))
            one.sendall(asked)
            deaf.append(one)
        for one in deaf:
            assert one.recv(9) == b"HTTP/1.1 "
        for _ in range(4):
            assert requests.get(f"{patient.url}/checks", timeout=10).ok
        late, again = until_it_closes(deaf[0]), person.get(patient.url + path, timeout=30)
        length = re.search(rb"Content-Length: (\d+)", late)
        assert length and len(late.split(b"\r\n\r\n", 1)[1]) == int(length[1]) > 200_000
        assert again.ok


def test_a_kept_connection_gets_its_next_answer_behind_one_that_it_read_late(patient: App, large: tuple[requests.Session, str]) -> None:
    person, path = large
    cookie = "; ".join(f"{one.name}={one.value}" for one in person.cookies)
    with contextlib.ExitStack() as stack:
        slow = stack.enter_context(socket.socket())
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(60)
        slow.connect(("127.0.0.1", patient.port))
        slow.sendall(head(patient, f"GET {path}", f"Cookie: {cookie}") + head(patient, "GET /healthz", "Connection: close"))
        both = until_it_closes(slow)
    assert both.count(b"HTTP/1.1 200 OK\r\n") >= 2 and both.endswith(b'{"status":"ok"}\n')


def test_a_request_right_behind_a_long_form_is_answered_too(patient: App) -> None:
    typed, form = "Content-Type: application/x-www-form-urlencoded", b"pasted=" + b"a" * 20_000
    one = head(patient, "POST /understand", typed, f"Content-Length: {len(form)}") + form
    other = head(patient, "POST /understand", typed, "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(form), form)
    with contextlib.ExitStack() as stack:
        kept = connected(patient, stack)
        kept.sendall(one + other + head(patient, "GET /healthz", "Connection: close"))
        assert until_it_closes(kept).count(b"HTTP/1.1 200 ") == 3


@pytest.mark.attack("D1")
def test_a_form_in_crumbs_is_refused_and_holds_up_nobody(patient: App) -> None:
    typed = "Content-Type: application/x-www-form-urlencoded"
    with contextlib.ExitStack() as stack:
        client = connected(patient, stack)
        client.settimeout(20)  # 240 kB took 40 s: the parser copied all that was left for every chunk
        client.sendall(head(patient, "POST /understand", typed, "Transfer-Encoding: chunked", "Connection: close"))
        client.sendall(b"1\r\na\r\n" * 40_000 + b"0\r\n\r\n")
        assert until_it_closes(client).startswith(b"HTTP/1.1 413 ")


@pytest.mark.attack("D1")
def test_a_request_that_is_never_whole_is_ended_with_a_status(hasty: App) -> None:
    with contextlib.ExitStack() as stack:
        half, idle = connected(hasty, stack), connected(hasty, stack)
        half.sendall(head(hasty, "GET /")[:-4])
        assert half.recv(1000).startswith(b"HTTP/1.1 408 ") and half.recv(1000) == b""
        assert idle.recv(1000) == b"", "a browser opens connections that it may never use"


def test_a_kept_connection_serves_one_request_after_another_in_pieces_and_in_a_row(patient: App) -> None:
    ask = head(patient, "GET /healthz")
    with contextlib.ExitStack() as stack:
        kept = connected(patient, stack)
        for _ in range(3):
            for piece in (ask[:7], ask[7:-3], ask[-3:]):
                kept.sendall(piece)
            assert one_answer(kept).startswith(b"HTTP/1.1 200 ")
        kept.sendall(ask + ask[:9])
        assert one_answer(kept).startswith(b"HTTP/1.1 200 ")
        kept.sendall(ask[9:].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert until_it_closes(kept).count(b"HTTP/1.1 200") == 1


def test_a_large_file_that_flows_is_taken_however_long_it_takes(hasty: App) -> None:
    body = b'--a\r\nContent-Disposition: form-data; name="har"; filename="a.har"\r\n\r\n' + b" " * 9_000_000 + b"[]\r\n--a--\r\n"
    typed = "Content-Type: multipart/form-data; boundary=a"
    for told, sent in (
        (f"Content-Length: {len(body)}", [body[at : at + 300_000] for at in range(0, len(body), 300_000)]),
        ("Transfer-Encoding: chunked", [b"%x\r\n%b\r\n" % (len(body), body), b"0\r\n\r\n"]),
    ):
        with contextlib.ExitStack() as stack:
            client = connected(hasty, stack)
            client.sendall(head(hasty, "POST /import", typed, told, "Connection: close", "Expect: 100-continue"))
            assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            for piece in sent:
                client.sendall(piece)
            answer = until_it_closes(client)
            assert answer.startswith(b"HTTP/1.1 400 ") and b"HTTP/1.1 100" not in answer and b"HAR" in answer


@pytest.mark.attack("B4")
@pytest.mark.parametrize("path", ["/", "/healthz", "/checks", "/callback"])
def test_a_request_without_a_host_is_refused_and_http_1_0_needs_none(patient: App, path: str) -> None:
    statuses = []
    for host, version in (("", "1.1"), ("Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n", "1.1"), ("", "1.0")):
        with contextlib.ExitStack() as stack:
            client = connected(patient, stack)
            client.sendall(f"GET {path} HTTP/{version}\r\n{host}Connection: close\r\n\r\n".encode())
            statuses += re.findall(rb"^HTTP/1\.[01] (\d{3})", until_it_closes(client))
    assert statuses[:2] == [b"400", b"400"] and (statuses[2] == b"200" or path != "/healthz")
