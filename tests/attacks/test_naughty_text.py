"""Strings that have broken something somewhere, in every text field of every form: a sentence or a run, never a fault of ours."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from attacks.naughty_corpus import NAUGHTY
from browsers import Browser
from every_route import every_route
from flask import Flask
from robot import Move, Page

FORM_PAGES = ("/", "/import", "/checks", "/join", "/rooms", "/lessons", "/practice/faults")
LEFT_OUT = ("/runs", "/forget-everything")
LIVE = re.compile(r"<script>window|<svg/onload|<img src=x|<a href=.?javascript|<plaintext")


def forms_of(ada: Browser, paths: tuple[str, ...]) -> list[Move]:
    """Every POST form that these pages show, one of each address."""
    found: dict[str, Move] = {}
    for path in paths:
        for form in Page(ada.base + path, ada.get(path).text).forms:
            if form.method == "POST" and form.fields:
                found.setdefault(f"{form.url} {sorted(form.fields)}", form)
    return list(found.values())


@pytest.fixture
def ada(make_app: Callable[..., Flask]) -> Browser:
    """Somebody whom no brake on runs stops."""
    return Browser(make_app(new_runs_per_minute=0, runs_per_browser=0))


def judge(ada: Browser, where: str) -> None:
    answer = ada.answer
    assert answer.status_code < 500 or "Retry-After" in answer.headers, (where, answer.text[:1500])
    if answer.content_type != "application/zip":
        assert not LIVE.search(answer.text), where
    assert not (answer.location or "").startswith(("//", "http://evil", "javascript")), where


@pytest.mark.attack("B2")
@pytest.mark.parametrize("kind", NAUGHTY)
def test_the_start_form_takes_or_refuses_it_in_words(ada: Browser, kind: str) -> None:
    form = Page(ada.base, ada.get("/").text).moves["new"]
    sound = {"target": "https://gw.example/mcp/one", "revision": "auto", "registration": "auto", "client_auth": "auto"}
    for text in NAUGHTY[kind]:
        for values in (dict.fromkeys(form.fields, text), dict.fromkeys(form.fields, text) | sound, sound | {"scope": text}):
            status = ada.post("/runs", values).status_code
            judge(ada, f"{text[:40]!r}")
            assert status in (303, 400, 413), text[:40]
            if status == 303:
                ada.get(ada.answer.location)
                judge(ada, f"the page of {text[:40]!r}")


@pytest.mark.attack("B2")
@pytest.mark.parametrize("kind", NAUGHTY)
def test_every_other_form_does_too(ada: Browser, kind: str) -> None:
    ada.start()
    forms = [form for form in forms_of(ada, (*FORM_PAGES, f"/runs/{ada.run_id}/share")) if not form.url.endswith(LEFT_OUT)]
    assert len(forms) >= 6, [form.url for form in forms]
    for text in NAUGHTY[kind][::3]:
        for form in forms:
            ada.post(form.url, {**form.values, **dict.fromkeys(form.fields, text)})
            judge(ada, f"{form.url} with {text[:40]!r}")


@pytest.mark.attack("B2", "B5")
def test_every_address_takes_it_as_a_parameter(ada: Browser) -> None:
    ada.start()
    names = ("target", "filter", "page", "q", "next", "fault", "profile", "left", "right", "code", "error", "iss", "action")
    texts = [texts[-1][:400] for texts in NAUGHTY.values()]
    for rule, method, path in every_route(ada.app):
        if method == "GET" and not rule.endpoint.startswith(("practice.", "static")):
            for text in texts[len(rule.rule) % 3 :: 3]:
                ada.get(path.replace("/runs/x", f"/runs/{ada.run_id}"), query_string=dict.fromkeys(names, text))
                judge(ada, f"{rule.rule} with {text[:40]!r}")
