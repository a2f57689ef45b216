"""Is the service alive, store included? For balancers and monitors."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from app.pages.signed_in import open_to_all
from app.pages.wired import wired
from app.store.database import StoreUnavailable

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to_all
def health() -> tuple[Response, int]:
    """200 with ok, 503 where the store does not answer. Nothing about versions or people."""
    try:
        wired().store.leases.lease_of("is anybody there")
    except StoreUnavailable:
        return jsonify(status="the store does not answer"), 503
    return jsonify(status="ok"), 200
