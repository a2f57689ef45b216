"""Sharing a run: a masked snapshot behind a link that nobody guesses, that ends by itself, and that can be ended at once.

The link is the key: who opens one need not sign in.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache

from flask import Blueprint, g, jsonify, make_response, redirect, render_template, request, url_for
from flask import Response as Page
from werkzeug.exceptions import BadRequest, NotFound, TooManyRequests
from werkzeug.wrappers import Response

from app.flow.fold import facts_of
from app.flow.har_file import BadFile
from app.flow.snapshot import snapshot_of
from app.flow.standing import standing
from app.pages import show
from app.pages.browser import own_run, owner
from app.pages.exchange import own_exchange
from app.pages.export import as_download, file_name
from app.pages.judged import findings_of, forbids, main_of
from app.pages.log_lines import log_event
from app.pages.look import Look, judged_look
from app.pages.signed_in import open_to_all
from app.pages.wired import wired
from app.store.shares import Share
from app.views.har import har, har_bytes
from app.views.mask import mask_for, secrets_of
from app.views.run_page import Wanted, run_page
from app.views.share_page import DAY, SharePage, lives, reader, share_page
from app.views.share_sieve import read_only
from app.views.twin import twin as twin_of

GONE = "There is no such snapshot. It was revoked, its time is over, or the link is not complete."
TOO_LARGE = "This run is too large to be shared as a page. Export it as a HAR file and pass that on."
MOST_SHARED = 4_000_000  # bytes of a snapshot before it is packed: 20 x an ordinary walk, and few enough that readers cannot hurt a worker
PARSED, PARSED_BYTES = 8, 500_000  # small snapshots that a worker keeps read, because a link is opened by several people at once

bp = Blueprint("share", __name__)


@bp.get("/runs/<run_id>/share")
def links_of_run(run_id: str) -> Page:
    """The links of a run, and the form for another one."""
    run = own_run(run_id)
    secrets, parts = secrets_of(run), wired()
    listed = parts.store.shares.of_run(run.id, run.owner)
    target = mask_for(secrets)(run.target)
    return _shown(_page(listed, run_id=run.id, target=target, secrets=len(secrets)))


@bp.get("/shares")
def links_of_browser() -> Page:
    """All links of this browser: they outlive their runs."""
    mine = owner()
    return _shown(_page(wired().store.shares.of_owner(mine) if mine else ()))


@bp.post("/runs/<run_id>/share")
def make_link(run_id: str) -> Response:
    """Mask the run, keep that, and show its link."""
    look = judged_look(own_run(run_id))
    parts, run = wired(), look.run
    parts.store.size.check()
    most = parts.settings.shares_per_browser
    if most and parts.store.shares.count(run.owner) >= most:
        raise TooManyRequests(f"This browser has {most} shared links, as many as it may. Revoke one that is no longer needed.")
    content = har_bytes(har(run, look.findings))
    try:
        if len(content) > MOST_SHARED:
            raise BadFile(TOO_LARGE)
        target = snapshot_of(content, run.id).target  # a snapshot that nobody could read is not kept
    except BadFile as bad:
        raise BadRequest(bad.says) from None
    share = parts.store.shares.create(run.owner, run.id, target, content, _chosen_seconds())
    log_event("run shared", run=run.id, days=int((share.until - share.made_at) // DAY))
    return redirect(url_for("share.links_of_run", run_id=run_id), 303)


@bp.post("/shares/<share_id>/revoke")
def revoke(share_id: str) -> Response:
    """End a link now."""
    mine = owner()
    if not mine or not wired().store.shares.revoke(share_id, mine):
        raise NotFound(GONE)
    log_event("link revoked")
    run_id = request.form.get("run", "")
    if run_id and wired().store.runs.load(run_id, mine):
        return redirect(url_for("share.links_of_run", run_id=run_id), 303)
    return redirect(url_for("share.links_of_browser"), 303)


@bp.get("/shared/<share_id>")
@open_to_all
def shared_run(share_id: str) -> Page:
    """The run as it was, for whoever has the link."""
    share, look = _opened(share_id)
    page = run_page(
        look.run,
        look.facts,
        look.findings,
        look.standing,
        settings=wired().settings,
        now=share.made_at,
        main=look.main,
        wanted=Wanted(until=show.number_in_address("until")),
    )
    return _for_readers(make_response(render_template("pages/shared.html", page=page)), share)


@bp.get("/shared/<share_id>/exchanges/<int:seq>")
@open_to_all
def shared_exchange(share_id: str, seq: int) -> Page:
    """One exchange of it."""
    share, look = _opened(share_id)
    return _for_readers(show.exchange(look, own_exchange(look.run, seq), frozenset()), share)


@bp.get("/shared/<share_id>/pictures")
@open_to_all
def shared_pictures(share_id: str) -> Page:
    """Its pictures."""
    share, look = _opened(share_id)
    return _for_readers(show.pictures(look), share)


@bp.get("/shared/<share_id>.json")
@open_to_all
def shared_twin(share_id: str) -> Page:
    """The same for programs."""
    share, look = _opened(share_id)
    twin = twin_of(look.run, look.facts, look.findings, look.standing, look.main)
    return _unlisted(jsonify({**twin, "id": share.id}))


@bp.get("/shared/<share_id>.har")
@open_to_all
def shared_har(share_id: str) -> Page:
    """The file that was kept."""
    share, look = _opened(share_id)
    return _unlisted(as_download(share.content, "application/json", file_name(look.run, look.standing.step, "har")))


def _opened(share_id: str) -> tuple[Share, Look]:
    share = wired().store.shares.load(share_id)
    if share is None:
        raise NotFound(GONE)
    g.shared = reader(share)
    return share, (_kept_look if len(share.content) <= PARSED_BYTES else _look)(share.id, share.content)


def _look(share_id: str, content: bytes) -> Look:
    """Everything derived from a snapshot: threads that share it only read it."""
    run = snapshot_of(content, f"~{share_id}")
    facts = facts_of(run)
    return Look(run, facts, standing(facts, forbids(run), False), findings_of(run), main_of(run), None)


_kept_look = lru_cache(maxsize=PARSED)(_look)


def _for_readers(answer: Page, share: Share) -> Page:
    answer.set_data(read_only(answer.get_data(as_text=True), f"~{share.id}", share.id))
    return _unlisted(answer)


def _unlisted(answer: Page) -> Page:
    """For no search engine, and no site that a reader goes on to learns the link."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _page(listed: Iterable[Share], *, run_id: str = "", target: str = "", secrets: int = 0) -> SharePage:
    settings = wired().settings
    return share_page(
        listed,
        settings=settings,
        now=time.time(),
        share_seconds=settings.share_seconds,
        run_id=run_id,
        target=target,
        secrets=secrets,
    )


def _shown(page: SharePage) -> Page:
    return make_response(render_template("pages/share.html", page=page))


def _chosen_seconds() -> float:
    """The days that were chosen, of those that are offered; else the usual ones."""
    offered = {str(days): days * DAY for days, _ in lives(wired().settings.share_seconds)}
    return float(offered.get(request.form.get("days", ""), wired().settings.share_seconds))
