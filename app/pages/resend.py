"""An exchange of the run, changed and sent again beside the walk. The original stays; the walk learns nothing from the copy."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask import redirect as to
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.flow.acts import BadChoice
from app.flow.extras import resend
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.log import Entry, Run
from app.flow.separating import Probe
from app.pages import show
from app.pages.beside import send_beside
from app.pages.browser import own_run
from app.pages.exchange import number, own_exchange
from app.pages.moves import SEEN
from app.pages.wired import wired
from app.views.resend_form import read_resend, resend_page, shown, typed_in
from app.views.secrets_of import secrets_of
from app.wire.messages import Exchange

bp = Blueprint("resend", __name__)
PATH = "/runs/<run_id>/exchanges/<int:seq>/resend"


@bp.get(PATH, endpoint="form")
def show_form(run_id: str, seq: int) -> Response:
    """The exchange as a form, its hidden values as placeholders."""
    run = own_run(run_id)
    entry = own_exchange(run, seq)
    return show.html("resend", resend_page(run, entry, settings=wired().settings, refusal=facts_of(run).read_only))


@bp.post(PATH)
def send(run_id: str, seq: int) -> Response:
    """Send the copy and show it; where something has to be changed first, the form with what was typed."""
    run = own_run(run_id)
    entry = own_exchange(run, seq)
    made = read_resend(request.form, entry, secrets_of(run))
    if made.mistakes:
        return _again(run, entry, made.mistakes)

    seen = number(request.form.get(SEEN, "")) or len(run.entries)

    def make(fresh: Run, facts: Facts) -> Probe | None:
        if any(copy.request == made.request for _, copy in _copies(fresh, seq, seen)):
            return None  # the second of two clicks
        return resend(entry, made.request, made.changed)

    try:
        send_beside(run, "resend", make)
    except BadChoice as refused:
        raise BadRequest(str(refused)) from None
    return to(_where(own_run(run_id), seq, seen), 303)


def _again(run: Run, entry: Entry, mistakes: tuple[str, ...]) -> Response:
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    typed = typed_in(request.form, shown(exchange.request, secrets_of(run)))
    page = resend_page(run, entry, settings=wired().settings, refusal=facts_of(run).read_only, typed=typed, mistakes=mistakes)
    answer = show.html("resend", page)
    answer.status_code = 400
    return answer


def _copies(run: Run, seq: int, since: int) -> list[tuple[Entry, Exchange]]:
    """The copies of an exchange that were sent since the form was shown."""
    return [(e, e.body) for e in run.entries[since:] if e.role == f"probe:resend:{seq}" and isinstance(e.body, Exchange)]


def _where(run: Run, seq: int, since: int) -> str:
    """The copy where it has come, else the run."""
    copies = _copies(run, seq, since)
    return url_for("exchange.show", run_id=run.id, seq=copies[-1][0].seq) if copies else url_for("run.show", run_id=run.id)
