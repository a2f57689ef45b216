"""The run page, its pictures, and its JSON twin."""

from __future__ import annotations

from flask import Blueprint, Response

from app.pages import show
from app.pages.browser import own_run
from app.pages.look import look_at
from app.pages.wired import wired

bp = Blueprint("run", __name__)


@bp.get("/runs/<run_id>", endpoint="show")
def show_run(run_id: str) -> Response:
    """The run as it stands: 200 whatever its state."""
    run = own_run(run_id)
    wired().store.runs.touch(run.id)
    return show.run(look_at(run))


@bp.get("/runs/<run_id>/pictures", endpoint="pictures")
def show_pictures(run_id: str) -> Response:
    """Sequence diagram, waterfall and life line, on a page of their own so that the run page stays light."""
    return show.pictures(look_at(own_run(run_id)))


@bp.get("/runs/<run_id>.json")
def twin(run_id: str) -> Response:
    """The same, masked, for programs."""
    return show.twin(look_at(own_run(run_id)))
