"""Is this process alive, and can it work? For balancers and monitors, who ask by address and without a sign-in."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, Response, jsonify

from app.pages.signed_in import open_to_all
from app.pages.wired import wired

bp = Blueprint("health", __name__)


def app_version() -> str:
    """The version that is installed; of a checkout that is not, `unknown`."""
    try:
        return version("mcp-flow-explorer")
    except PackageNotFoundError:
        return "unknown"


@bp.get("/healthz")
@open_to_all
def health() -> Response:
    """200: this process answers. A store in trouble is no reason to restart it; `/readyz` tells that."""
    return jsonify(status="ok")


@bp.get("/readyz")
@open_to_all
def ready() -> tuple[Response, int]:
    """200 with the version where the store can be written, else 503 with the sentence that says why not."""
    trouble = wired().ready.trouble(wired().store.counters)
    return jsonify(status=trouble or "ready", version=app_version()), 503 if trouble else 200
