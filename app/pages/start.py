"""The start page and the start of a run."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, redirect, request, url_for
from flask import Response as Page
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.flow import choices
from app.flow.facts import Options
from app.flow.fold import facts_of
from app.flow.log import Choice, Run
from app.pages import show
from app.pages.browser import own_run, owner, owner_of_a_new_run
from app.pages.client_metadata import own_url
from app.pages.limits import check_room, limit_new_runs
from app.pages.log_lines import log_event
from app.pages.lookup import causes_of
from app.pages.moves import run_a_little
from app.pages.pasted_target import Understood, understand
from app.pages.pupil import begin_lesson
from app.pages.start_form import FIELDS, StartForm, read_form_here
from app.pages.wired import wired
from app.store.sweep import sweep_sometimes

bp = Blueprint("start", __name__)


@bp.get("/")
def start() -> Page:
    """The form, filled with what the address gives (`?target=` and the other fields)."""
    typed = {name: request.args.get(name, "") for name in FIELDS if name in request.args}
    return show.start(StartForm(typed))


@bp.post("/runs")
@limit_new_runs
def new_run() -> Response:
    """303 to a fresh run, or 400 with the form as it was typed and a sentence at each wrong field."""
    settings = wired().settings
    form = read_form_here(request.form)
    if form.mistakes:
        return _asked_again(form)
    options = form.options(redirect_uri=settings.redirect_uri, own_client_metadata_url=own_url(settings))
    run = begin(options)
    if request.form.get("pace") == "run":
        run_a_little(run.id, run.owner)
    return redirect(url_for("run.show", run_id=run.id), 303)


@bp.post("/understand")
def understand_paste() -> Page:
    """The form, filled with what was pasted. A POST, because a paste may hold secrets and an address is written down in many places."""
    pasted = request.form.get("pasted", "")
    understood = understand(pasted, chosen=request.form.get("server", ""))
    return show.start(StartForm(understood.fields), understood, pasted)


def _asked_again(form: StartForm) -> Page:
    """400 with a sentence at each wrong field; what is no URL may still be something that leads to one."""
    text = form.typed["target"]
    understood = understand(text) if "target" in form.mistakes else None
    better = read_form_here({**form.typed, **understood.fields}) if understood else form
    if understood and _leads_on(understood, text, better):
        left = better.mistakes if understood.fills else {name: said for name, said in better.mistakes.items() if name != "target"}
        answer = show.start(StartForm({**better.typed, "target": understood.fields.get("target", "")}, left), understood, text)
    else:
        answer = show.start(form)
    answer.status_code = 400
    return answer


def _leads_on(understood: Understood, text: str, better: StartForm) -> bool:
    """Is what was made of the paste of more use than the sentence at the field?"""
    if understood.fills:
        return "target" not in better.mistakes
    return understood.kind not in ("nothing", "error") or (understood.kind == "error" and bool(causes_of(text)))


@bp.post("/runs/<run_id>/restart")
@limit_new_runs
def restart(run_id: str) -> Response:
    """A new run with the options of an old one; the old one stays."""
    facts = facts_of(own_run(run_id))
    if facts.read_only:
        raise BadRequest(facts.read_only)  # its options are a stranger's
    run = begin(facts.options)
    return redirect(url_for("run.show", run_id=run.id), 303)


def begin(options: Options) -> Run:
    """A fresh run of this browser; what it is told first are its options. Raises TooManyRequests, StoreUnavailable."""
    check_room(owner())
    sweep_sometimes(wired().store.engine, wired().settings)
    run: Run = wired().store.runs.create(owner_of_a_new_run(), options.target)
    run.append(Choice(choices.OPTIONS, asdict(options)), why="What the start form said.")
    begin_lesson(run)
    log_event("run started", run=run.id)
    return run
