"""The run page, its pictures, and its JSON twin."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, request

from app.pages import show
from app.pages.browser import own_run
from app.pages.log_lines import log_event
from app.pages.look import look_at
from app.pages.wired import wired
from app.store.database import StoreUnavailable
from app.views.secrets_of import secrets_of

bp = Blueprint("run", __name__)


@bp.get("/runs/<run_id>", endpoint="show")
def show_run(run_id: str) -> Response:
    """The run as it stands: 200 whatever its state."""
    run = own_run(run_id)
    with suppress(StoreUnavailable):  # a store that cannot be written can still be read
        wired().store.runs.touch(run.id)
    return show.run(look_at(run))


@bp.get("/runs/<run_id>/pictures", endpoint="pictures")
def show_pictures(run_id: str) -> Response:
    """Sequence diagram, waterfall and life line, on a page of their own so that the run page stays light."""
    return show.pictures(look_at(own_run(run_id)))


@bp.post("/runs/<run_id>/reveal")
def reveal(run_id: str) -> Response:
    """The same page with one secret (`label`) or all of them (`all`) in clear, this once. A POST, so that no address leads to it."""
    run = own_run(run_id)
    every = {secret.label for secret in secrets_of(run)}
    label = request.form.get("label", "")
    shown = every if "all" in request.form else every & {label}
    log_event("revealed", run=run.id, values=len(shown))
    return show.run(look_at(run), frozenset(shown))


@bp.get("/runs/<run_id>.json")
def twin(run_id: str) -> Response:
    """The same, masked, for programs."""
    return show.twin(look_at(own_run(run_id)))
