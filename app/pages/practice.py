"""Practice gateways of this browser: open one with faults, change its switches, see what clients sent it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask import Response as Page
from werkzeug.exceptions import BadRequest, NotFound, TooManyRequests
from werkzeug.wrappers import Response

from app.checks.client_mistakes import mistakes_of
from app.flow.imported import BadFile, run_of_requests
from app.flow.log import Entry, Run
from app.flow.rebuilt import rebuilt, response_bytes
from app.flow.recorded import Recorded, rpc_id_of
from app.pages.browser import owner, owner_of_a_new_run
from app.pages.imported import keep_run
from app.pages.judged import main_of
from app.pages.limits import limit_new_gateways, limit_new_runs
from app.pages.log_lines import log_event
from app.pages.wired import wired
from app.practice.faults import FAULTS, PLACES, PROFILES
from app.practice.gateway import MOUNT, ROUTES
from app.practice.gateways import (
    Instance,
    UnknownSwitch,
    close_gateway,
    gateways_of,
    load_gateway,
    open_gateway,
    set_faults,
    target_url,
)
from app.practice.request_log import Asked, forget_requests, requests_of
from app.views.finding_view import finding_view
from app.views.mask import mask_for
from app.views.practice_page import Catalogue, Switchboard, asked_view, faults_page, gateway_page, switchboard
from app.views.secrets_of import secrets_of
from app.wire.messages import Exchange, Request

MOST_PER_BROWSER = 20  # gateways; each keeps up to 200 requests
TITLE_CHARACTERS = 80
CATALOGUE = Catalogue(PLACES, FAULTS, PROFILES)
GONE = "There is no such practice gateway in this browser. It was closed, or a day has passed since it was opened or changed."
TOO_MANY = f"This browser has {MOST_PER_BROWSER} practice gateways, as many as it may. Close one that you no longer need."

bp = Blueprint("practice_pages", __name__)


@bp.get("/practice/faults")
def faults() -> Page:
    """Every fault, and this browser's gateways. `?fault=` and `?profile=` set switches ahead."""
    on, profile = request.args.getlist("fault")[: len(FAULTS)], request.args.get("profile", "")
    return _faults(switchboard(CATALOGUE, "/practice/faults", "Open this gateway", on=on, profile=profile))


@bp.post("/practice/faults")
@limit_new_gateways
def open_one() -> Response:
    """303 to the page of a fresh gateway, or 400 with the form and a sentence."""
    on, profile, title = _switches()
    engine, mine = wired().store.engine, owner()
    if len(gateways_of(engine, mine)) >= MOST_PER_BROWSER:
        raise TooManyRequests(TOO_MANY)
    try:
        opened = open_gateway(engine, faults=on, profile=profile, owner=owner_of_a_new_run(), title=title)
    except UnknownSwitch as unknown:
        answer = _faults(switchboard(CATALOGUE, "/practice/faults", "Open this gateway", title=title, mistake=str(unknown)))
        answer.status_code = 400
        return answer
    log_event("practice gateway opened", faults=len(on), profile=profile or "none")
    return redirect(url_for("practice_pages.show_one", gateway_id=opened.id), 303)


@bp.get("/practice/faults/<gateway_id>")
def show_one(gateway_id: str) -> Page:
    """One gateway of this browser: its URL, its switches, what clients sent."""
    opened, settings = _mine(gateway_id), wired().settings
    asked = _asked(opened)
    exchanges = [exchange_of(one) for one in asked]
    told = _told(opened, asked, exchanges)
    hide, main = mask_for(secrets_of(told)), main_of(told)
    page = gateway_page(
        CATALOGUE,
        opened,
        _board_of(opened),
        urls=[target_url(opened, settings, route.name) for route in ROUTES],
        asked=[asked_view(n, one.at, one.method, hide(one.url), one.status, _mount(opened)) for n, one in enumerate(asked, 1)],
        main=finding_view(main, hide, told.id) if main else None,
        mistakes=mistakes_of(exchanges),
        settings=settings,
        now=time.time(),
    )
    return make_response(render_template("pages/gateway.html", page=page))


@bp.post("/practice/faults/<gateway_id>")
def change(gateway_id: str) -> Response:
    """303 back to the page, with other switches."""
    opened, (on, profile, _) = _mine(gateway_id), _switches()
    try:
        set_faults(wired().store.engine, opened.id, on, profile)
    except UnknownSwitch as unknown:
        raise BadRequest(str(unknown)) from None
    return redirect(url_for("practice_pages.show_one", gateway_id=opened.id), 303)


