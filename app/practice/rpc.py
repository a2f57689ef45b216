"""JSON-RPC as the routes speak it: one message in, one answer out, as JSON or as an event stream."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Response, request

from app.practice.answers import json_answer
from app.practice.desk import RpcRefusal
from app.practice.gateway import Gateway
from app.practice.reading import body, json_value

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
CONNECT_REQUIRED = -32042  # MCP 2025-11-25, URL elicitation required
HEADER_MISMATCH, CAPABILITY_MISSING, VERSION_UNSUPPORTED = -32020, -32021, -32022  # MCP 2026-07-28


@dataclass(frozen=True)
class Message:
    """A request, a notification (`id` is None) or a response of the client (`method` is empty)."""

    id: str | int | None
    method: str
    params: dict[str, object]

    @property
    def meta(self) -> dict[str, object]:
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}


def read_message() -> Message:
    """The message in the body. Raises RpcRefusal."""
    if request.mimetype != "application/json":
        raise RpcRefusal(INVALID_REQUEST, "Content-Type must be application/json.", 415)
    try:
        value = json_value(body())
    except ValueError:
        raise RpcRefusal(PARSE_ERROR, "The body is no JSON.", 400) from None
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise RpcRefusal(INVALID_REQUEST, "The body must be one JSON-RPC 2.0 message; batches are not taken.", 400)
    return _message(value)


def result(gateway: Gateway, message: Message, value: dict[str, object]) -> Response:
    """The answer to a request."""
    return _answer({"jsonrpc": "2.0", "id": message.id, "result": value}, 200, message.method in gateway.sse_methods)


def error(refusal: RpcRefusal, message_id: str | int | None) -> Response:
    """A JSON-RPC error; always JSON."""
    members: dict[str, object] = {"code": refusal.code, "message": refusal.says}
    if refusal.details is not None:
        members["data"] = refusal.details
    return _answer({"jsonrpc": "2.0", "id": message_id, "error": members}, refusal.status, stream=False)


def accepted() -> Response:
    """The answer to a notification."""
    return Response(status=202)


def check_accept() -> None:
    """Raise RpcRefusal where the client would take neither form of answer."""
    accepts = request.accept_mimetypes
    if accepts and not accepts["application/json"] and not accepts["text/event-stream"]:
        raise RpcRefusal(INVALID_REQUEST, "Accept must list application/json and text/event-stream.", 406)


def _answer(message: dict[str, object], status: int, stream: bool) -> Response:
    accepts = request.accept_mimetypes
    takes_json = not accepts or bool(accepts["application/json"])
    if status == 200 and accepts["text/event-stream"] and (stream or not takes_json):
        text = f"event: message\ndata: {json.dumps(message)}\n\n"
        return Response(text, headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    return json_answer(message, status)


def _message(value: dict[str, object]) -> Message:
    message_id, method, params = value.get("id"), value.get("method", ""), value.get("params", {})
    if not isinstance(method, str) or isinstance(message_id, bool) or not isinstance(message_id, str | int | None):
        raise RpcRefusal(INVALID_REQUEST, "method must be a string, id a string or an integer.", 400)
    if "id" in value and message_id is None:
        raise RpcRefusal(INVALID_REQUEST, "id must not be null.", 400)
    if not isinstance(params, dict):
        raise RpcRefusal(INVALID_PARAMS, "params must be an object.", 400)
    return Message(message_id, method, params)
