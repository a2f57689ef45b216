"""A leader's pages: open a room, its board, its projector, what can be done about people and lessons, results as files."""

from __future__ import annotations

import time
from collections.abc import Callable

import segno
from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as Answer

from app.pages.browser import owner_of_a_new_run
from app.pages.export import as_download
from app.pages.limits import limit_new_runs, limit_wrong_codes
from app.pages.log_lines import log_event
from app.pages.pupil import NO_ROOM, attempts, close_gateways, rooms
from app.pages.wired import wired
from app.practice.rooms import Refused, Room
from app.practice.scenarios import find_scenario, scenarios
from app.views import board_page as views
from app.views import results
from app.views.qr import qr
from app.views.room_page import open_page, projector
from app.views.steps import TITLES

LAB = (
    "signed-in-and-refused",
    "no-login-window",
    "the-sign-post-to-nowhere",
    "a-bare-invalid-request",
    "delete-is-forbidden",
    "logged-out-by-a-copy",
)  # an hour for a room that has not seen this before
LONGEST_KEY = 100
NOT_LEADING = 'This key does not lead this room. Look at it once more: it stands on the leader\'s board, under "Lead from another browser".'
MARK_IT = "Mark the box first: what is deleted is gone for everybody."

bp = Blueprint("rooms", __name__)


@bp.get("/rooms")
def choose() -> Response:
    """The form that opens a room."""
    return _form()


@bp.post("/rooms")
@limit_new_runs
def open_room() -> Answer:
    """303 to the board of a fresh room, led by this browser."""
    try:
        room, secret = rooms().open_room(request.form.get("title", "").strip(), _picked())
    except Refused as refused:
        answer = _form(str(refused))
        answer.status_code = 400
        return answer
    owner_of_a_new_run()
    _lead(room, secret)
    log_event("room opened", room=room.id)
    return redirect(url_for("rooms.board", room_id=room.id), 303)


@bp.get("/rooms/<room_id>/board")
def board(room_id: str) -> Response:
    """The board with everything that its leader can do. `?lesson=` or `?person=` picks one, `?still` stops the reloading."""
    return _board(_led(room_id))


@bp.get("/rooms/<room_id>/board/rows")
def rows(room_id: str) -> Response:
    """The rows alone; 204 where they are as the caller has them (`?v=` or If-None-Match)."""
    made = _rows(_led(room_id))
    if made.version in (request.args.get("v"), request.headers.get("If-None-Match", "").strip('"')):
        return Response(status=204)
    answer = make_response(render_template("parts/_board.html", board=made))
    answer.headers["ETag"] = f'"{made.version}"'
    return answer


@bp.get("/rooms/<room_id>/projector", endpoint="projector")
def show_projector(room_id: str) -> Response:
    """The join code for the wall."""
    room = _led(room_id)
    matrix = segno.make(f"{wired().settings.base_url}/join?code={room.code}", error="m", micro=False).matrix
    page = projector(room, len(rooms().attendees(room.id)), qr(matrix), settings=wired().settings)
    return make_response(render_template("pages/projector.html", page=page))


@bp.get("/rooms/<room_id>/lead")
def ask_key(room_id: str) -> Response:
    """The form for the leader's key. `?key=` fills it in; it is taken by a press only, and the access log leaves queries out."""
    return _ask_key(room_id)


@bp.post("/rooms/<room_id>/lead")
@limit_wrong_codes
def lead(room_id: str) -> Answer:
    """Lead the room in this browser too."""
    secret, room = request.form.get("key", "")[:LONGEST_KEY].strip(), rooms().find(room_id)
    if room is None or not room.is_led_by(secret):
        answer = _ask_key(room_id, NOT_LEADING)
        answer.status_code = 400
        return answer
    owner_of_a_new_run()
    _lead(room, secret)
    log_event("room led", room=room.id)
    return redirect(url_for("rooms.board", room_id=room.id), 303)


@bp.post("/rooms/<room_id>/choose")
def change_lessons(room_id: str) -> Answer:
    """Another choice or order of lessons."""
    room = _led(room_id)
    try:
        rooms().choose(room, _picked())
    except Refused as refused:
        raise BadRequest(str(refused)) from None
    return _back(room)


@bp.get("/rooms/<room_id>/choose")
def choose_anew(room_id: str) -> Response:
    """The form with the room's lessons in their order."""
    room = _led(room_id)
    order = [one.slug for one in rooms().chosen(room.id)]
    page = open_page(scenarios(), settings=wired().settings, action=f"/rooms/{room.id}/choose", title=room.title, order=order, is_new=False)
    return make_response(render_template("pages/open_room.html", page=page))


@bp.get("/rooms/<room_id>/results.<any(csv, json):ending>")
def download(room_id: str, ending: str) -> Response:
    """Everybody's results as a file."""
    room = _led(room_id)
    listed = [(one.slug, _title(one.slug)) for one in rooms().chosen(room.id)]
    table = results.results(room, listed, rooms().attendees(room.id), attempts().of_room(room.id))
    if ending == "csv":
        return as_download(results.as_csv(table), "text/csv; charset=utf-8", f"room-{room.code.lower()}.csv")
    return as_download(results.as_json(room, table), "application/json", f"room-{room.code.lower()}.json")


@bp.post("/rooms/<room_id>/<any(note, hint, solution, lock, unlock, reset_lesson, reset_person, remove, freeze, go_on, reset, end):deed>")
def act(room_id: str, deed: str) -> Answer:
    """What a leader does about the room, one lesson or one person."""
    room = _led(room_id)
    DEEDS[deed](room, request.form.get("of", "")[:64])
    log_event("room acted on", room=room.id, deed=deed)
    return _back(room)


