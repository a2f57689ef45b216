"""The headers that every answer carries, written once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from flask import Flask, Response, g, request

from app.settings import Settings

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"


def nonce() -> str:
    """This answer's nonce: htmx attributes without it stay inert (hx-csp)."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    value: str = g.nonce
    return value


def policy(nonce_text: str = "") -> str:
    """The content security policy of our own pages. Inline script and style have no way in."""
    script = f"script-src 'self' 'nonce-{nonce_text}'" if nonce_text else "script-src 'self'"
    return (
        f"default-src 'none'; {script}; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )


def of_files(settings: Settings) -> Iterator[tuple[str, str]]:
    """The headers of a static file. A picture that is opened by itself is a page too, and an SVG could hold script."""
    yield from _fixed(settings)
    yield "Content-Security-Policy", policy()
    yield "Referrer-Policy", "same-origin"


def _fixed(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "X-Content-Type-Options", "nosniff"
    yield "X-Frame-Options", "DENY"
    yield "Cross-Origin-Opener-Policy", "same-origin"
    yield "Permissions-Policy", PERMISSIONS
    if settings.base_url.startswith("https://"):
        yield "Strict-Transport-Security", "max-age=31536000"


def protect(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer; what an answer already says about itself stays."""
    always = tuple(_fixed(settings))

    @app.after_request
    def write_headers(response: Response) -> Response:
        for name, value in always:
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy(nonce() if response.mimetype == "text/html" else ""))
        response.headers.setdefault("Referrer-Policy", "no-referrer" if request.path == "/callback" else "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.jinja_env.globals["csp_nonce"] = nonce
