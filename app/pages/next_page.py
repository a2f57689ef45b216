"""Where a person wanted to go before signing in. Only pages of this app are gone to: there is no redirect to anywhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

LONGEST = 2_000
PLAIN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")  # one slash, then visible ASCII without a backslash
NOT_AFTER = ("login.", "oidc.", "account.sign_out", "callback.", "static")


def wanted() -> str:
    """This request's own address, where a GET can repeat it; else empty."""
    if request.method not in ("GET", "HEAD") or request.path == "/":
        return "" if not request.query_string else own_page(request.full_path)
    return own_page(request.full_path.removesuffix("?"))


def own_page(text: str) -> str:
    """The address where it is a page of this app; else empty."""
    if len(text) > LONGEST or not PLAIN.fullmatch(text):
        return ""
    parts = urlsplit(text)
    if parts.scheme or parts.netloc:
        return ""
    try:
        endpoint, _ = current_app.url_map.bind("").match(parts.path, "GET")
    except (HTTPException, RequestRedirect):
        return ""
    return "" if str(endpoint).startswith(NOT_AFTER) else text
