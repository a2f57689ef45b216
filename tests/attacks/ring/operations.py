"""An OpenAPI document of every address that the app answers: paths and methods from its url map, fields from what its views really
read and what its forms really send, values of places from a crawl. Nothing in it is written by hand."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from attacks.crawler import Crawl
from flask import Flask, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from app.practice.blueprint import OPENED, RULES

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
PLACE = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<words>[^)]*)\))?:)?(?P<name>\w+)>")
FORM = "application/x-www-form-urlencoded"
Read = dict[tuple[str, str], set[str]]


class Listening(ImmutableMultiDict[str, str]):
    """The parameters of a request, writing down which of them somebody asks for."""

    heard: set[str]

    def __getitem__(self, name: str) -> str:
        self.heard.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.heard.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, *args: Any, **options: Any) -> Any:
        self.heard.add(name)
        return super().get(name, *args, **options)

    def getlist(self, name: str, *args: Any, **options: Any) -> list[Any]:
        self.heard.add(name)
        return super().getlist(name, *args, **options)


def listen(app: Flask) -> tuple[Read, Read]:
    """Query and form parameters that came to the views of this app or were asked for, by endpoint and method."""
    queries: Read = {}
    forms: Read = {}

    def attach() -> None:
        key = (str(request.endpoint), request.method)
        request.get_data(cache=True, parse_form_data=False)  # some views read the bytes themselves
        asked = request._get_current_object()  # type: ignore[attr-defined]
        for name, read in (("args", queries), ("form", forms)):
            heard = Listening(getattr(asked, name))
            heard.heard = read.setdefault(key, set())
            heard.heard.update(heard.keys())
            asked.__dict__[name] = heard

    app.before_request(attach)
    return queries, forms


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """The app behind a real socket, in a thread of this process."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def document(app: Flask, crawl: Crawl, queries: Read, forms: Read, endpoints: Iterable[str]) -> dict[str, Any]:
    """The OpenAPI document of these endpoints."""
    chosen = set(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint in chosen and not rule.build_only:
            place = paths.setdefault(PLACE.sub(lambda found: f"{{{found['name']}}}", rule.rule), {})
            for method in methods_of(rule):
                key = (rule.endpoint, method)
                asked = queries.get(key, set()) | (crawl.queries.get(rule.endpoint, set()) if method == "GET" else set())
                sent = crawl.forms[rule.endpoint].fields if rule.endpoint in crawl.forms else set()
                place[method.lower()] = operation(rule, method, crawl, asked, forms.get(key, set()) | sent)
    return {"openapi": "3.1.0", "info": {"title": "every address", "version": "1"}, "paths": paths}


def methods_of(rule: Rule) -> list[str]:
    """What the address is there for. The practice gateways' addresses take every method, to refuse it in their own words."""
    views = {f"practice.{before}{one.name}": set(one.views) for one in RULES for before in ("", OPENED)}
    return sorted(views.get(rule.endpoint, (rule.methods or set()) - {"HEAD", "OPTIONS"}))


def operation(rule: Rule, method: str, crawl: Crawl, asked: set[str], sent: set[str]) -> dict[str, Any]:
    """One method of one address."""
    places = [
        {"name": found["name"], "in": "path", "required": True, "schema": place_schema(found, crawl)} for found in PLACE.finditer(rule.rule)
    ]
    query = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in sorted(asked)]
    told: dict[str, Any] = {
        "operationId": f"{rule.endpoint}:{method}",
        "parameters": [*places, *query],
        "responses": {"default": {"description": "an answer"}},
    }
    if method in UNSAFE:
        told["requestBody"] = {"content": {FORM: {"schema": form_schema(rule, crawl, sent)}}}
    return told


def place_schema(found: re.Match[str], crawl: Crawl) -> dict[str, Any]:
    """What stands there in real addresses. What does not, schemathesis makes by itself, as it tries wrong requests too."""
    if found["kind"] == "any":
        return {"enum": [word.strip() for word in found["words"].split(",")]}
    real = sorted(crawl.values.get(found["name"], set()))[:12]
    return {"enum": [int(one) for one in real] or [1]} if found["kind"] == "int" else {"enum": real or ["x"]}


def form_schema(rule: Rule, crawl: Crawl, sent: set[str]) -> dict[str, Any]:
    """Every field as the page would have sent it, or as any text."""
    shown = crawl.forms[rule.endpoint].values if rule.endpoint in crawl.forms else {}
    fields = {name: {"anyOf": [{"enum": [shown.get(name, "")]}, {"type": "string"}]} for name in sorted(sent)}
    return {"type": "object", "properties": fields, "additionalProperties": {"type": "string"}}
