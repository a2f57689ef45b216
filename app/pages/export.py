"""A run as a file: HAR, Markdown, script, bundle, masked; with secrets only by a POST that carries a marked choice."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import BadRequest

from app.flow.fold import fold
from app.flow.log import Run
from app.pages.browser import own_run
from app.pages.log_lines import log_event
from app.pages.look import Look, judged_look, look_at
from app.pages.wired import wired
from app.views.bundle import bundle, environment
from app.views.export_page import export_page
from app.views.har import har, har_bytes
from app.views.report import report
from app.views.run_schema import SCHEMA
from app.views.script import script
from app.views.twin import twin as twin_of

MARK = "secrets"
UNMARKED = "The file would hold live tokens. Mark the choice on the export page first, or take the sanitized file."

bp = Blueprint("export", __name__)


@bp.get("/runs/<run_id>/export")
def choose(run_id: str) -> Response:
    """Every file that can be made of a run."""
    page = export_page(own_run(run_id), settings=wired().settings)
    return make_response(render_template("pages/export.html", page=page))


@bp.get("/runs/<run_id>.har")
def sanitized_har(run_id: str) -> Response:
    """HAR 1.2 with every secret replaced."""
    return _har(own_run(run_id), secrets=False)


@bp.post("/runs/<run_id>.har")
def exact_har(run_id: str) -> Response:
    """HAR 1.2 with the secrets in it. Needs `secrets=on`: the person marked the choice."""
    run = own_run(run_id)
    if request.form.get(MARK) != "on":
        raise BadRequest(UNMARKED)
    log_event("run exported with secrets", run=run.id)
    return _har(run, secrets=True)


@bp.get("/runs/<run_id>.md")
def markdown(run_id: str) -> Response:
    """The report, with every secret replaced."""
    look = judged_look(own_run(run_id))
    return as_download(_report(look), "text/markdown; charset=utf-8", file_name(look.run, look.standing.step, "md"))


@bp.get("/runs/<run_id>.sh")
def bash_script(run_id: str) -> Response:
    """The whole run as a bash script, with variables in place of every secret."""
    run = own_run(run_id)
    return as_download(_script(run), "text/x-shellscript; charset=utf-8", file_name(run, "walk", "sh"))


@bp.get("/runs/<run_id>.zip")
def support_bundle(run_id: str) -> Response:
    """Report, HAR, JSON, script and environment in one file, with every secret replaced."""
    look = judged_look(own_run(run_id))
    files = {
        "report.md": _report(look),
        "run.har": har_bytes(har(look.run, look.findings)),
        "run.json": (json.dumps(twin_of(look.run, look.facts, look.findings, look.standing, look.main), indent=1) + "\n").encode(),
        "walk.sh": _script(look.run),
        "environment.json": environment(look.run, look.facts, wired().settings),
    }
    return as_download(bundle(files), "application/zip", file_name(look.run, look.standing.step, "zip"))


@bp.get("/schema/run-1.json")
def schema() -> Response:
    """What a run's JSON looks like: JSON Schema, the same for everybody."""
    answer = jsonify(SCHEMA)
    answer.headers["Content-Type"] = "application/schema+json"
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


def _report(look: Look) -> bytes:
    return report(look.run, look.facts, look.findings, look.standing, look.main).encode("utf-8", "replace")


def _script(run: Run) -> bytes:
    return script(run, fold(run)).encode("utf-8", "replace")


def _har(run: Run, *, secrets: bool) -> Response:
    look = look_at(run)
    content = har_bytes(har(look.run, look.findings, secrets=secrets))
    return as_download(content, "application/json", file_name(look.run, look.standing.step, "har"))


def as_download(content: bytes, media: str, name: str) -> Response:
    """A file to keep: never shown, never run."""
    answer = Response(content, mimetype=media.split(";")[0])
    answer.headers["Content-Type"] = media
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer


def file_name(run: Run, step: str, ending: str) -> str:
    """`gateway-host_step_utc.har`, of harmless characters only."""
    try:
        host = urlsplit(run.target).hostname or ""
    except ValueError:
        host = ""
    safe = re.sub(r"[^a-z0-9.-]+", "-", host.lower()).strip(".-")[:60] or "run"
    return f"{safe}_{step or 'done'}_{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{ending}"
