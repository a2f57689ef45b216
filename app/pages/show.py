"""The one place where pages meet views and templates: a look in, an HTML or JSON answer out."""

from __future__ import annotations

import time
from collections.abc import Iterable

from flask import Response, jsonify, make_response, render_template, request

from app.flow.log import Entry, Run
from app.pages.browser import owner
from app.pages.edits import ask_of, breaks_of, probes_of
from app.pages.look import Look
from app.pages.lookup import causes_of
from app.pages.pasted_target import Understood
from app.pages.pupil import lesson_path, rooms
from app.pages.recent import recent_runs
from app.pages.start_form import StartForm
from app.pages.wired import wired
from app.practice.scenarios import find_scenario
from app.views import catalogue_page, check_page, exchange_page, pictures_page, run_page, start_page
from app.views.catalogue_page import Answer
from app.views.lesson_strip import Strip, strip
from app.views.share_page import ShareLine, share_line
from app.views.twin import twin as twin_of
from app.views.unjudged import unjudged


def start(form: StartForm, understood: Understood | None = None, pasted: str = "") -> Response:
    """The start page, with this browser's runs; `understood` is what was made of a paste."""
    mine, parts = owner(), wired()
    page = start_page.start_page(
        settings=parts.settings,
        typed=form.typed,
        mistakes=form.mistakes,
        recent=recent_runs(mine),
        saved=parts.store.targets.of(mine) if mine else (),
        shared=parts.store.shares.count(mine) if mine else 0,
        now=time.time(),
        understood=understood,
        pasted=pasted,
        answers=causes_of(pasted) if understood and understood.kind == "error" else (),
    )
    return _html("start", page)


def run(look: Look, shown: frozenset[str] = frozenset()) -> Response:
    """The run page; `shown` are the labels of secrets to show in clear."""
    page = run_page.run_page(
        look.run,
        look.facts,
        look.findings,
        look.standing,
        settings=wired().settings,
        now=time.time(),
        main=look.main,
        ask=ask_of(look.facts, look.standing),
        breaks=breaks_of(look.facts, look.standing),
        probes=() if look.is_veiled else probes_of(look.facts, look.standing, look.findings),
        progress=look.lease.progress if look.lease else None,
        wanted=wanted_of(shown),
    )
    return _html("run", unjudged(page) if look.is_veiled else page, lesson=strip_of(look), shares=_links(look.run))


def _links(run: Run) -> tuple[ShareLine, ...]:
    """The open links of a run."""
    parts = wired()
    return tuple(share_line(one, parts.settings.base_url, time.time()) for one in parts.store.shares.of_run(run.id, run.owner))


def pictures(look: Look) -> Response:
    """The pictures of a run."""
    page = pictures_page.pictures_page(
        look.run,
        look.facts,
        look.findings,
        look.main,
        settings=wired().settings,
        now=time.time(),
        until=number_in_address("until"),
    )
    return _html("pictures", page, lesson=strip_of(look))


def wanted_of(shown: frozenset[str]) -> run_page.Wanted:
    """What the address of a run page asks to see."""
    given = request.args
    return run_page.Wanted(given.get("tool", "")[:500], number_in_address("until"), given.get("filter", "")[:1_000], shown)


def number_in_address(name: str) -> int:
    """A parameter of the address as a number; 0 where it is none."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def twin(look: Look) -> Response:
    """The run's masked JSON, and where it is described."""
    answer = jsonify(twin_of(look.run, look.facts, look.findings, look.standing, look.main))
    answer.headers["Link"] = '</schema/run-1.json>; rel="describedby"'
    return answer


def exchange(look: Look, entry: Entry, shown: frozenset[str], view: str = "parsed") -> Response:
    """The page of one exchange; `shown` are the labels of secrets to show in clear, `view` is parsed, raw or hex."""
    page = exchange_page.exchange_page(
        look.run, entry, look.findings, settings=wired().settings, reveal=shown, view=view, judged=not look.is_veiled
    )
    return _html("exchange", unjudged(page) if look.is_veiled else page, lesson=strip_of(look))


def strip_of(look: Look) -> Strip | None:
    """What a run says of the lesson that it is walked in; None outside of lessons."""
    scenario = find_scenario(look.facts.lesson) if look.facts.lesson else None
    if scenario is None:
        return None
    room = rooms().find(look.facts.lesson_room) if look.facts.lesson_room else None
    href = lesson_path(scenario.slug, look.facts.lesson_room)
    return strip(scenario, href, look.facts.lesson_over, room.note if room else "")


def catalogue(listed: Iterable[catalogue_page.Told], *, query: str = "", pasted: str = "", answers: Iterable[Answer] = ()) -> Response:
    """The list of checks, what was searched or pasted above it."""
    page = catalogue_page.catalogue_page(listed, settings=wired().settings, query=query, pasted=pasted, answers=answers)
    return _html("checks", page)


def check(one: check_page.Story) -> Response:
    """The page of one check."""
    return _html("check", check_page.check_page(one, settings=wired().settings))


def _html(name: str, page: object, **beside: object) -> Response:
    return make_response(render_template(f"pages/{name}.html", page=page, **beside))


def html(name: str, page: object) -> Response:
    """A page that has a view of its own: the template of that name prints it."""
    return _html(name, page)
