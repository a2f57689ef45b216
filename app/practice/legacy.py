"""The methods as the revisions up to 2025-11-25 have them. No session id is given out: the gateway keeps no session."""

from __future__ import annotations

import secrets

from app.practice import connections, tools
from app.practice.bearer import Access, need
from app.practice.desk import Desk, RpcRefusal
from app.practice.gateway import Route
from app.practice.rpc import CONNECT_REQUIRED, INVALID_PARAMS, METHOD_NOT_FOUND, VERSION_UNSUPPORTED, Message

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26")
SERVER = {"name": "practice-gateway", "title": "Practice gateway", "version": "1.0.0"}
INSTRUCTIONS = "A practice gateway: nothing here is real, every tool is harmless."


def answer(desk: Desk, route: Route, access: Access, message: Message) -> dict[str, object]:
    """The result of a request. Raises RpcRefusal, or BearerRefusal for a tool that needs more scope."""
    match message.method:
        case "initialize":
            return _initialize(desk, route, access, message)
        case "ping":
            return {}
        case "tools/list":
            return {"tools": tools.listing() if desk.gateway.lists_tools else []}
        case "tools/call":
            return _call(desk, route, access, message)
        case _:
            raise RpcRefusal(METHOD_NOT_FOUND, "This gateway does not have that method.")


def check_version(header: str | None, supported: tuple[str, ...]) -> None:
    """An unknown MCP-Protocol-Version is a 400; a missing one means 2025-03-26."""
    if header is not None and header not in supported:
        raise RpcRefusal(VERSION_UNSUPPORTED, "Unsupported protocol version", 400, {"supported": list(supported), "requested": header})


def wanted_tool(message: Message) -> tuple[tools.Tool, dict[str, object]]:
    """The tool and the arguments of a tools/call. Raises RpcRefusal."""
    tool, arguments = tools.find(message.params.get("name")), message.params.get("arguments", {})
    if tool is None:
        raise RpcRefusal(INVALID_PARAMS, f"Unknown tool name: call one of {', '.join(one.name for one in tools.TOOLS)}")
    if not isinstance(arguments, dict):
        raise RpcRefusal(INVALID_PARAMS, "arguments must be an object.")
    return tool, arguments


def _initialize(desk: Desk, route: Route, access: Access, message: Message) -> dict[str, object]:
    version = message.params.get("protocolVersion")
    if not isinstance(version, str):
        raise RpcRefusal(INVALID_PARAMS, "protocolVersion is missing.")
    if route.upstream.asked == "consent":
        _need_connection(desk, route, access)
    chosen = version if version in VERSIONS else VERSIONS[0]
    return {"protocolVersion": chosen, "capabilities": {"tools": {}}, "serverInfo": SERVER, "instructions": INSTRUCTIONS}


def _call(desk: Desk, route: Route, access: Access, message: Message) -> dict[str, object]:
    tool, arguments = wanted_tool(message)
    need(desk, route, access, *tool.scopes)
    if tool.upstream:
        _need_connection(desk, route, access)
    return tools.run(tool, arguments)


def _need_connection(desk: Desk, route: Route, access: Access) -> None:
    """MCP 2025-11-25 names `elicitations`; the other members are what a vendor's clients read."""
    upstream = route.upstream
    if connections.is_connected(desk, access.account, upstream):
        return
    url = connections.connect_url(desk, upstream, connections.issue_ticket(desk, access.account, upstream))
    says = f"Connect {upstream.title} to go on."
    asked = {"mode": "url", "elicitationId": secrets.token_urlsafe(12), "url": url, "message": says}
    vendor: dict[str, object] = {"state": "authenticating", "authUrl": url, "nextAction": "redirect", "upstreamServerId": upstream.name}
    raise RpcRefusal(CONNECT_REQUIRED, says, 200, vendor | {"elicitations": [asked]})
