"""HAR 1.2 as a JSON Schema of our own: what the format demands of each member, and nothing that it leaves open."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
SIZE: dict[str, Any] = {"type": "integer", "minimum": -1}
TIME: dict[str, Any] = {"type": "number", "minimum": -1}
SPENT: dict[str, Any] = {"type": "number", "minimum": 0}
STAMP: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)$"}
# members outside the format must begin with an underscore
OWN = {"^_": {}}


def _object(needed: dict[str, Any], free: dict[str, Any] | None = None) -> dict[str, Any]:
    members = {**needed, **(free or {}), "comment": TEXT}
    return {"type": "object", "required": list(needed), "properties": members, "patternProperties": OWN, "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


PAIR = _object({"name": TEXT, "value": TEXT})
COOKIE = _object(
    {"name": TEXT, "value": TEXT},
    {"path": TEXT, "domain": TEXT, "expires": TEXT, "httpOnly": {"type": "boolean"}, "secure": {"type": "boolean"}},
)
POSTED = _object({"mimeType": TEXT}, {"text": TEXT, "params": _list(PAIR)})
CONTENT = _object(
    {"size": {"type": "integer", "minimum": 0}, "mimeType": TEXT},
    {"compression": {"type": "integer"}, "text": TEXT, "encoding": {"const": "base64"}},
)
BOTH = {"httpVersion": TEXT, "cookies": _list(COOKIE), "headers": _list(PAIR), "headersSize": SIZE, "bodySize": SIZE}
REQUEST = _object(
    {
        "method": {"type": "string", "minLength": 1},
        "url": {"type": "string", "pattern": "^https?://[^#]*$"},
        "queryString": _list(PAIR),
        **BOTH,
    },
    {"postData": POSTED},
)
RESPONSE = _object({"status": {"type": "integer", "minimum": 0}, "statusText": TEXT, "content": CONTENT, "redirectURL": TEXT, **BOTH})
TIMINGS = _object({"send": SPENT, "wait": SPENT, "receive": SPENT}, {"blocked": TIME, "dns": TIME, "connect": TIME, "ssl": TIME})
ADDRESS = {"anyOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]}
ENTRY = _object(
    {"startedDateTime": STAMP, "time": SPENT, "request": REQUEST, "response": RESPONSE, "cache": {"type": "object"}, "timings": TIMINGS},
    {"pageref": TEXT, "serverIPAddress": ADDRESS, "connection": {"type": "string", "minLength": 1}},
)
PAGE = _object({"startedDateTime": STAMP, "id": TEXT, "title": TEXT, "pageTimings": _object({}, {"onContentLoad": TIME, "onLoad": TIME})})
LOG = _object(
    {"version": {"const": "1.2"}, "creator": _object({"name": TEXT, "version": TEXT}), "entries": _list(ENTRY)}, {"pages": _list(PAGE)}
)
HAR = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_object({"log": LOG})}
