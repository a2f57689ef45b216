"""The MCP endpoint of a route. Authorization comes first, then the message, as in most gateways."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, request

from app.practice import legacy, modern, rpc
from app.practice.answers import json_answer
from app.practice.bearer import NOBODY, Access, admit, need
from app.practice.desk import Desk, RpcRefusal
from app.practice.gateway import LOOPBACK_HOSTS, Route
from app.practice.rpc import INVALID_REQUEST, Message
from app.practice.spots import method_sent


def mcp(desk: Desk, route: str) -> Response:
    """Answer one POST. Raises BearerRefusal."""
    known = desk.gateway.route(route)
    if known is None:
        return json_answer({"error": "not_found", "error_description": "This gateway has no such MCP route."}, 404)
    access = _admit(desk, known)
    try:
        _check_origin(desk)
        rpc.check_accept()
        message = rpc.read_message()
    except RpcRefusal as refusal:
        return rpc.error(refusal, None)
    try:
        return _answer(desk, known, access, message)
    except RpcRefusal as refusal:
        return rpc.error(refusal, message.id)


def _admit(desk: Desk, route: Route) -> Access:
    gateway, method = desk.gateway, method_sent() if desk.gateway.open_methods or desk.gateway.method_scopes else ""
    if not request.headers.get("Authorization") and {method, "*"} & set(gateway.open_methods):
        return Access(NOBODY, frozenset(gateway.scopes))
    access = admit(desk, route)
    need(desk, route, access, *gateway.resource_scopes, *gateway.method_scopes.get(method, ()))
    return access


def _answer(desk: Desk, route: Route, access: Access, message: Message) -> Response:
    era_is_modern = modern.is_modern(message)
    if era_is_modern and message.id is not None:
        modern.check(message)
    elif not era_is_modern:
        legacy.check_version(request.headers.get("MCP-Protocol-Version"), modern.SUPPORTED)
    if message.id is None or not message.method:
        return rpc.accepted()
    answer = modern.answer if era_is_modern else legacy.answer
    return rpc.result(desk.gateway, message, answer(desk, route, access, message))


def _check_origin(desk: Desk) -> None:
    """Streamable HTTP: an Origin that is not ours may be DNS rebinding. A gateway on loopback serves loopback pages."""
    origin = request.headers.get("Origin")
    if origin is None or origin in (desk.gateway.origin, desk.explorer_url):
        return
    try:
        host = urlsplit(origin).hostname
    except ValueError:
        host = None
    if not (desk.gateway.on_loopback and host in LOOPBACK_HOSTS):
        raise RpcRefusal(INVALID_REQUEST, "This Origin may not call the route.", 403)
