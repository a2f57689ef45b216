"""The spots at which a gateway may answer something else instead, and which of them a request is at.

`resource_metadata`, `server_metadata`, `register`, `authorize`, `revoke`; at the token endpoint `token` and `refresh` by the grant type;
at an MCP route `challenge` without a token, else `call <method>` and `call` for every method.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import request

from app.practice.gateway import Gateway, Instead
from app.practice.reading import body, json_value, parameters


def instead_at(gateway: Gateway, endpoint: str) -> Instead | None:
    """What this request is answered by in place of the right answer, or None. `endpoint` is the rule's name."""
    if not gateway.instead:
        return None
    return next((gateway.instead[spot] for spot in _spots(endpoint) if spot in gateway.instead), None)


def _spots(endpoint: str) -> Iterator[str]:
    if endpoint == "token":
        yield "refresh" if _is_refresh() else "token"
    elif endpoint == "mcp" and request.headers.get("Authorization"):
        yield f"call {_method()}"
        yield "call"
    else:
        yield "challenge" if endpoint == "mcp" else endpoint


def _is_refresh() -> bool:
    try:
        return parameters(body())[0].get("grant_type") == "refresh_token"
    except ValueError:
        return False


def _method() -> str:
    try:
        message = json_value(body())
    except ValueError:
        return ""
    return str(message.get("method", "")) if isinstance(message, dict) else ""
