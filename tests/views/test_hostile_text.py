"""Text of strangers on every page: it stays text."""

from __future__ import annotations

import json

import healthy
import pytest
from page_marks import Marks, page_of, twin_of
from tape import TARGET, Tape, answer, choice, result, rpc, run_of, take

from app.checks import engine
from app.flow.log import Leg, Run
from app.settings import Settings
from app.views.exchange_page import exchange_page
from app.views.visible import is_web_link, shortened, visible
from app.wire.messages import Exchange

PAYLOADS = {
    "script": "<script>window.pwned=1</script>",
    "attribute": "\"' onmouseover=window.pwned=1 x='",
    "script end": "</script><img src=x onerror=window.pwned=1>",
    "style end": "</style></textarea></title><svg onload=window.pwned=1>",
    "template": "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "beacon": "<img src='http://127.0.0.1:9/beacon'><meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "htmx": "<div hx-get='/x' hx-trigger='load' hx-nonce='nonce-of-this-page'></div>",
    "bidi": "a\u202egnp.exe\u202c\u2066\u200b\ufeff",
    "controls": "a\x00b\x1b[31mc\x08d\x85e",
    "half a character": "a\ud800b",
    "long": "W" * 20_000,
    "zalgo": "a" + "\u0301" * 500,
    "label": "access#3f9a <b>",
}


def hostile_walk(payload: str) -> Tape:
    header = payload.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")
    tool = {
        "name": payload,
        "title": payload,
        "description": payload,
        "annotations": {payload: payload},
        "inputSchema": {"required": [payload]},
    }
    called = rpc("call", "tools/list", answer(200, result({"tools": [tool]}), f"X-{header[:30].strip(': ')}: {header}"), "access-1")
    refused = answer(400, {"error": payload, "error_description": payload, payload: [payload]}, f"Location: {header}")
    refused = refused.replace(b" Bad Request", b" " + payload.encode("utf-8", "replace")[:200].replace(b"\n", b""))
    return (
        *healthy.walk_to("call"),
        *take("call", *healthy.walk_through("call")[len(healthy.walk_to("call")) + 1 : -2], called),
        choice("edit", "refresh", step="refresh", set_params=[[payload, payload]], named=payload),
        *take("refresh", healthy.refreshed(refused), outcome="failed", reason=payload),
    )


@pytest.fixture(params=PAYLOADS.values(), ids=PAYLOADS)
def hostile(request: pytest.FixtureRequest) -> Run:
    run = run_of(hostile_walk(request.param))
    run.append(
        Leg("callback", f"http://127.0.0.1:8000/callback?error={request.param}&{request.param}=1"), step="callback", why=request.param
    )
    return run


def allowed_scripts(page: Marks) -> bool:
    return all(attrs.get("src", "").startswith("/static/") for tag, attrs in page.tags if tag == "script")


def check(html: str) -> None:
    html.encode("utf-8")
    page = Marks(html)
    assert allowed_scripts(page)
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
    assert not [attrs for tag, attrs in page.tags if tag == "img" and not attrs["src"].startswith("/static/")]
    assert not [tag for tag, _ in page.tags if tag in ("iframe", "object", "embed", "base", "style")]
    assert [attrs for tag, attrs in page.tags if tag == "meta" and attrs.get("http-equiv")] == []
    assert not page.holders("hx-get")
    assert "49" not in [text.strip() for text in page.text]
    every = "".join(page.text) + "".join(v for _, a in page.tags for v in a.values())
    assert not set("\u202e\u2066\u200b\ufeff\x00\x1b\x08\x85") & set(every)
    assert len(html) < 1_000_000


@pytest.mark.attack("X1")
def test_hostile_text_is_inert_on_the_run_page(hostile: Run, render) -> None:  # type: ignore[no-untyped-def]
    check(render("run", page_of(hostile)))


def test_hostile_text_is_inert_on_each_exchange(hostile: Run, render) -> None:  # type: ignore[no-untyped-def]
    findings = engine.examine(hostile)
    for entry in hostile.entries:
        if isinstance(entry.body, Exchange):
            check(render("exchange", exchange_page(hostile, entry, findings, settings=Settings())))


def test_the_hostile_text_is_really_there(render) -> None:  # type: ignore[no-untyped-def]
    page = Marks(render("run", page_of(run_of(hostile_walk(PAYLOADS["script"])))))
    assert "".join(page.text).count(PAYLOADS["script"]) >= 5
    with pytest.raises(AssertionError):
        check(f"<html><body>{PAYLOADS['script']}")


def test_a_twin_of_hostile_text_is_json(hostile: Run) -> None:
    assert json.loads(json.dumps(twin_of(hostile)))["id"] == "r1"


NO_LINKS = (
    "javascript:alert(1)",
    "data:text/html,x",
    "JaVaScRiPt:1",
    "//x.example/",
    "http:///x",
    "https://a b/",
    "https://x/\u202e",
    "http://[x",
)


@pytest.mark.attack("X4")
@pytest.mark.parametrize("url", NO_LINKS)
def test_such_an_address_never_becomes_a_link(url: str, render) -> None:  # type: ignore[no-untyped-def]
    assert not is_web_link(url)
    error = {"jsonrpc": "2.0", "id": "9", "error": {"code": -32042, "message": "m", "data": {"authUrl": url}}}
    run = run_of((*healthy.walk_to("call"), *take("call", rpc("call", "tools/call", answer(200, error), "access-1"), outcome="failed")))
    page = Marks(render("run", page_of(run)))
    assert url not in [attrs.get("href") for _, attrs in page.tags]
    assert "connect" not in page.values("data-action")


def test_a_connect_link_shows_its_host_and_hides_its_ticket(render) -> None:  # type: ignore[no-untyped-def]
    url = "https://gw.example/auth/connect?browserTicket=ticket-value-1"
    error = {"jsonrpc": "2.0", "id": "9", "error": {"code": -32042, "message": f"open {url}", "data": {"authUrl": url}}}
    run = run_of((*healthy.walk_to("call"), *take("call", rpc("call", "tools/call", answer(200, error), "access-1"), outcome="failed")))
    page = Marks(render("run", page_of(run)))
    links = [attrs for tag, attrs in page.holders("data-action") if attrs["data-action"] == "connect"]
    assert [(link["href"], link["target"], link["rel"]) for link in links] == [(url, "_blank", "noopener noreferrer")]
    assert "ticket-value-1" not in "".join(page.text) and "Open gw.example" in "".join(page.text)


@pytest.mark.attack("X5")
def test_hidden_characters_are_written_out() -> None:
    assert visible("a\u202eb\x00c\r\nd\te") == "a‹U+202E›b‹U+0000›c\nd\te"
    assert visible("a\r\nb\tc", one_line=True) == "a‹LF›b‹TAB›c"
    assert visible("e" + "\u0301" * 9) == "e" + "\u0301" * 3 + "‹6 more marks›"
    assert visible("naïve 日本 é") == "naïve 日本 é"
    assert shortened("abcdef", 3) == "abc… (3 more characters)"


def test_a_target_may_hold_nothing_that_a_title_obeys() -> None:
    assert page_of(run_of(healthy.walk_to("probe"))).title == f"First request · {TARGET.split('/')[2]}"
