"""Our client metadata document: what a gateway fetches when our client_id is this URL (CIMD)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify

from app.flow.revisions import CLIENT_NAME
from app.pages.signed_in import open_to_all
from app.pages.wired import wired
from app.settings import Settings

PATH = "/client-metadata.json"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

bp = Blueprint("client_metadata", __name__)


def own_url(settings: Settings) -> str:
    """Our document's address where an authorization server may use it as client_id: public https; else empty."""
    parts = urlsplit(settings.base_url)
    return settings.base_url + PATH if parts.scheme == "https" and parts.hostname not in LOOPBACK else ""


def document(settings: Settings) -> dict[str, Any]:
    """The registered public client that this app is (draft-ietf-oauth-client-id-metadata-document, RFC 7591 section 2)."""
    native = urlsplit(settings.redirect_uri).hostname in LOOPBACK
    return {
        "client_id": settings.base_url + PATH,
        "client_name": CLIENT_NAME,
        "client_uri": settings.base_url,
        "redirect_uris": [settings.redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native" if native else "web",
    }


@bp.get(PATH)
@open_to_all
def client_metadata() -> Response:
    answer = jsonify(document(wired().settings))
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
