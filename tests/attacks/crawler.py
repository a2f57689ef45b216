"""The whole url map, walked as a person would: links are followed and forms pressed once for each rule, until nothing new turns up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from robot import HttpUser, Move, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

HREF = re.compile(r"""(?:href|src|hx-get)=["']?([^"'\s>]+)""")
OTHER_ACTION = re.compile(r'formaction="([^"]+)"')
ENDS = ("moves.delete", "account.forget_everything", "account.sign_out", "rooms.purge", "saved.delete", "share.revoke")
ENDS += ("practice_pages.close", "practice_pages.forget", "rooms.act", "start.restart", "login.enter")


@dataclass
class Crawl:
    """`pages` holds one URL of each endpoint that a GET answered, `forms` one of each that a form was sent to,
    `values` what stood in each place of a path."""

    user: HttpUser
    app: Flask
    words: dict[str, str] = field(default_factory=dict)  # what to type into a field of this name
    pages: dict[str, str] = field(default_factory=dict)
    forms: dict[str, Move] = field(default_factory=dict)
    queries: dict[str, set[str]] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    pressed: dict[str, int] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    def go(self, *urls: str, most_rounds: int = 6) -> Crawl:
        """Follow what these addresses and those without arguments lead to; press what was found there, and follow again."""
        self.waiting += [urljoin(self.user.base, url) for url in (*urls, *self._bare())]
        for _ in range(most_rounds):
            self._follow()
            if not self._press():
                break
        return self

    def words_for(self, form: Move) -> dict[str, str]:
        """What a person would type into this form."""
        return {name: word for name, word in self.words.items() if name in form.fields}

    def rule_of(self, method: str, url: str) -> tuple[str, dict[str, Any]]:
        """Endpoint and values of an address of this app; an empty endpoint for others."""
        parts = urlsplit(url)
        if parts.netloc.replace("localhost", "127.0.0.1") != urlsplit(self.user.base).netloc.replace("localhost", "127.0.0.1"):
            return "", {}
        try:
            endpoint, values = self._map().match(parts.path or "/", method)
        except (HTTPException, RequestRedirect):
            return "", {}
        return str(endpoint), dict(values)

    def _map(self) -> MapAdapter:
        return self.app.url_map.bind("")

    def _bare(self) -> list[str]:
        rules = (rule for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments)
        return [rule.rule for rule in rules if not rule.build_only and not rule.endpoint.startswith("practice.")]

    def _follow(self) -> None:
        while self.waiting:
            url = self.waiting.pop().split("#")[0]
            endpoint, values = self.rule_of("GET", url)
            for name, value in values.items():
                self.values.setdefault(name, set()).add(str(value))
            if not endpoint or endpoint == "static" or endpoint in self.pages:
                continue
            self.pages[endpoint] = url
            self._read(url, endpoint)

    def _read(self, url: str, endpoint: str) -> None:
        answer = self.user.session.get(url, timeout=30, allow_redirects=False)
        self.texts[endpoint] = answer.text
        if "Location" in answer.headers:
            self.waiting.append(urljoin(url, answer.headers["Location"]))
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return
        self.waiting += [urljoin(url, unescape(found)) for found in HREF.findall(self.texts[endpoint])]
        forms = Page(url, self.texts[endpoint]).forms
        for other in OTHER_ACTION.findall(self.texts[endpoint]):  # a second button of the page's main form
            main = max(forms, key=lambda form: len(form.fields))
            forms.append(Move("POST", urljoin(url, other), main.values, set(main.fields), texts=set(main.texts)))
        for form in forms:
            target, values = self.rule_of(form.method, form.url)
            for name, value in values.items():
                self.values.setdefault(name, set()).add(str(value))
            if form.method == "POST" and target:
                kept = self.forms.setdefault(target, form)
                kept.texts |= form.texts
                kept.fields |= form.fields | {name for name, _ in form.buttons if name}
            elif target:
                self.queries.setdefault(target, set()).update(form.fields)

    def _press(self) -> bool:
        """Press what was not pressed yet. What was pressed may change any page, so all are looked at again."""
        new = [endpoint for endpoint in self.forms if endpoint not in self.pressed and endpoint not in ENDS]
        for endpoint in new:
            form = self.forms[endpoint]
            defaults = {name: value for name, value in form.values.items() if value}
            defaults |= self.words_for(form)
            words = {name: "on" for name in form.fields} | defaults
            answers = (self.user.session.post(form.url, sent, timeout=30, allow_redirects=False) for sent in (defaults, words))
            answer = next((one for one in answers if one.status_code < 400), None)
            self.pressed[endpoint] = answer.status_code if answer is not None else 400
            if answer is not None and "Location" in answer.headers:
                self.waiting.append(urljoin(form.url, answer.headers["Location"]))
        if new:
            self.waiting += [*self.pages.values()]
            self.pages.clear()
        return bool(new)
