"""A name for every request: in the answer's X-Request-Id, in the log, and on error pages."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.pages.log_lines import REQUEST_ID
from app.pages.static import Start, Wsgi
from app.settings import Settings

WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """The outermost layer. A proxy's own id is taken over where there is a proxy (PROXY_HOPS); else everybody could choose one."""

    def __init__(self, app: Wsgi, *, trusted: bool) -> None:
        self.app, self._trusted = app, trusted

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        given = str(environ.get("HTTP_X_REQUEST_ID", "")) if self._trusted else ""
        request_id = given if WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
        REQUEST_ID.set(request_id)

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, [*headers, ("X-Request-Id", request_id)], *rest)

        return self.app(environ, begin)


def stand_behind_proxies(app: Flask, settings: Settings) -> None:
    """Believe X-Forwarded-For, -Proto and -Host of so many proxies, counted from this app outwards; without any, of nobody."""
    hops = settings.proxy_hops
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.wsgi_app = RequestIds(app.wsgi_app, trusted=hops > 0)  # type: ignore[assignment, method-assign]
