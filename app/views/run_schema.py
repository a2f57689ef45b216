"""The JSON Schema (draft 2020-12) of a run's JSON twin, served at /schema/run-1.json. Members may be added; these stay."""

from __future__ import annotations

from typing import Any

from app.flow.steps import NAMES

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1}
NAME: dict[str, Any] = {"enum": ["", *NAMES]}
CODE: dict[str, Any] = {"type": "string", "pattern": "^[a-z_]+\\.[a-z0-9_]+$"}


def _object(about: str, **members: Any) -> dict[str, Any]:
    return {"type": "object", "description": about, "properties": members, "required": list(members)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _or_null(kind: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [kind, {"type": "null"}]}


STEP = _object(
    "One of the twelve steps.",
    name={"enum": list(NAMES)},
    state={"enum": ["todo", "now", "done", "skipped", "refused", "interrupted"]},
    verdict={"enum": ["ok", "note", "warn", "stop", None], "description": "null where nothing was judged"},
    reason=TEXT,
)
FINDING = _object(
    "One sentence with its evidence.",
    code={**CODE, "description": "stable; /checks/<code> explains it"},
    level={"enum": ["STOP", "WARN", "NOTE"]},
    step=TEXT,
    entry={"type": "integer", "minimum": 0, "description": "the entry that it is about"},
    says=TEXT,
    expected=TEXT,
    spec=_object("The clause.", name=TEXT, url={"type": "string", "format": "uri"}),
    fix=_object("Who changes what.", operator=TEXT, client=TEXT),
)
EXCHANGE = _object(
    "One request and its answer or failure.",
    seq=NUMBER,
    step=NAME,
    why=TEXT,
    method=TEXT,
    url={"type": "string", "description": "masked"},
    status={"anyOf": [{"type": "integer", "minimum": 100, "maximum": 999}, {"type": "null"}]},
    failure={**_or_null(TEXT), "description": "what came instead of an answer: the slug of transport.<slug>"},
    ms={"type": "number", "minimum": 0},
)
LEG = _object(
    "A part that the person's own browser walked.",
    seq=NUMBER,
    kind={"enum": ["authorize", "callback"]},
    url={"type": "string", "description": "masked"},
    at={"type": "string", "format": "date-time"},
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:mcp-flow-explorer:run:1",
    "title": "A run of MCP Flow Explorer, masked",
    **_object(
        "Secrets are replaced by labels such as access#3f9a; equal values have equal labels.",
        schema_version={"const": 1},
        id=TEXT,
        target=TEXT,
        revision=TEXT,
        state={"enum": ["ready", "running", "authorize", "stepup", "connect", "connected", "done", "failed"]},
        step={**NAME, "description": "the step that the run stands before; empty at its end"},
        problem={**_or_null(CODE), "description": "the code of the main finding"},
        steps={**_list(STEP), "minItems": len(NAMES), "maxItems": len(NAMES)},
        findings=_list(FINDING),
        exchanges=_list(EXCHANGE),
        legs=_list(LEG),
    ),
}
