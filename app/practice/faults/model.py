"""What a fault and a profile are: a change of a gateway's values, and what a walk must find in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.practice.gateway import Gateway, Instead

Breaks = Callable[[Gateway], Gateway]

PLACES = {
    "challenge": "First contact",
    "resource_metadata": "Resource metadata",
    "server_metadata": "Authorization server metadata",
    "registration": "Registration",
    "authorize": "Authorization in the browser",
    "callback": "The way back",
    "token": "Tokens",
    "mcp": "The MCP request",
    "refresh": "Refresh and replay",
    "revoke": "Revocation",
    "timing": "Time and transport",
}


@dataclass(frozen=True)
class Fault:
    """One switch. `code` is the catalogue code that a walk at this gateway has as its main finding."""

    slug: str
    title: str
    place: str
    code: str
    breaks: Breaks


@dataclass(frozen=True)
class Profile:
    """The habits of a kind of real gateway. `true_findings` is everything that a whole walk says of it above a note."""

    slug: str
    title: str
    breaks: Breaks
    true_findings: tuple[str, ...]


def with_values(**values: object) -> Breaks:
    """A break that sets fields. Mappings are put over what is there, everything else replaces it."""

    def breaks(gateway: Gateway) -> Gateway:
        merged = {name: {**getattr(gateway, name), **value} if isinstance(value, Mapping) else value for name, value in values.items()}
        return replace(gateway, **merged)  # type: ignore[arg-type]

    return breaks


def at(spot: str, status: int, body: object = "", **headers: str) -> Breaks:
    """A break that answers something else at one spot. A body that is no text is sent as JSON; `_` in header names is `-`."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = {} if isinstance(body, str) else {"Content-Type": "application/json"}
    named = kind | {name.replace("_", "-"): value for name, value in headers.items()}
    return with_values(instead={spot: Instead(status, text, tuple(named.items()))})


def all_of(*breaks: Breaks) -> Breaks:
    """Several breaks, one after the other."""

    def together(gateway: Gateway) -> Gateway:
        for one in breaks:
            gateway = one(gateway)
        return gateway

    return together
