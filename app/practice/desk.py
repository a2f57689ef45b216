"""What every endpoint of the practice gateway is handed, and the three ways in which one refuses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine

from app.practice.gateway import Gateway, Route

FetchDocument = Callable[[str], bytes]


class ClientDocumentUnreachable(Exception):
    """The client's metadata document could not be fetched; the message is one sentence that says why."""


class OAuthRefusal(Exception):
    """An OAuth error answered as JSON (RFC 6749 section 5.2, RFC 7591 section 3.2.2)."""

    def __init__(self, error: str, says: str, status: int = 400, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(says)
        self.error, self.says, self.status, self.headers = error, says, status, headers


class PageRefusal(Exception):
    """An error that only the person in the browser may see."""

    def __init__(self, title: str, says: str, status: int = 400) -> None:
        super().__init__(says)
        self.title, self.says, self.status = title, says, status


class BearerRefusal(Exception):
    """A refusal of the MCP route with a challenge (RFC 6750 section 3). An empty `error` names none: no token was sent."""

    def __init__(self, status: int, error: str, says: str, scope: str, route: Route, about_token: bool = False) -> None:
        super().__init__(says)
        self.status, self.error, self.says, self.scope = status, error, says, scope
        self.route, self.about_token = route, about_token


class RpcRefusal(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, says: str, status: int = 200, details: dict[str, object] | None = None) -> None:
        super().__init__(says)
        self.code, self.says, self.status, self.details = code, says, status, details


class Keeper(Protocol):
    """How requests are sealed before they are stored, and opened again. `open` raises StoreUnavailable."""

    def seal(self, clear: bytes) -> bytes: ...
    def open(self, sealed: bytes) -> bytes: ...


@dataclass(frozen=True)
class Desk:
    """One gateway with its tables, its clock and its way to fetch client documents (None: it cannot)."""

    gateway: Gateway
    engine: Engine
    clock: Callable[[], float]
    fetch_client_document: FetchDocument | None
    explorer_url: str  # where people open the app: pages link back to it
    keeper: Keeper | None = None  # how requests to opened gateways are sealed; None: none are kept
    wait: Callable[[float], None] = time.sleep  # some seconds, where a gateway is slow on purpose
    is_full: Callable[[], bool] = lambda: False  # can nothing new be kept?

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.clock()
