"""Faults of the token endpoint."""

from __future__ import annotations

from app.practice.faults.model import Fault, at, with_values

FAULTS = (
    Fault("code-expires-at-once", "Authorization codes expire at once", "token", "token.code_expired", with_values(code_seconds=0)),
    Fault(
        "backend-down",
        "The server behind the gateway is down",
        "mcp",
        "call.backend_broke",
        at("call", 502, {"error": "bad_gateway"}),
    ),
)
