"""The score sheet of a run: a page, Markdown and JSON."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template

from app.checks.coverage import coverage
from app.flow.audits.attempts import ATTEMPTS
from app.flow.audits.verdicts import verdicts
from app.pages.browser import own_run
from app.pages.export import as_download, file_name
from app.pages.look import judged_look
from app.pages.wired import wired
from app.views.score import Score, score, score_json, score_markdown

bp = Blueprint("score", __name__)


def sheet_of(run_id: str) -> Score:
    """The sheet of one of this browser's runs, masked."""
    look = judged_look(own_run(run_id))
    return score(
        look.run,
        look.facts,
        look.findings,
        look.main,
        coverage(look.run),
        ATTEMPTS,
        verdicts(look.run, look.facts),
        settings=wired().settings,
        state=look.standing.state,
        step=look.standing.step,
    )


@bp.get("/runs/<run_id>/score")
def show(run_id: str) -> Response:
    """The page."""
    return make_response(render_template("pages/score.html", page=sheet_of(run_id)))


@bp.get("/runs/<run_id>/score.json")
def as_json(run_id: str) -> Response:
    """The same for programs."""
    return jsonify(score_json(sheet_of(run_id)))


@bp.get("/runs/<run_id>/score.md")
def as_markdown(run_id: str) -> Response:
    """The same for a ticket."""
    look = judged_look(own_run(run_id))
    text = score_markdown(sheet_of(run_id))
    return as_download(
        text.encode("utf-8", "replace"), "text/markdown; charset=utf-8", f"score_{file_name(look.run, look.standing.step, 'md')}"
    )
