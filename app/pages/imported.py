"""/import: a recording comes in and becomes a run that nothing can be pressed on."""

from __future__ import annotations

import time

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask import Response as Page
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from app.flow.imported import MOST_BYTES, BadFile, run_of_har, run_of_pair
from app.flow.log import Run
from app.pages.browser import owner, owner_of_a_new_run
from app.pages.limits import check_room, limit_new_runs
from app.pages.log_lines import log_event
from app.pages.wired import wired
from app.store.sweep import sweep_sometimes
from app.views.import_page import import_page

AROUND_BYTES = 10_000  # the frame of a form around the file
LONGEST_TARGET = 2_000  # what the start form takes; the rest of a stranger's URL stays in its exchange

bp = Blueprint("imported", __name__)


@bp.get("/import")
def form() -> Page:
    """The form for a file or for a pair."""
    return _shown()


@bp.post("/import")
@limit_new_runs
def take_in() -> Response:
    """303 to the run that was read, or 400 with the sentence that says what is wrong and where."""
    # raised for this address only: everywhere else a form is small
    request.max_content_length = request.max_form_memory_size = MOST_BYTES + AROUND_BYTES
    try:
        read = _read()
    except RequestEntityTooLarge:
        return _refused(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Export it without images and scripts.", 413, at_file=True)
    except BadFile as bad:
        return _refused(bad.says, 400, at_file="har" in request.files)
    return redirect(url_for("run.show", run_id=keep_run(read).id), 303)


def _read() -> Run:
    """The run in memory. Raises BadFile, RequestEntityTooLarge."""
    file = request.files.get("har")
    if file is not None:
        content = file.stream.read(MOST_BYTES + 1)
        if not content.strip():
            raise BadFile("Choose a HAR file first; this one is empty.")
        return run_of_har(content, most=wired().settings.exchanges_per_run)
    return run_of_pair(request.form.get("request", ""), request.form.get("response", ""), at=time.time())


def keep_run(read: Run) -> Run:
    """The same log in the store, as a run of this browser."""
    check_room(owner())
    parts = wired()
    sweep_sometimes(parts.store.engine, parts.settings)
    run = parts.store.runs.create(owner_of_a_new_run(), read.target[:LONGEST_TARGET])
    for entry in read.entries:
        run.append(entry.body, step=entry.step, role=entry.role, why=entry.why, at=entry.at)
    log_event("run imported", run=run.id, entries=len(run.entries))
    return run


def _shown(mistake: str = "", *, at_file: bool = False) -> Page:
    pasted = {name: request.form.get(name, "") for name in ("request", "response")} if mistake and not at_file else {}
    page = import_page(settings=wired().settings, most_bytes=MOST_BYTES, mistake=mistake, at_file=at_file, **pasted)
    return make_response(render_template("pages/import.html", page=page))


def _refused(says: str, status: int, *, at_file: bool) -> Page:
    answer = _shown(says, at_file=at_file)
    answer.status_code = status
    return answer