@bp.post("/rooms/<room_id>/purge")
def purge(room_id: str) -> Answer:
    """Delete the room with everything in it. Needs `sure=on`."""
    room = _led(room_id)
    if request.form.get("sure") != "on":
        return _board(room, MARK_IT, 400)
    close_gateways(attempts().forget(room.id))
    rooms().purge(room.id)
    session["leads"] = {kept: key for kept, key in session.get("leads", {}).items() if kept != room.id}
    log_event("room purged", room=room.id)
    return redirect(url_for("rooms.choose"), 303)


def _note(room: Room, _: str) -> None:
    rooms().write_note(room.id, request.form.get("note", "").strip())


def _hint(room: Room, slug: str) -> None:
    scenario = find_scenario(slug)
    rooms().open_hint(room.id, slug, len(scenario.hints) if scenario else 0)


def _solution(room: Room, slug: str) -> None:
    rooms().open_solution(room.id, slug)
    attempts().show_all(room.id, slug)


def _reset_lesson(room: Room, slug: str) -> None:
    if slug:
        close_gateways(attempts().forget(room.id, slug=slug))
        rooms().close_again(room.id, slug)


def _reset_person(room: Room, attendee_id: str) -> None:
    for who in rooms().attendees(room.id):
        if who.id == attendee_id:
            close_gateways(attempts().forget(room.id, learner=who.learner))


def _remove(room: Room, attendee_id: str) -> None:
    if learner := rooms().remove(room.id, attendee_id):
        close_gateways(attempts().forget(room.id, learner=learner))


def _reset(room: Room, _: str) -> None:
    close_gateways(attempts().forget(room.id))
    rooms().close_again(room.id)


DEEDS: dict[str, Callable[[Room, str], None]] = {
    "note": _note,
    "hint": _hint,
    "solution": _solution,
    "lock": lambda room, slug: rooms().lock(room.id, slug, True),
    "unlock": lambda room, slug: rooms().lock(room.id, slug, False),
    "reset_lesson": _reset_lesson,
    "reset_person": _reset_person,
    "remove": _remove,
    "freeze": lambda room, _: rooms().freeze(room.id, True),
    "go_on": lambda room, _: rooms().freeze(room.id, False),
    "reset": _reset,
    "end": lambda room, _: rooms().end(room.id),
}


def _led(room_id: str) -> Room:
    """The room that this browser leads. Raises NotFound: to everybody else there is none."""
    secret, room = str(session.get("leads", {}).get(room_id, "")), rooms().find(room_id)
    if room is None or not room.is_led_by(secret):
        raise NotFound(NO_ROOM)
    return room


def _lead(room: Room, secret: str) -> None:
    session["leads"] = {**session.get("leads", {}), room.id: secret}


def _rows(room: Room) -> views.Board:
    titles = {one.slug: one.title for one in scenarios()}
    people, done = rooms().attendees(room.id), attempts().of_room(room.id)
    return views.board_of(room, rooms().chosen(room.id), titles, people, done, now=time.time())


def _board(room: Room, mistake: str = "", status: int = 200) -> Response:
    secret = session.get("leads", {}).get(room.id, "")
    page = views.board_page(
        room,
        _rows(room),
        settings=wired().settings,
        lead=f"{wired().settings.base_url}/rooms/{room.id}/lead?key={secret}",
        now=time.time(),
        control=_control(room),
        mistake=mistake,
        is_still="still" in request.args,
    )
    answer = make_response(render_template("pages/board.html", page=page))
    answer.status_code = status
    return answer


def _control(room: Room) -> views.Control | None:
    scenario = find_scenario(request.args.get("lesson", ""))
    chosen = next((one for one in rooms().chosen(room.id) if scenario and one.slug == scenario.slug), None)
    if scenario and chosen:
        return views.lesson_control(scenario, chosen, TITLES[scenario.step])
    person = request.args.get("person", "")
    who = next((one for one in rooms().attendees(room.id) if one.id == person), None)
    return views.person_control(who) if who else None


def _back(room: Room) -> Answer:
    return redirect(url_for("rooms.board", room_id=room.id), 303)


def _picked() -> list[str]:
    """The lessons that the form marks, in the order of their numbers; equal ones as they stand in the catalogue."""
    known = {one.slug: one.number for one in scenarios()}
    marked = [slug for slug in request.form.getlist("pick") if slug in known]

    def place(slug: str) -> tuple[int, int]:
        typed = request.form.get(f"order.{slug}", "")
        return (int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 1_000, known[slug])

    return sorted(dict.fromkeys(marked), key=place)


def _form(mistake: str = "") -> Response:
    order = _picked() if mistake else [slug for slug in LAB if find_scenario(slug)]
    title = request.form.get("title", "")[:200]
    page = open_page(scenarios(), settings=wired().settings, action="/rooms", title=title, order=order, mistake=mistake)
    return make_response(render_template("pages/open_room.html", page=page))


def _ask_key(room_id: str, mistake: str = "") -> Response:
    key = request.values.get("key", "")[:LONGEST_KEY]
    return make_response(render_template("pages/lead.html", room_id=room_id[:64], key=key, mistake=mistake))


def _title(slug: str) -> str:
    scenario = find_scenario(slug)
    return scenario.title if scenario else slug
