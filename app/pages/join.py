"""An attendee's pages: come in by code and nickname, the room's lessons, and the leader's news."""

from __future__ import annotations

import time
from contextlib import suppress

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Answer

from app.pages.browser import owner_of_a_new_run
from app.pages.limits import limit_wrong_codes
from app.pages.log_lines import log_event
from app.pages.pupil import attempts, desk_at, room_of_attendee, rooms
from app.practice.attempts import SEEN_SECONDS, learner_of
from app.practice.rooms import NAME_CHARACTERS, Attendee, Refused, Room, plain_code
from app.practice.scenarios import find_scenario
from app.store.database import StoreUnavailable
from app.views.room_page import join_page, news_of, room_page
from app.views.visible import HIDDEN

READ = 200  # characters that are read of what somebody types
UNKNOWN = "No room has this code. Look at the wall once more: six letters and digits, without O, I, L, 0 and 1."
NAMELESS = "Choose a nickname that people can read: 1 to 40 characters."

bp = Blueprint("join", __name__)


@bp.get("/join")
def form() -> Response:
    """The form; `?code=` fills the code in."""
    return _form(code=request.args.get("code", "")[:READ])


@bp.post("/join")
@limit_wrong_codes
def join() -> Answer:
    """303 into the room, or 400 with the sentence that says what is wrong."""
    code, name = request.form.get("code", "")[:READ], " ".join(request.form.get("name", "")[:READ].split())
    room = rooms().find_by_code(code) if plain_code(code) else None
    if room is None:
        return _form(400, code=code, name=name, mistake=UNKNOWN)
    if not 0 < len(name) <= NAME_CHARACTERS or not HIDDEN.sub("", name).strip():
        return _form(422, code=code, name=name, mistake=NAMELESS, at_name=True)
    try:
        rooms().join(room, learner_of(owner_of_a_new_run()), name)
    except Refused as refused:
        return _form(422, code=code, name=name, mistake=str(refused), at_name=True)
    session["joined"] = room.id
    log_event("room joined", room=room.id)
    return redirect(url_for("join.room", room_id=room.id), 303)


@bp.get("/rooms/<room_id>", endpoint="room")
def show_room(room_id: str) -> Response:
    """The room's lessons, as this person has them."""
    return _room(room_id, "pages/room.html")


@bp.get("/rooms/<room_id>/news")
def news_of_room(room_id: str) -> Response:
    """The lessons and the leader's note where they are new since the version `?v=`; else 204."""
    return _room(room_id, "parts/_room.html")


@bp.get("/rooms/<room_id>/lessons/<slug>/news", endpoint="lesson_news")
def news_of_lesson(room_id: str, slug: str) -> Response:
    """The same on a lesson's page, which is not swapped under somebody who is about to answer."""
    desk = desk_at(slug, room_id)
    room, me = room_of_attendee(room_id)
    _seen(room, me)
    shown = request.args.get("h", "")
    chosen = [desk.chosen] if desk.chosen else []
    made = news_of(room, at=desk.href, hints_shown=int(shown) if shown.isdecimal() and len(shown) < 3 else 0, chosen=chosen)
    if made.version == request.args.get("v"):
        return Response(status=204)
    return make_response(render_template("parts/_news.html", news=made))


def _room(room_id: str, template: str) -> Response:
    room, me = room_of_attendee(room_id)
    _seen(room, me)
    chosen = rooms().chosen(room.id)
    news = news_of(room, at=f"/rooms/{room.id}", chosen=chosen)
    if news.version == request.args.get("v"):
        return Response(status=204)
    listed = [(one, scenario) for one in chosen if (scenario := find_scenario(one.slug))]
    page = room_page(room, me, listed, attempts().of_learner(me.learner, room.id))
    return make_response(render_template(template, page=page, news=news))


def _seen(room: Room, me: Attendee) -> None:
    if me.seen_at < time.time() - SEEN_SECONDS and not room.is_over:
        with suppress(StoreUnavailable):  # a store that cannot be written can still be read
            rooms().see(room.id, me.learner)


def _form(status: int = 200, *, code: str = "", name: str = "", mistake: str = "", at_name: bool = False) -> Response:
    page = join_page(code=code, name=name, mistake=mistake, at_name=at_name)
    answer = make_response(render_template("pages/join.html", page=page))
    answer.status_code = status
    return answer
