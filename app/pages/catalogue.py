"""The public catalogue of checks: search it, paste an error into it, read one entry. No session, nothing is kept."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from app.pages import lookup, show
from app.pages.signed_in import open_to_all

bp = Blueprint("catalogue", __name__)
QUERY, PASTED = 200, 20_000  # characters that are read


@bp.get("/checks", endpoint="all")
@open_to_all
def all_checks() -> Response:
    """Every check, or those that fit `?q=`."""
    query = request.args.get("q", "")[:QUERY].strip()
    return cached(show.catalogue(lookup.all_told(query), query=query))


@bp.post("/checks", endpoint="pasted")
@open_to_all
def explain_pasted() -> Response:
    """The entries for what a client printed. A POST, because an error may hold a token and an address is written down in many places."""
    pasted = request.form.get("error", "")[:PASTED].strip()
    return show.catalogue(() if pasted else lookup.all_told(""), pasted=pasted, answers=lookup.answers_to(pasted))


@bp.get("/checks/<code>", endpoint="one")
@open_to_all
def one_check(code: str) -> Response:
    """One check by its code."""
    found = lookup.story_of(code)
    if found is None:
        raise NotFound("There is no check with that code. The catalogue lists all of them.")
    return cached(show.check(found))


def cached(answer: Response) -> Response:
    """The same for everybody, and only a new version of the app changes it."""
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
