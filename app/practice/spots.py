"""The spots at which a gateway may answer something else instead, and which of them a request is at.

`resource_metadata`, `server_metadata`, `register`, `authorize`, `revoke`; at the token endpoint `token` and `refresh` by the grant type;
`every server_metadata` at all three locations of that document;
at an MCP route `challenge` without a token, else `call <method>` and `call` for every method.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from flask import request

from app.practice.gateway import Gateway, Instead
from app.practice.reading import body, json_value, parameters

T = TypeVar("T")


def at_spot(by_spot: Mapping[str, T], endpoint: str) -> T | None:
    """What a mapping by spot holds for this request, or None."""
    return next((by_spot[spot] for spot in _spots(endpoint) if spot in by_spot), None) if by_spot else None


def instead_at(gateway: Gateway, endpoint: str) -> Instead | None:
    """What this request is answered by in place of the right answer, or None. `endpoint` is the rule's name."""
    return at_spot(gateway.instead, endpoint)


def _spots(endpoint: str) -> Iterator[str]:
    if endpoint == "token":
        yield "refresh" if _is_refresh() else "token"
    elif endpoint in ("server_metadata", "oidc_inserted", "oidc_appended"):
        yield endpoint
        yield "every server_metadata"
    elif endpoint == "mcp" and request.headers.get("Authorization"):
        yield f"call {method_sent()}"
        yield "call"
    else:
        yield "challenge" if endpoint == "mcp" else endpoint


def _is_refresh() -> bool:
    try:
        return parameters(body())[0].get("grant_type") == "refresh_token"
    except ValueError:
        return False


def method_sent() -> str:
    """The method of the JSON-RPC message in the body, or an empty string."""
    try:
        message = json_value(body())
    except ValueError:
        return ""
    return str(message.get("method", "")) if isinstance(message, dict) else ""
