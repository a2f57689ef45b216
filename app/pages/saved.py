"""Saved targets of this browser: add, rename, delete. What could be a secret is not saved."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest, NotFound, TooManyRequests
from werkzeug.wrappers import Response

from app.pages.browser import owner, owner_of_a_new_run
from app.pages.log_lines import log_event
from app.pages.start_form import CHOICES, FIELDS, read_form_here
from app.pages.wired import wired
from app.views.mask import mask_url

NEVER_SAVED = ("client_secret", "private_key", "assertion", "idp_id_token", "headers")
MASKED_OUT = ("authorize_params",)  # saved only where nothing in it looks like a secret
LONGEST_NAME = 80  # characters; a list shows it on one line
MOST = 50  # of one browser
GONE = "There is no such saved target in this browser."
UNSAVABLE = "This URL holds what looks like a secret, so it is not saved. Save it without that, and add it by hand each time."

bp = Blueprint("saved", __name__)


@bp.post("/targets")
def save() -> Response:
    """Save what the start form says, without its secrets."""
    form = read_form_here(request.form)
    if "target" in form.mistakes:
        raise BadRequest(form.mistakes["target"])
    target = form.typed["target"]
    if mask_url(target, ()) != target:
        raise BadRequest(UNSAVABLE)
    mine = owner_of_a_new_run()
    if wired().store.targets.count(mine) >= MOST:
        raise TooManyRequests(f"This browser has {MOST} saved targets, as many as it may. Delete one first.")
    wired().store.targets.save(mine, _name(request.form.get("name", "")) or name_of(target), savable(form.typed))
    log_event("target saved")
    return redirect(url_for("start.start", _anchor="saved"), 303)


@bp.post("/targets/<target_id>/rename")
def rename(target_id: str) -> Response:
    """Give it another name."""
    name = _name(request.form.get("name", ""))
    if not name:
        raise BadRequest("Type a name first.")
    return _done(bool(owner()) and wired().store.targets.rename(target_id, owner(), name))


@bp.post("/targets/<target_id>/delete")
def delete(target_id: str) -> Response:
    """Remove it."""
    return _done(bool(owner()) and wired().store.targets.delete(target_id, owner()))


def savable(typed: Mapping[str, str]) -> dict[str, str]:
    """The fields that were touched and that hold no secret."""
    kept = {name: typed[name] for name in FIELDS if name not in NEVER_SAVED and typed.get(name, "")}
    touched = {name: value for name, value in kept.items() if name not in CHOICES or value != CHOICES[name][0]}
    return {name: value for name, value in touched.items() if name not in MASKED_OUT or mask_url(f"?{value}", ()) == f"?{value}"}


def name_of(target: str) -> str:
    """Host and last part of the path: what people call a gateway's route."""
    parts = urlsplit(target)
    last = parts.path.rstrip("/").rpartition("/")[2]
    return f"{parts.netloc} {last}".strip()[:LONGEST_NAME]


def _name(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME]


def _done(found: bool) -> Response:
    if not found:
        raise NotFound(GONE)
    return redirect(url_for("start.start", _anchor="saved"), 303)
