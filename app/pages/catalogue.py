"""The public catalogue of checks: what is asked, by which clause, and who fixes what."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from app.pages import show
from app.pages.judged import catalogue, check_of

bp = Blueprint("catalogue", __name__)


@bp.get("/checks", endpoint="all")
def all_checks() -> Response:
    """Every check."""
    return cached(show.catalogue(catalogue()))


@bp.get("/checks/<code>", endpoint="one")
def one_check(code: str) -> Response:
    """One check by its code."""
    found = check_of(code)
    if found is None:
        raise NotFound("There is no check with that code. The catalogue lists all of them.")
    return cached(show.check(found))


def cached(answer: Response) -> Response:
    """The same for everybody, and only a new version of the app changes it."""
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
