"""Changes that the person makes to a request before it is sent. A pure function of request and edit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from app.flow.facts import Edit
from app.wire.messages import Header, Request
from app.wire.parse.form import query_of, read_pairs, write_pairs
from app.wire.parse.json import read_json

Pairs = tuple[tuple[str, str], ...]


def edited_pairs(pairs: Pairs, edit: Edit | None) -> Pairs:
    """Drop, then change in place, then add at the end."""
    if edit is None:
        return pairs
    changes = dict(edit.set_params)
    kept = [(name, changes.pop(name, value)) for name, value in pairs if name not in edit.drop_params]
    return (*kept, *changes.items())


def edited(request: Request, edit: Edit | None) -> Request:
    """The request as the person wants it: form, JSON members or query, headers, URL."""
    if edit is None:
        return request
    request = replace(request, url=edit.url or request.url, headers=_headers(request.headers, edit))
    if not (edit.set_params or edit.drop_params):
        return request
    if request.method == "GET":
        return replace(request, url=_query(request.url, edit))
    if "json" in request.header("content-type"):
        return replace(request, body=_json(request.body, edit))
    return replace(request, body=write_pairs(edited_pairs(read_pairs(request.body.decode("latin-1")), edit)).encode())


def _headers(headers: tuple[Header, ...], edit: Edit) -> tuple[Header, ...]:
    dropped = {name.lower() for name in edit.drop_headers}
    changes = {name.lower(): (name, value) for name, value in edit.set_headers}
    kept = [changes.pop(n.lower(), (n, v)) for n, v in headers if n.lower() not in dropped]
    return (*kept, *changes.values())


def _query(url: str, edit: Edit) -> str:
    # by hand, for the URL comes from a gateway: a library may refuse it, and would rewrite the rest of it
    head = url.partition("#")[0].partition("?")[0]
    query = write_pairs(edited_pairs(read_pairs(query_of(url)), edit))
    return f"{head}?{query}" if query else head


def _json(body: bytes, edit: Edit) -> bytes:
    value = read_json(body).value
    members: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    for name in edit.drop_params:
        members.pop(name, None)
    members.update({name: _as_json(text) for name, text in edit.set_params})
    return json.dumps(members).encode()


def _as_json(text: str) -> Any:
    read = read_json(text.encode())
    return text if read.error else read.value


def parameters(request: Request) -> Pairs:
    """The parameters of a request as the person edits them: form fields, JSON members, query."""
    if request.method == "GET":
        return read_pairs(query_of(request.url))
    if "json" not in request.header("content-type"):
        return read_pairs(request.body.decode("latin-1"))
    value = read_json(request.body).value
    members = value.items() if isinstance(value, dict) else ()
    return tuple((name, item if isinstance(item, str) else json.dumps(item)) for name, item in members)
