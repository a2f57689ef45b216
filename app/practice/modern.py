"""The methods as the revision 2026-07-28 has them: stateless, described by headers and `_meta`, no initialize."""

from __future__ import annotations

import base64
import binascii

from flask import request

from app.practice import connections, tools
from app.practice.bearer import Access, need
from app.practice.desk import Desk, RpcRefusal
from app.practice.gateway import Route
from app.practice.legacy import INSTRUCTIONS, SERVER, VERSIONS, wanted_tool
from app.practice.opaque import digest, equal
from app.practice.rpc import CAPABILITY_MISSING, HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, VERSION_UNSUPPORTED, Message

VERSION = "2026-07-28"
SUPPORTED = (VERSION, *VERSIONS)
PREFIX = "io.modelcontextprotocol/"
NAMED = {"tools/call": "name", "resources/read": "uri", "prompts/get": "name"}  # what Mcp-Name mirrors
CACHED = {"ttlMs": 0, "cacheScope": "private"}
REQUIRED: dict[str, object] = {"elicitation": {"url": {}}}


def is_modern(message: Message) -> bool:
    """A dual-era server goes by how the client opens: `_meta` is modern, a bare initialize is legacy whatever its headers."""
    if f"{PREFIX}protocolVersion" in message.meta:
        return True
    return request.headers.get("MCP-Protocol-Version") == VERSION and message.method != "initialize"


def check(message: Message) -> None:
    """Refuse a request whose headers and `_meta` do not agree or are not whole (streamable HTTP, server validation)."""
    header, version = request.headers.get("MCP-Protocol-Version"), message.meta.get(f"{PREFIX}protocolVersion")
    if version is None:
        raise _wrong_params(f"_meta needs {PREFIX}protocolVersion.")
    if header != version:
        raise _mismatch("MCP-Protocol-Version", header)
    if header != VERSION:
        raise RpcRefusal(VERSION_UNSUPPORTED, "Unsupported protocol version", 400, {"supported": list(SUPPORTED), "requested": header})
    if not isinstance(message.meta.get(f"{PREFIX}clientCapabilities"), dict):
        raise _wrong_params(f"_meta needs {PREFIX}clientCapabilities, an object.")
    _check_mirrors(message)


def answer(desk: Desk, route: Route, access: Access, message: Message) -> dict[str, object]:
    """The result of a request that `check` let through. Raises RpcRefusal, or BearerRefusal."""
    match message.method:
        case "server/discover":
            found: dict[str, object] = {"supportedVersions": list(SUPPORTED), "capabilities": {"tools": {}}, "instructions": INSTRUCTIONS}
            return _complete(found | CACHED)
        case "tools/list":
            return _complete({"tools": tools.listing() if desk.gateway.lists_tools else []} | CACHED)
        case "tools/call":
            return _call(desk, route, access, message)
        case _:
            raise RpcRefusal(METHOD_NOT_FOUND, "This gateway does not have that method.", 404)


def _call(desk: Desk, route: Route, access: Access, message: Message) -> dict[str, object]:
    tool, arguments = wanted_tool(message)
    need(desk, route, access, *tool.scopes)
    if not tool.upstream or connections.is_connected(desk, access.account, route.upstream):
        return _complete(tools.run(tool, arguments))
    if "requestState" in message.params and not _echoed(desk, route, access, message):
        raise _wrong_params("requestState is not one that this account was given for this call.")
    if _declined(message):
        return _complete({"content": [{"type": "text", "text": "The person did not connect the upstream."}], "isError": True})
    return _ask_to_connect(desk, route, access, message)


def _ask_to_connect(desk: Desk, route: Route, access: Access, message: Message) -> dict[str, object]:
    """Ask for the upstream by a link (multi round-trip requests); -32042 must not be sent any more."""
    if not _takes_links(message):
        raise RpcRefusal(CAPABILITY_MISSING, "Declare elicitation by url to go on.", 400, {"requiredCapabilities": REQUIRED})
    upstream = route.upstream
    ticket = connections.issue_ticket(desk, access.account, upstream)
    url, says = connections.connect_url(desk, upstream, ticket), f"Connect {upstream.title} to go on."
    asked = {"method": "elicitation/create", "params": {"mode": "url", "url": url, "message": says}}
    return {"resultType": "input_required", "inputRequests": {f"connect-{upstream.name}": asked}, "requestState": _state(message, ticket)}


def _state(message: Message, ticket: str) -> str:
    """The ticket, tied to this tool. It alone opens nothing: account and expiry are kept with the ticket."""
    return f"{ticket}.{digest(ticket, str(message.params.get('name')))}"


def _echoed(desk: Desk, route: Route, access: Access, message: Message) -> bool:
    state = message.params["requestState"]
    if not isinstance(state, str):
        return False
    ticket = state.partition(".")[0]
    stored = connections.find_ticket(desk, ticket, route.upstream) if ticket.isascii() else None
    return stored is not None and stored.account == access.account and equal(state, _state(message, ticket))


def _declined(message: Message) -> bool:
    responses = message.params.get("inputResponses")
    answers = responses.values() if isinstance(responses, dict) else ()
    return any(isinstance(given, dict) and given.get("action") in ("decline", "cancel") for given in answers)


def _takes_links(message: Message) -> bool:
    declared = message.meta[f"{PREFIX}clientCapabilities"]
    elicitation = declared.get("elicitation") if isinstance(declared, dict) else None
    return isinstance(elicitation, dict) and "url" in elicitation


def _check_mirrors(message: Message) -> None:
    if request.headers.get("Mcp-Method") != message.method:
        raise _mismatch("Mcp-Method", request.headers.get("Mcp-Method"))
    if message.method not in NAMED:
        return
    sent = request.headers.get("Mcp-Name")
    if sent is None or _decoded(sent) != message.params.get(NAMED[message.method]):
        raise _mismatch("Mcp-Name", sent)


def _decoded(value: str) -> str:
    """A header value, out of its Base64 form where it has that (streamable HTTP, value encoding)."""
    if not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[9:-2], validate=True).decode()
    except (binascii.Error, ValueError):
        raise _mismatch("Mcp-Name", value) from None


def _complete(value: dict[str, object]) -> dict[str, object]:
    return {"resultType": "complete", "_meta": {f"{PREFIX}serverInfo": SERVER}} | value


def _mismatch(header: str, value: str | None) -> RpcRefusal:
    says = f"Header mismatch: {header} is missing." if value is None else f"Header mismatch: {header} differs from the body."
    return RpcRefusal(HEADER_MISMATCH, says, 400)


def _wrong_params(says: str) -> RpcRefusal:
    return RpcRefusal(INVALID_PARAMS, says, 400)
