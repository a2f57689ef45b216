"""Texts that teach, the start form, the form of the next request, the catalogue."""

from __future__ import annotations

import corpus
import healthy
import pytest
from page_marks import Marks, page_of
from tape import answer, run_of, take

from app.checks import engine
from app.checks.catalogue import CHECKS
from app.flow.engine import preview
from app.flow.fold import facts_of
from app.flow.steps import NAMES
from app.settings import Settings
from app.views.catalogue_page import catalogue_page
from app.views.check_page import check_page
from app.views.edit_form import read_edit
from app.views.exchange_page import exchange_page
from app.views.mask import mask_for
from app.views.request_form import header, pairs_of, parameter
from app.views.secrets_of import secrets_of
from app.views.start_page import start_page
from app.views.words import words
from app.wire.messages import Exchange, Request

FIELDS = {
    "target",
    "revision",
    "registration",
    "client_metadata_url",
    "client_id",
    "client_secret",
    "client_auth",
    "scope",
    "authorize_params",
    "headers",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_step_says_what_it_does_why_and_what_to_look_for(name: str) -> None:
    text = words(name)
    assert text.title and len(text.lead) > 40
    assert [heading for heading, _ in text.sections] == ["Why", "What to look for"]
    assert "https://" in "".join(html for _, html in text.sections) + text.lead


def test_every_family_of_checks_has_an_introduction() -> None:
    for family in {check.code.partition(".")[0] for check in CHECKS}:
        assert words(f"checks/{family}").lead, family


def test_unknown_or_hostile_names_have_no_words() -> None:
    assert words("nothing").title == "" == words("../settings").title == words("").title


def test_the_start_form_has_the_fields_of_the_contract(render) -> None:  # type: ignore[no-untyped-def]
    page = Marks(render("start", start_page(settings=Settings())))
    assert page.values("data-action") == ["new", "practice"]
    form = next(attrs for _, attrs in page.tags if attrs.get("data-action") == "new")
    assert (form["method"], form["action"]) == ("post", "/runs")
    assert set(page.values("name")) >= FIELDS
    link = next(attrs for _, attrs in page.tags if attrs.get("data-action") == "practice")
    assert link["href"].startswith("/?target=http%3A%2F%2Flocalhost%3A8000%2Fpractice%2F")


def test_a_mistake_stands_at_its_field_and_a_secret_is_not_sent_back(render) -> None:  # type: ignore[no-untyped-def]
    typed = {"target": "x", "client_secret": "typed-secret", "scope": "a b", "registration": "dcr"}
    html = render("start", start_page(settings=Settings(), typed=typed, mistakes={"target": "Not a <URL>."}))
    assert "typed-secret" not in html and "Not a &lt;URL&gt;." in html
    assert 'aria-invalid="true"' in html and "<details open" in html and '<option value="dcr" selected>' in html


def test_nothing_changed_is_no_edit_and_masks_are_not_changes() -> None:
    run = run_of((*healthy.walk_to("token"),))
    ask = preview(facts_of(run), "token")
    assert ask
    secrets = secrets_of(run)
    hide = mask_for(secrets)
    form = {f"param.{p.name}": p.shown for p in (parameter(n, v, {}, hide) for n, v in pairs_of(ask.request))}
    form |= {f"header.{h.name}": h.shown for h in (header(n, v, {}, hide) for n, v in ask.request.headers)}
    assert form["param.code"] != "code-one"
    form |= {"url": ask.request.url, "new_name": "", "new_value": "", "seen": "9"}
    assert read_edit(form, ask.request, secrets) == {}
    assert read_edit({}, ask.request, secrets) == {}


def test_changes_are_read_and_a_label_means_its_value() -> None:
    run = run_of(healthy.walk_to("token"))
    secrets = secrets_of(run)
    code = next(s for s in secrets if s.value == "code-one").label
    body = b"code=code-one&resource=https%3A%2F%2Fgw&client_id=c"
    request = Request("POST", "https://gw/token", (("Content-Type", "application/x-www-form-urlencoded"), ("X", "1")), body)
    form = {
        "param.code": f"{code}x",
        "drop.resource": "1",
        "param.resource": "https://gw",
        "param.client_id": "c",
        "new_name": "a",
        "new_value": "b",
    }
    form |= {"header.X": "2", "drop_header.Content-Type": "1", "url": "https://gw/other"}
    assert read_edit(form, request, secrets) == {
        "set_params": (("code", "code-onex"), ("a", "b")),
        "drop_params": ("resource",),
        "set_headers": (("X", "2"),),
        "drop_headers": ("Content-Type",),
        "url": "https://gw/other",
    }


def test_parameters_of_a_query_a_form_and_a_json_body() -> None:
    json_headers = (("Content-Type", "application/json"),)
    assert pairs_of(Request("GET", "https://gw/a?x=1&y=%20")) == (("x", "1"), ("y", " "))
    assert pairs_of(Request("POST", "https://gw/", (), b"a=1&a=2")) == (("a", "1"), ("a", "2"))
    assert pairs_of(Request("POST", "https://gw/", json_headers, b'{"a":"1","b":[1]}')) == (("a", "1"), ("b", "[1]"))
    assert pairs_of(Request("POST", "https://gw/", json_headers, b"[")) == ()


def test_the_authorization_request_is_shown_with_every_purpose(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of((*healthy.walk_to("authorize"), *take("authorize", *healthy.authorize()[1:-1])))
    page = page_of(run)
    assert page.panel.way_out and page.panel.way_out.host == "gw.example" and all(row.meaning for row in page.panel.way_out.rows)
    html = render("run", page)
    assert "state-one" not in html and "https://gw.example/authorize" in html


def test_the_code_ages_on_the_page() -> None:
    run = run_of(healthy.walk_to("token"))
    came = next(entry for entry in run.entries if entry.step == "callback")
    age = page_of(run, now=came.at + 75).top.code_age
    assert age and "1 min 15 s old" in age.says and age.is_over and age.since == int(came.at)
    assert page_of(run_of(healthy.walk_to("authorize"))).top.code_age is None


def test_a_code_that_was_handed_in_ages_no_more_and_to_try_again_begins_at_the_browser() -> None:
    refused = healthy.code_sent(answer(400, {"error": "invalid_grant"}))
    page = page_of(run_of((*healthy.walk_to("token"), *take("token", refused, outcome="failed", reason="No access token came back."))))
    assert (page.state, page.step, page.top.code_age) == ("failed", "token", None)
    assert page.moves.main and page.moves.main.name == "retry" and "begins at your browser" in page.moves.main.hint
    elsewhere = page_of(run_of(corpus.EXAMPLES["probe.no_challenge"].fails))
    assert "browser" not in elsewhere.moves.hint


@pytest.mark.parametrize(
    ("step", "told"),
    [("refresh", "Refresh, replay, revoke, confirm."), ("replay", "Replay, revoke, confirm."), ("revoke", "Revoke, confirm.")],
)
def test_the_rest_is_what_is_left_and_a_cost_is_told_only_where_it_comes(step: str, told: str) -> None:
    page = page_of(run_of(healthy.walk_to(step)))
    assert (page.state, page.step) == ("connected", step) and page.moves.main and page.moves.main.label == "Run the rest"
    assert page.moves.hint.startswith(told) and ("as a thief would" in page.moves.hint) == (step != "revoke")


def test_one_secret_is_revealed_and_no_other(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(healthy.walk_through("token"))
    entry = next(e for e in run.entries if e.step == "token" and isinstance(e.body, Exchange))
    label = next(s.label for s in secrets_of(run) if s.value == "access-1")
    masked = render("exchange", exchange_page(run, entry, engine.examine(run), settings=Settings()))
    assert "access-1" not in masked and f'value="{label}"' in masked
    shown = render("exchange", exchange_page(run, entry, engine.examine(run), settings=Settings(), reveal=frozenset({label})))
    assert "access-1" in shown and "refresh-1" not in shown and f'value="{label}"' not in shown
    reveal = [attrs["action"] for tag, attrs in Marks(masked).tags if tag == "form" and attrs["method"] == "post"]
    assert set(reveal) == {f"/runs/r1/exchanges/{entry.seq}/reveal"}


def test_the_catalogue_lists_every_check_once_and_each_has_a_page(render) -> None:  # type: ignore[no-untyped-def]
    page = Marks(render("checks", catalogue_page(CHECKS, settings=Settings())))
    links = [href for href in page.values("href") if href.startswith("/checks/")]
    assert sorted(links) == sorted(f"/checks/{check.code}" for check in CHECKS)
    for check in CHECKS:
        assert check.code in render("check", check_page(check, settings=Settings()))
