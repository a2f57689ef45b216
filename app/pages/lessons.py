"""Lessons: the list, one lesson with its gateway, its hints and its question. The same pages serve a room's attendees."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, Conflict
from werkzeug.wrappers import Response as Answer

from app.checks.catalogue import find as find_check
from app.flow.facts import Options
from app.flow.log import Run
from app.flow.steps import NAMES
from app.pages.browser import owner, owner_of_a_new_run
from app.pages.client_metadata import own_url
from app.pages.judged import findings_of
from app.pages.limits import check_room, limit_new_runs, limit_wrong_codes
from app.pages.log_lines import log_event
from app.pages.look import look_at
from app.pages.moves import run_a_little
from app.pages.pupil import Desk, attempts, desk_at, lesson_path
from app.pages.start import begin
from app.pages.wired import wired
from app.practice.attempts import GAVE_UP, SHOWN, SOLVED, Attempt, learner_of
from app.practice.gateways import close_gateway, open_gateway, target_url
from app.practice.progress_code import ForgedCode, code_of, numbers_of
from app.practice.scenarios import BY_ITSELF, find_scenario, scenarios
from app.views.lesson_page import NOT_SEEN, Solution, lesson_page, solution_of
from app.views.lessons_page import lessons_page
from app.views.proof import find_proof
from app.views.room_page import news_of
from app.views.room_words import title_of

LONGEST_CODE = 200  # characters that are read of a typed code
NOT_STARTED = "Start the lesson first: it opens a gateway for you and a run at it."

bp = Blueprint("lessons", __name__)


@bp.get("/lessons")
def all_lessons() -> Response:
    """Every lesson by level. `?code=` fills a code of progress in; it is taken by a press only."""
    return _list(typed=request.args.get("code", "")[:LONGEST_CODE])


@bp.post("/lessons/resume")
@limit_wrong_codes
def resume() -> Response:
    """Take over what was solved in another browser. 400 for a code that is none of ours."""
    typed = request.form.get("code", "")[:LONGEST_CODE]
    try:
        numbers = numbers_of(typed, lambda text: wired().store.vault.blinds("progress", text))
    except ForgedCode as forged:
        answer = _list(typed=typed, mistake=str(forged))
        answer.status_code = 400
        return answer
    slugs = [one.slug for one in scenarios() if one.number in numbers]
    attempts().restore(learner_of(owner_of_a_new_run()), slugs)
    log_event("progress restored", lessons=len(slugs))
    return _list(restored=f"{len(slugs)} solved {'lesson' if len(slugs) == 1 else 'lessons'} came over from your other browser.")


@bp.get("/lessons/<slug>", defaults={"room_id": ""}, endpoint="one")
@bp.get("/rooms/<room_id>/lessons/<slug>", endpoint="one_in_room")
def one_lesson(slug: str, room_id: str) -> Response:
    """The lesson as it stands for this browser."""
    return _shown(desk_at(slug, room_id))


@bp.post("/lessons/<slug>/start", defaults={"room_id": ""})
@bp.post("/rooms/<room_id>/lessons/<slug>/start", endpoint="start_in_room")
@limit_new_runs
def start(slug: str, room_id: str) -> Answer:
    """Open a gateway of one's own with the lesson's faults, and begin a run at it."""
    desk = _may(desk_at(slug, room_id))
    check_room(owner())
    mine, scenario, room = owner_of_a_new_run(), desk.scenario, desk.room
    # no owner: whoever owns a gateway may look at its switches, and those are the answer
    gateway = open_gateway(
        wired().store.engine, faults=scenario.faults, profile=scenario.profile, room=room.id if room else "", title=scenario.title
    )
    desk = Desk(scenario, learner_of(mine), room, desk.chosen)
    before = desk.attempt()
    attempts().begin(desk.key, gateway.id, "", room.expires_at if room else None)
    if before and before.gateway:
        close_gateway(wired().store.engine, before.gateway)
    if desk.chosen and desk.chosen.is_solution_open:
        attempts().end(desk.key, SHOWN)
    run = begin(_options(target_url(gateway, wired().settings, scenario.route), scenario.revision))
    log_event("lesson started", run=run.id, lesson=scenario.slug)
    if scenario.pace == BY_ITSELF:
        run_a_little(run.id, run.owner)
    return redirect(url_for("run.show", run_id=run.id), 303)


@bp.post("/lessons/<slug>/hint", defaults={"room_id": ""})
@bp.post("/rooms/<room_id>/lessons/<slug>/hint", endpoint="hint_in_room")
def hint(slug: str, room_id: str) -> Answer:
    """Open one hint more; it is counted."""
    desk = _may(desk_at(slug, room_id))
    attempt, given = _started(desk), desk.chosen.hints_open if desk.chosen else 0
    for _ in range(max(1, given + 1 - attempt.hints)):  # hints that the leader gave away come first
        attempts().open_hint(desk.key, len(desk.scenario.hints))
    return redirect(f"{desk.href}#hints", 303)


@bp.post("/lessons/<slug>/answer", defaults={"room_id": ""})
@bp.post("/rooms/<room_id>/lessons/<slug>/answer", endpoint="answer_in_room")
def answer(slug: str, room_id: str) -> Answer:
    """Judge an answer. A right one needs the bytes that prove it in the run; a wrong one is counted."""
    desk = _may(desk_at(slug, room_id))
    attempt = _started(desk)
    step, cause = request.form.get("step", ""), request.form.get("cause", "")
    if step not in NAMES or desk.scenario.cause(cause) is None:
        return _shown(desk, "Choose one step and one cause. This was not counted.", 400)
    run = _run_of(attempt)
    if run is None:
        return _shown(desk, "Your run has expired, so nothing would prove an answer. Start the lesson anew. This was not counted.", 409)
    if find_proof(run, desk.scenario.proof) is None:
        return _shown(desk, NOT_SEEN, 409)
    if desk.scenario.is_answered_by(step, cause):
        first = attempts().end(desk.key, SOLVED)
        log_event("lesson solved", lesson=slug, first=int(first))
    else:
        attempts().count_wrong(desk.key, step, cause)
    return redirect(f"{desk.href}#answer", 303)


@bp.post("/lessons/<slug>/solution", defaults={"room_id": ""})
@bp.post("/rooms/<room_id>/lessons/<slug>/solution", endpoint="solution_in_room")
def solution(slug: str, room_id: str) -> Answer:
    """Give up: the solution is shown, and the lesson counts as not solved."""
    desk = _may(desk_at(slug, room_id))
    _started(desk)
    attempts().end(desk.key, GAVE_UP)
    return redirect(f"{desk.href}#answer", 303)


def _may(desk: Desk) -> Desk:
    if desk.refusal:
        raise Conflict(desk.refusal)
    return desk


def _started(desk: Desk) -> Attempt:
    attempt = desk.attempt()
    if attempt is None:
        raise BadRequest(NOT_STARTED)
    return attempt


def _run_of(attempt: Attempt | None) -> Run | None:
    if attempt is None or not attempt.run_id:
        return None
    run = wired().store.runs.load(attempt.run_id, owner())
    return wired().memory.recall(run) if run else None


def _options(target: str, revision: str) -> Options:
    settings = wired().settings
    return Options(target=target, revision=revision, redirect_uri=settings.redirect_uri, own_client_metadata_url=own_url(settings))


def _shown(desk: Desk, mistake: str = "", status: int = 200) -> Response:
    run, room = _run_of(desk.attempt()), desk.room
    if run:
        look_at(run)  # what the person just did may have ended the lesson: then the run's own page shows its findings too
    attempt = desk.attempt()
    page = lesson_page(
        desk.scenario,
        attempt,
        settings=wired().settings,
        href=desk.href,
        back=(title_of(room), f"/rooms/{room.id}") if room else ("All lessons", "/lessons"),
        solution=_solution(desk, attempt, run) if attempt and attempt.is_over else None,
        is_alive=run is not None,
        in_room=desk.chosen,
        refusal=desk.refusal,
        mistake=mistake,
    )
    chosen = [desk.chosen] if desk.chosen else []
    news = news_of(room, at=desk.href, hints_shown=len(page.hints), chosen=chosen) if room else None
    made = make_response(render_template("pages/lesson.html", page=page, news=news))
    made.status_code = status
    return made


def _solution(desk: Desk, attempt: Attempt, run: Run | None) -> Solution:
    check = find_check(desk.scenario.code)
    following = ("The room's lessons", f"/rooms/{desk.room.id}") if desk.room else _following(desk.scenario.next)
    return solution_of(desk.scenario, attempt.outcome, run, findings_of(run) if run else (), check.spec.url if check else "", following)


def _following(slug: str) -> tuple[str, str]:
    following = find_scenario(slug)
    return (following.title, lesson_path(slug, "")) if following else ("", "")


def _list(*, typed: str = "", mistake: str = "", restored: str = "") -> Response:
    mine = owner()
    done = attempts().of_learner(learner_of(mine), "") if mine else []
    solved = {attempt.slug for attempt in done if attempt.outcome == SOLVED}
    code = code_of((one.number for one in scenarios() if one.slug in solved), lambda text: wired().store.vault.blind("progress", text))
    page = lessons_page(scenarios(), done, settings=wired().settings, code=code, typed=typed, mistake=mistake, restored=restored)
    return make_response(render_template("pages/lessons.html", page=page))
