"""What the servers of a run say about themselves, and what can be read in its tokens."""

from __future__ import annotations

import time

from flask import Blueprint, Response, redirect, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from app.flow.acts import BadChoice
from app.flow.extras import keys, other_addresses, other_metadata
from app.flow.facts import Facts
from app.flow.log import Run
from app.flow.oauth import endpoint
from app.flow.separating import Probe
from app.pages import show
from app.pages.beside import Make, send_beside
from app.pages.browser import own_run
from app.pages.look import look_at
from app.pages.wired import wired
from app.views.documents_page import documents_page
from app.views.tokens_page import tokens_page

bp = Blueprint("documents", __name__)


@bp.get("/runs/<run_id>/documents", endpoint="documents")
def show_documents(run_id: str) -> Response:
    """Each document of the run, member by member."""
    look = look_at(own_run(run_id))
    others, judged = other_addresses(look.facts), not look.is_veiled
    return show.html("documents", documents_page(look.run, look.facts, settings=wired().settings, others=others, judged=judged))


@bp.get("/runs/<run_id>/tokens", endpoint="tokens")
def show_tokens(run_id: str) -> Response:
    """Each token of the run, as far as it can be read."""
    look = look_at(own_run(run_id))
    page = tokens_page(look.run, look.facts, settings=wired().settings, now=time.time(), judged=not look.is_veiled)
    return show.html("tokens", page)


@bp.post("/runs/<run_id>/tokens/keys")
def fetch_keys(run_id: str) -> AnyResponse:
    """Fetch the key set that the metadata names; the page then says which signatures it fits."""
    _send(own_run(run_id), "keys", _keys)
    return redirect(url_for("documents.tokens", run_id=run_id), 303)


@bp.post("/runs/<run_id>/documents/other")
def fetch_other(run_id: str) -> AnyResponse:
    """Fetch the discovery documents that the walk did not need."""
    _send(own_run(run_id), "documents", lambda run, facts: other_metadata(facts))
    return redirect(url_for("documents.documents", run_id=run_id), 303)


def _send(run: Run, action: str, make: Make) -> None:
    try:
        send_beside(run, action, make)
    except BadChoice as refused:
        raise BadRequest(str(refused)) from None


def _keys(run: Run, facts: Facts) -> Probe:
    if not endpoint(facts, "jwks_uri"):
        raise BadChoice("The server's metadata names no `jwks_uri`, so there are no keys to fetch.")
    return keys(facts)
