"""Request ids, log lines, metrics, health: what operators see, and what they must never see."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from browsers import BASE, Browser
from canned import Gateway
from every_route import every_route
from flask import Flask

from app.pages.log_lines import JsonLines, TextLines, lines_of, log_event, log_failure, without_capabilities
from app.settings import BadSetting
from app.store.database import StoreUnavailable

Make = Callable[..., Flask]
TOKEN = "a-token-of-the-monitor"


def test_every_answer_has_a_request_id_static_files_and_errors_too(app: Flask, ada: Browser) -> None:
    seen = set()
    for path in ("/", "/nope", "/static/explorer.css", "/healthz", "/runs", "/callback"):
        seen.add(ada.get(path).headers["X-Request-Id"])
    assert len(seen) == 6 and all(re.fullmatch("[0-9a-f]{16}", one) for one in seen)


def test_an_error_page_names_its_request_and_so_does_the_log(ada: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    request_id = ada.get("/nope").headers["X-Request-Id"]
    assert f"<code>{request_id}</code>" in ada.answer.text
    answer = ada.get("/nope.json")
    assert answer.json and answer.json["request"] == answer.headers["X-Request-Id"]
    ada.start()
    ada.press("run")
    begun = next(record.told for record in caplog.records if getattr(record, "says", "") == "pressed")  # type: ignore[attr-defined]
    ended = next(record.told for record in caplog.records if getattr(record, "says", "") == "work ended")  # type: ignore[attr-defined]
    assert begun["request"] == ended["request"], "work beside the pages carries the id of the click"


@pytest.mark.parametrize(
    ("hops", "given", "taken"),
    [
        (0, "from-outside-1", False),
        (1, "from-the-proxy-1", True),
        (1, "short", False),
        (1, 'evil" id with spaces', False),
        (1, "x" * 65, False),
    ],
)
def test_a_request_id_is_believed_of_a_proxy_only(make_app: Make, hops: int, given: str, taken: bool) -> None:
    answer = make_app(proxy_hops=hops).test_client().get(f"{BASE}/", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is taken


def address_seen(app: Flask, forwarded: str) -> list[int]:
    """Three starts of one run each, braked after one for each address, from two forwarded addresses."""
    headers = [forwarded.replace("%", str(number)) for number in (1, 2, 1)]
    return [
        app.test_client().post(f"{BASE}/runs", data={"target": "https://g.example/mcp"}, headers={"X-Forwarded-For": one}).status_code
        for one in headers
    ]


def test_forwarded_addresses_count_only_behind_as_many_proxies_as_are_set(make_app: Make) -> None:
    assert address_seen(make_app(new_runs_per_minute=1), "192.0.2.%") == [303, 429, 429]
    assert address_seen(make_app(new_runs_per_minute=1, proxy_hops=1), "203.0.113.9, 192.0.2.%") == [303, 303, 429]
    assert address_seen(make_app(new_runs_per_minute=1, proxy_hops=1), "192.0.2.%, 203.0.113.77") == [303, 429, 429], (
        "what a stranger put before"
    )


def test_a_forwarded_host_is_believed_behind_a_proxy_and_judged_all_the_same(make_app: Make) -> None:
    hosted = {"mode": "hosted", "public_url": "https://explorer.example", "secret_key": "x" * 32, "login": "open"}
    behind, bare = make_app(**hosted, proxy_hops=1).test_client(), make_app(**hosted).test_client()
    proxied = {"X-Forwarded-Host": "explorer.example", "X-Forwarded-Proto": "https"}
    assert behind.get("http://10.0.0.7:8000/", headers=proxied).status_code == 200
    assert behind.get("http://10.0.0.7:8000/", headers={**proxied, "X-Forwarded-Host": "evil.example"}).status_code == 400
    assert bare.get("http://10.0.0.7:8000/", headers=proxied).status_code == 400


def record(message: str = "plain", level: int = logging.INFO, error: BaseException | None = None, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("x", level, "f.py", 1, message, (), (type(error), error, error.__traceback__) if error else None)
    vars(made).update(extra)
    return made


HOSTILE = 'a\r\nFAKE 2026 INFO explorer: run started\x1b[31m\u2028"'


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()], ids=["text", "json"])
def test_a_record_is_one_line_whatever_is_in_it(formatter: logging.Formatter) -> None:
    line = formatter.format(record(HOSTILE))
    assert len(line.splitlines()) == 1 and "\x1b" not in line


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()], ids=["text", "json"])
def test_no_message_of_an_exception_reaches_the_log(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("planted-s3cret")
    except ValueError as error:
        line = formatter.format(record("broke", logging.ERROR, error))
    assert "ValueError" in line and "test_observing.py" in line
    assert "planted-s3cret" not in line and "Traceback" not in line


def test_an_event_is_an_object_in_json(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_event("run started", run="abc", odd='"\n')
    told = json.loads(lines_of("json").format(caplog.records[-1]))
    assert (told["says"], told["run"], told["odd"], told["level"], told["logger"]) == ("run started", "abc", '"\n', "INFO", "explorer")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["at"])
    assert 'INFO explorer: run started run="abc"' in lines_of("text").format(caplog.records[-1])


def test_an_unexpected_error_keeps_its_time_in_json(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("planted-s3cret")
    except ValueError as error:
        log_failure("work failed", error, run="abc")
    told = json.loads(lines_of("json").format(caplog.records[-1]))
    assert told["at"].startswith("2") and "test_observing.py" in told["where"] and told["error"] == "ValueError"


def test_what_opens_something_is_cut_in_the_log() -> None:
    assert without_capabilities("/runs/AbCdEf0123456789abcdef01.json") == "/runs/AbCdEf~.json"
    assert without_capabilities("/s/AbCdEf0123456789abcdef01/exchanges/3") == "/s/AbCdEf~/exchanges/3"
    assert without_capabilities("/checks/token.pkce") == "/checks/token.pkce"


def metrics_of(client: Any, path: str = "/metrics", token: str = "", **options: Any) -> Any:
    return client.get(f"{BASE}{path}", headers={"Authorization": f"Bearer {token}"} if token else {}, **options)


def test_there_are_no_metrics_unless_they_are_asked_for(ada: Browser) -> None:
    assert ada.get("/metrics").status_code == 404


def test_metrics_count_pages_events_and_exchanges_in_words_of_ours(make_app: Make, gateway: Gateway) -> None:
    ada = Browser(make_app(metrics_path="/metrics"))
    ada.start(client_secret="planted-s3cret", client_id="planted-id")
    ada.press("run")
    ada.get("/runs/planted-path")
    ada.client.open(f"{BASE}/", method="BREW")
    text = metrics_of(ada.client).text
    assert 'explorer_requests_total{method="POST",page="start.new_run",status="303"} 1.0' in text
    assert 'explorer_requests_total{method="other",page="none",status="405"} 1.0' in text
    assert 'explorer_events_total{event="run started"} 1.0' in text
    assert 'explorer_exchanges_total{outcome="4xx"}' in text and 'explorer_exchanges_total{outcome="2xx"}' in text
    assert "explorer_exchanges_under_way 0.0" in text and "explorer_runs 1.0" in text and "explorer_store_up 1.0" in text
    assert re.search(r"^explorer_store_bytes [1-9]", text, re.M)
    assert "planted" not in text and "gw.example" not in text and ada.run_id not in text


def test_metrics_are_for_this_machine_or_for_whoever_has_the_token(make_app: Make) -> None:
    bare, guarded = make_app(metrics_path="/metrics").test_client(), make_app(metrics_path="/m", metrics_token=TOKEN).test_client()
    assert metrics_of(bare).status_code == 200
    assert metrics_of(bare, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    assert bare.get(f"{BASE}/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404, (
        "a proxy on this machine passes strangers on"
    )
    rebound = bare.get("http://evil.example/metrics")
    assert rebound.status_code == 400, "a page of another site may call this machine by its own name"
    assert (metrics_of(guarded, "/m").status_code, metrics_of(guarded, "/m").headers["WWW-Authenticate"]) == (401, "Bearer")
    assert metrics_of(guarded, "/m", TOKEN + "x").status_code == 401
    assert metrics_of(guarded, "/m", TOKEN, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200
    assert guarded.get("http://10.0.0.7:8000/m", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_metrics_need_no_sign_in_but_their_token(make_app: Make) -> None:
    app = make_app(login="password", login_password="long enough it is", metrics_path="/metrics", metrics_token=TOKEN)
    assert metrics_of(app.test_client(), token=TOKEN).status_code == 200
    assert metrics_of(app.test_client()).status_code == 401


@pytest.mark.parametrize("path", ["/checks", "/", "/runs/abc", "/login"])
def test_metrics_cannot_take_a_page_s_place(make_app: Make, path: str) -> None:
    with pytest.raises(BadSetting, match="is the address of a page"):
        make_app(metrics_path=path)


def test_every_event_is_named_by_a_constant_or_metrics_would_hold_what_people_sent() -> None:
    import ast

    from house import ROOT

    found = []
    for source in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("log_event", "log_failure"):
                found.append(isinstance(node.args[0], ast.Constant))
    assert len(found) > 15 and all(found)


def test_alive_says_nothing_of_the_store_and_ready_does(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ada.get("/healthz").json == {"status": "ok"}
    answer = ada.get("/readyz")
    assert answer.status_code == 200 and answer.json and answer.json["status"] == "ready" and answer.json["version"]

    def refuse(*_: object) -> None:
        raise StoreUnavailable("The store cannot be written: its file or disk is read-only.")

    monkeypatch.setattr("app.store.counters.writing", refuse)
    ready = ada.app.extensions["explorer"].ready
    assert ada.get("/readyz").status_code == 200, "an answer stands for two seconds"
    ready._asked_at -= 10
    answer = ada.get("/readyz")
    assert answer.status_code == 503 and answer.json and "read-only" in answer.json["status"]
    assert ada.get("/healthz").status_code == 200


def test_a_full_store_takes_no_new_run_and_throws_none_out(make_app: Make) -> None:
    app = make_app()
    ada = Browser(app)
    ada.start()
    size = app.extensions["explorer"].store.size.measure()
    full = Browser(make_app(store_bytes=size - 1))
    full.client = ada.client
    answer = Browser(full.app).post("/runs", {"target": "https://g.example/mcp"})
    assert answer.status_code == 503 and "no new one can begin" in answer.text and answer.headers["Retry-After"] == "600"
    assert ada.press("run").state == "authorize"
    assert Browser(make_app(store_bytes=size * 2)).post("/runs", {"target": "https://g.example/mcp"}).status_code == 303


def test_what_is_over_makes_room(make_app: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    for _ in range(10):
        Browser(app).start()
    store = app.extensions["explorer"].store
    small = store.size.measure()
    later = make_app(store_bytes=small, run_life_seconds=1, run_idle_seconds=1)
    size = later.extensions["explorer"].store.size
    monkeypatch.setattr(size, "_now", lambda: __import__("time").time() + 60)
    size.check()
    assert size.measure() < small


HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")


@pytest.mark.parametrize("login", ["open", "password"])
def test_every_route_method_and_error_carries_the_headers(make_app: Make, login: str) -> None:
    """The whole map of addresses, with each method, signed in and not."""
    base = "https://explorer.example"
    password = {"login_password": "long enough it is"} if login == "password" else {}
    app = make_app(
        mode="hosted", public_url=base, secret_key="x" * 32, login=login, metrics_path="/metrics", metrics_token=TOKEN, **password
    )
    seen: set[int] = set()
    paths = sorted({path for _, _, path in every_route(app)} | {"/nope", "/static/nope.css"})
    for path in paths:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
            answer = app.test_client().open(base + path, method=method)
            seen.add(answer.status_code)
            assert answer.status_code < 500, (method, path)
            missing = [
                name for name in (*HEADERS, "Permissions-Policy", "Strict-Transport-Security", "X-Request-Id") if name not in answer.headers
            ]
            assert not missing, (method, path, missing)
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy and "unsafe" not in policy, path
            cookies = answer.headers.getlist("Set-Cookie")
            assert all(one.startswith("__Host-") or "practice" in path for one in cookies), (path, cookies)
    assert {200, 303, 400, 401, 404, 405} <= seen if login == "password" else {200, 400, 404, 405} <= seen
