"""Two of this browser's runs side by side: staging against production, before against after. One audit of a run can be named too."""

from __future__ import annotations

import time

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import NotFound

from app.flow.audits.attempts import ATTEMPTS
from app.flow.audits.reading import audits_of
from app.flow.audits.verdicts import verdicts, verdicts_of
from app.pages.browser import own_run, owner
from app.pages.look import judged_look
from app.pages.wired import wired
from app.views.comparison import Side
from app.views.runs_compared import compare_page

MOST = 80  # characters of a run's id, and of the entry with which an audit began: <run> or <run>:<entry>
NO_AUDIT = "This run has no such audit."

bp = Blueprint("compare", __name__)


@bp.get("/compare")
def show() -> Response:
    """The choice where fewer than two runs are named; 404 for a run that is not this browser's."""
    left, right = request.args.get("left", "")[:MOST], request.args.get("right", "")[:MOST]
    sides = {name: side_of(name) for name in (left, right) if name}
    mine = owner()
    page = compare_page(
        wired().store.runs.runs_of(mine) if mine else (),
        [sides[left], sides[right]] if left and right else [],
        ATTEMPTS,
        settings=wired().settings,
        now=time.time(),
        chosen=(left, right),
    )
    return make_response(render_template("pages/compare_runs.html", page=page))


def side_of(name: str) -> Side:
    """One of this browser's runs with all that is compared: every audit of it, or the one that is named. Raises NotFound."""
    run_id, _, seq = name.partition(":")
    look = judged_look(own_run(run_id))
    audits = audits_of(look.run.entries)
    named = next((audit for audit in audits if str(audit.began) == seq), None)
    if seq and named is None:
        raise NotFound(NO_AUDIT)
    judged = verdicts_of(named, look.facts) if named else verdicts(look.run, look.facts)
    return Side(look.run, look.facts, look.findings, judged, look.standing.state, audits)
