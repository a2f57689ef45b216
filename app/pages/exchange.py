"""One exchange by itself: its page, one secret shown on demand, and its bytes as a file."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from app.flow.log import Entry, Run
from app.pages import show
from app.pages.browser import own_run
from app.pages.log_lines import log_event
from app.pages.look import look_at
from app.pages.wired import wired
from app.views.compare_page import compare_page
from app.views.exchange_bytes import VIEWS
from app.views.file_mask import FileMask, masked_received
from app.views.mask import mask
from app.views.secrets_of import secrets_of
from app.views.unjudged import unjudged
from app.wire.messages import Exchange

SHOWN_LABEL = 100  # characters; a label is a kind and four digits

bp = Blueprint("exchange", __name__)


@bp.get("/runs/<run_id>/exchanges/<int:seq>", endpoint="show")
def show_exchange(run_id: str, seq: int) -> Response:
    """The exchange with all that was recorded of it, masked. `?view=raw` and `?view=hex` show it byte for byte, `?with=` beside another."""
    run = own_run(run_id)
    entry, asked, other = own_exchange(run, seq), request.args.get("view", ""), request.args.get("with", "")
    if other:
        page = compare_page(run, entry, own_exchange(run, number(other)), settings=wired().settings)
        return show.html("compare", unjudged(page) if look_at(run).is_veiled else page)
    return show.exchange(look_at(run), entry, frozenset(), asked if asked in VIEWS else "parsed")


@bp.post("/runs/<run_id>/exchanges/<int:seq>/reveal")
def reveal(run_id: str, seq: int) -> Response:
    """The same page with one secret (`label`) in clear. A POST, so that no address leads to it."""
    run = own_run(run_id)
    entry = own_exchange(run, seq)
    label = request.form.get("label", "")[:SHOWN_LABEL]
    log_event("revealed", run=run.id, exchange=seq)
    return show.exchange(look_at(run), entry, frozenset({label} if label else ()))


@bp.get("/runs/<run_id>/exchanges/<int:seq>/<any(request, response):side>.txt")
def masked_file(run_id: str, seq: int, side: str) -> Response:
    """One side's bytes as a file, secrets masked."""
    run = own_run(run_id)
    entry = own_exchange(run, seq)
    return as_file(_masked(run, entry, side), f"exchange-{seq}-{side}-masked.txt")


@bp.post("/runs/<run_id>/exchanges/<int:seq>/<any(request, response):side>.txt")
def exact_file(run_id: str, seq: int, side: str) -> Response:
    """One side's bytes exactly as they crossed the wire. A POST: the person chose to see the secrets."""
    run = own_run(run_id)
    log_event("bytes downloaded", run=run.id, exchange=seq)
    return as_file(_side(own_exchange(run, seq), side), f"exchange-{seq}-{side}.txt")


def own_exchange(run: Run, seq: int) -> Entry:
    """The entry with this number where it is an exchange, or 404."""
    entry = run.entry(seq)
    if entry is None or not isinstance(entry.body, Exchange):
        raise NotFound("This run has no exchange with that number.")
    return entry


def _masked(run: Run, entry: Entry, side: str) -> bytes:
    exchange = entry.body
    # compression and chunks hide a secret from a search in the raw bytes, so a body that was coded is coded anew
    if side == "response" and isinstance(exchange, Exchange) and exchange.response and exchange.response.raw_body != exchange.response.body:
        return masked_received(exchange, FileMask(run))
    return mask(_side(entry, side), secrets_of(run))


def number(text: str) -> int:
    """An exchange's number as it was written; 0, which none has, where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _side(entry: Entry, side: str) -> bytes:
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    return exchange.sent if side == "request" else exchange.received


def as_file(content: bytes, name: str) -> Response:
    """Bytes of a stranger: always a download, always plain text, whatever they claim to be."""
    answer = Response(content, mimetype="text/plain")
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer
