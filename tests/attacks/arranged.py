"""A person with one of everything: a run that was walked, a link to it, a saved target, a room, an opened gateway, a lesson."""

from __future__ import annotations

import re

from attacks.crawler import Crawl
from flask import Flask
from robot import HttpUser, Move
from walker import practice_visit, walk

PASSWORD = "correct-horse-battery"
CODE = re.compile(r'class="join-code">\s*([^<]+)<')


def arranged(base: str, practice: str, app: Flask, target: str = "") -> Crawl:
    """Sign in where it is asked, walk, and press one of each form that is found on the way. `app` only lends its url map."""
    user = HttpUser(base)
    sign_in(user)
    target = target or f"{practice}/mcp/linear-v1"
    user.start({"target": target, "scope": ""})
    walk(user, practice_visit, until=frozenset({"connected", "done", "failed"}))
    words = {"target": target, "title": "a room", "name": "a name", "pick": "the-open-door"}
    crawl = Crawl(user, app, words).go(user.page.url)
    if found := CODE.search(crawl.texts.get("rooms.board", "")):
        crawl.words |= {"code": found[1].strip()}
        crawl.pressed.pop("join.join", None)
        crawl.go()
    return crawl


def sign_in(user: HttpUser) -> None:
    """Type the shared password where the app asks for it."""
    for form in user.send(Move("GET", f"{user.base}/")).forms:
        if "password" in form.fields:
            form.values["password"] = PASSWORD
            user.send(form)
