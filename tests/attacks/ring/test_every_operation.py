"""schemathesis tries every address of a running app, with what fits and with what does not."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from attacks.arranged import PASSWORD, arranged
from attacks.ring.operations import Read, document, listen, served
from flask import Flask
from robot import HttpUser
from running import ROOT, free_port, running_app
from werkzeug.exceptions import HTTPException

from app import create_app
from app.settings import Settings

ST = ROOT / ".cache" / "schemathesis" / "bin" / "st"  # `make test` installs it, into an environment of its own
HOOKS = Path(__file__).with_name("judging_hooks.py")
NOWHERE = "http://127.0.0.1:9"  # a proxy that answers nobody: what is typed as a target leads nowhere
ENDS = {"moves.delete", "account.forget_everything", "account.sign_out"}  # tried last, by somebody else
SEED, EXAMPLES, SECONDS = 7, 4, 150  # it takes 20 s; the time is for a busy machine


def tried(folder: Path, told: dict[str, Any], url: str, cookies: str = "") -> subprocess.CompletedProcess[str]:
    """Let schemathesis try every operation of a document."""
    (folder / "openapi.json").write_text(json.dumps(told), encoding="utf-8")
    kinds = ("--phases=coverage,fuzzing", "--mode=all", "--suppress-health-check=all", "--warnings=off", "--no-shrink")
    bounds = (f"--max-examples={EXAMPLES}", f"--seed={SEED}", "--generation-database=none", "--max-redirects=0")
    asks = ("--checks=answers_as_this_house_does", "--continue-on-failure", "--no-color", "--report=junit", f"--report-dir={folder}")
    command = [str(ST), "run", str(folder / "openapi.json"), f"--url={url}", *kinds, *bounds, *asks]
    own = os.environ | {"SCHEMATHESIS_HOOKS": str(HOOKS), "COOKIES": cookies}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, timeout=SECONDS)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An app in this process, which is asked what it has and listened to while it is walked through."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    free = {"new_runs_per_minute": 0, "runs_per_browser": 0, "metrics_path": "/metrics", "outbound_proxy": NOWHERE}
    folder = str(tmp_path_factory.mktemp("listening"))
    made = create_app(Settings(port=free_port(), data_dir=folder, login="password", login_password=PASSWORD, **free))  # type: ignore[arg-type]
    yield made
    made.extensions["explorer"].store.engine.dispose()


@pytest.fixture(scope="module")
def heard(app: Flask) -> tuple[Read, Read]:
    """Which parameters its views read."""
    port = app.extensions["explorer"].settings.port
    queries, forms = listen(app)
    with served(app, port):
        arranged(f"http://127.0.0.1:{port}", f"http://localhost:{port}/practice", app)
    return queries, forms


def test_the_document_says_what_pages_read(app: Flask, heard: tuple[Read, Read]) -> None:
    queries, forms = heard
    assert queries["run.show", "GET"] >= {"filter", "until"} and queries["compare.show", "GET"] >= {"left", "right"}
    assert forms["catalogue.pasted", "POST"] >= {"error"} and forms["practice.token", "POST"] >= {"code", "code_verifier"}


@pytest.mark.attack("B2", "B5", "H1")
def test_no_operation_answers_with_a_fault_or_without_the_headers(app: Flask, heard: tuple[Read, Read], tmp_path: Path) -> None:
    settings = {"LOGIN": "password", "LOGIN_PASSWORD": PASSWORD, "METRICS_PATH": "/metrics", "OUTBOUND_PROXY": NOWHERE}
    with running_app(tmp_path, **settings, EXCHANGE_SECONDS="2", STEP_SECONDS="3") as running:
        everything = {rule.endpoint for rule in app.url_map.iter_rules()}
        crawl = arranged(running.url, running.practice, app)
        another = arranged(running.url, running.practice, app)  # before wrong passwords are tried: then nobody gets in
        told = document(app, crawl, *heard, everything - ENDS)
        done = tried(tmp_path, told, running.url, cookies_of(crawl.user))
        ending = tried(tmp_path, document(app, another, *heard, ENDS), running.url, cookies_of(another.user))
        log = running.log.read_text(encoding="utf-8", errors="replace")
    operations = sum(len(methods) for methods in told["paths"].values())
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert ending.returncode == 0 and f"Tested: {len(ENDS)}" in ending.stdout, ending.stdout[-4000:]
    assert f"Tested: {operations}" in done.stdout and operations > 120, done.stdout[-2000:]
    assert " ERROR " not in log and not re.search(r'" 500 \d', log)
    assert len(let_in(app, log)) > 90 and let_in(app, log) >= ENDS, sorted(let_in(app, log))


def cookies_of(user: HttpUser) -> str:
    return "; ".join(f"{one.name}={one.value}" for one in user.session.cookies)


def let_in(app: Flask, log: str) -> set[str]:
    """Endpoints that answered more than a refusal."""
    found, places = set(), app.url_map.bind("")
    for method, path, status in re.findall(r'"([A-Z]+) (\S+)" (\d{3}) ', log):
        if status < "400" and method in ("GET", "POST"):
            try:
                found.add(str(places.match(path, method)[0]))
            except HTTPException:
                continue
    return found


class Faulty(BaseHTTPRequestHandler):
    """Breaks at one address and has no headers at the other."""

    def do_GET(self) -> None:
        self.send_response(500 if self.path.startswith("/breaks") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_TRACE = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def test_a_fault_and_missing_headers_are_found(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    plain = {"get": {"parameters": [], "responses": {"default": {"description": "an answer"}}}}
    told = {"openapi": "3.1.0", "info": {"title": "faulty", "version": "1"}, "paths": {"/breaks": plain, "/bare": plain}}
    try:
        done = tried(tmp_path, told, f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert done.returncode == 1 and "200 without" in done.stdout, done.stdout[-3000:]
    assert re.search(r"500 at \w+ /breaks", done.stdout), done.stdout[-3000:]