@bp.post("/practice/faults/<gateway_id>/reset")
def reset(gateway_id: str) -> Response:
    """303 back to the page of a gateway that is healthy again."""
    opened = _mine(gateway_id)
    set_faults(wired().store.engine, opened.id, ())
    return redirect(url_for("practice_pages.show_one", gateway_id=opened.id), 303)


@bp.post("/practice/faults/<gateway_id>/close")
def close(gateway_id: str) -> Response:
    """303 to the list; nothing answers at the gateway's URL any more."""
    close_gateway(wired().store.engine, _mine(gateway_id).id)
    return redirect(url_for("practice_pages.faults"), 303)


@bp.post("/practice/faults/<gateway_id>/forget")
def forget(gateway_id: str) -> Response:
    """303 back to the page; what clients sent is deleted."""
    opened = _mine(gateway_id)
    forget_requests(wired().store.engine, opened.id)
    return redirect(url_for("practice_pages.show_one", gateway_id=opened.id), 303)


@bp.post("/practice/faults/<gateway_id>/run")
@limit_new_runs
def as_run(gateway_id: str) -> Response:
    """303 to a read-only run that tells what clients sent, judged by the same checks."""
    opened = _mine(gateway_id)
    asked = _asked(opened)
    if not asked:
        raise BadRequest("Nothing was sent to this gateway yet.")
    try:
        read = _run_of(opened, asked, [exchange_of(one) for one in asked])
    except BadFile as bad:
        raise BadRequest(bad.says) from None
    return redirect(url_for("run.show", run_id=keep_run(read).id), 303)


def _faults(board: Switchboard) -> Page:
    parts, mine = wired(), owner()
    healthy = f"{parts.settings.practice_base}{MOUNT}/mcp/{ROUTES[0].name}"
    opened = gateways_of(parts.store.engine, mine)
    page = faults_page(CATALOGUE, board, opened, healthy=healthy, settings=parts.settings, now=time.time())
    return make_response(render_template("pages/faults.html", page=page))


def _board_of(opened: Instance) -> Switchboard:
    action = f"/practice/faults/{opened.id}"
    return switchboard(CATALOGUE, action, "Set these switches", on=opened.faults, profile=opened.profile, title=opened.title)


def _mine(gateway_id: str) -> Instance:
    opened = load_gateway(wired().store.engine, gateway_id)
    if opened is None or not opened.belongs_to(owner()):
        raise NotFound(GONE)
    return opened


def _switches() -> tuple[list[str], str, str]:
    form = request.form
    return list(dict.fromkeys(form.getlist("fault"))), form.get("profile", ""), form.get("title", "").strip()[:TITLE_CHARACTERS]


def _asked(opened: Instance) -> list[Asked]:
    store = wired().store
    return requests_of(store.engine, store.vault, opened.id)


def _told(opened: Instance, asked: Sequence[Asked], exchanges: Sequence[Exchange]) -> Run:
    """The log as a run, to be masked and judged; where it tells of no handshake, its exchanges alone."""
    try:
        run = _run_of(opened, asked, exchanges)
    except BadFile:
        run = Run("", "", "", 0.0, [Entry(n, one.started_at, "", "", "", one) for n, one in enumerate(exchanges, 1)])
    run.id = f"log-{opened.id}"
    return run


def _run_of(opened: Instance, asked: Sequence[Asked], exchanges: Sequence[Exchange]) -> Run:
    """The read-only run that the log tells. Raises BadFile where nothing of a handshake is in it."""
    why = "As the practice gateway received it."
    found = [Recorded(exchange, one.at, n, why=why) for n, (one, exchange) in enumerate(zip(asked, exchanges, strict=True), 1)]
    what = f"what clients sent to the practice gateway {opened.id}"
    return run_of_requests(found, what, most=wired().settings.exchanges_per_run)


def _mount(opened: Instance) -> str:
    return f"{MOUNT}/g/{opened.id}"


def exchange_of(one: Asked) -> Exchange:
    """A kept request with its answer as an exchange, its bytes rebuilt from headers and body."""
    body = Request(one.method, one.url, one.headers, one.body, rpc_id_of(one.body))
    return rebuilt(body, response_bytes(one.status, one.reason, one.answer_headers, one.answer_body), at=one.at, ms=one.ms)
