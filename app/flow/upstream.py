"""An answer that asks the person to open a link first: -32042 (SEP-1036), input_required (SEP-2322), and a vendor's shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.flow.facts import Connect
from app.flow.mcp import rpc_error, rpc_result
from app.wire.messages import Exchange

URL_REQUIRED = -32042


def connect_of(exchange: Exchange, seq: int) -> Connect | None:
    """What must be opened, or None."""
    error = rpc_error(exchange)
    if error.get("code") == URL_REQUIRED:
        return _from_error(error, seq)
    result = rpc_result(exchange) or {}
    return _from_result(result, seq) if result.get("resultType") == "input_required" else None


def _from_error(error: Mapping[str, Any], seq: int) -> Connect:
    held = error.get("data")
    told: Mapping[str, Any] = held if isinstance(held, dict) else {}
    listed = told.get("elicitations")
    elicited = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    urls = [e.get("url") for e in elicited] or [told.get("authUrl"), told.get("url")]
    messages = [error.get("message"), *(e.get("message") for e in elicited)]
    return Connect(str(URL_REQUIRED), _urls(urls), _first_text(messages), _first_text([told.get("state")]), entry=seq)


def _from_result(result: Mapping[str, Any], seq: int) -> Connect:
    asked = result.get("inputRequests")
    requests: Mapping[str, Any] = asked if isinstance(asked, dict) else {}
    params = {k: r.get("params") for k, r in requests.items() if isinstance(r, dict)}
    by_url = {k: p for k, p in params.items() if isinstance(p, dict) and p.get("mode") == "url"}
    held = result.get("requestState")
    return Connect(
        "input_required",
        _urls([p.get("url") for p in by_url.values()]),
        _first_text([p.get("message") for p in by_url.values()]),
        keys=tuple(by_url),
        request_state=held if isinstance(held, str) else "",
        entry=seq,
    )


def _urls(values: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for v in values if isinstance(v, str) and v))


def _first_text(values: list[Any]) -> str:
    return next((v for v in values if isinstance(v, str) and v), "")
