"""The contract for robots, held by rendering every example walk of the checks: one page for each thing that can go wrong."""

from __future__ import annotations

import json
from collections import Counter

import corpus
import healthy
import pytest
from page_marks import Marks, page_of, twin_of
from tape import TARGET, Tape, run_of

from app.checks import engine
from app.flow.fold import facts_of
from app.flow.log import Leg, Run
from app.flow.standing import standing
from app.flow.steps import NAMES
from app.views.secrets_of import secrets_of
from app.views.steps import TITLES
from app.wire.messages import Exchange

WALKS: dict[str, Tape] = {
    **{f"healthy up to {step}": healthy.walk_to(step) for step in NAMES},
    "the whole walk": healthy.walk_through("confirm"),
    **{code: example.fails for code, example in corpus.EXAMPLES.items()},
}
SECRETS = ("state-one", "code-one", "v" * 64, "access-1", "access-2", "refresh-1", "refresh-2")


@pytest.fixture(params=WALKS.values(), ids=WALKS, scope="module")
def walked(request: pytest.FixtureRequest) -> Run:
    return run_of(request.param)


def test_the_page_says_what_its_twin_says(walked: Run, render) -> None:  # type: ignore[no-untyped-def]
    page, told = Marks(render("run", page_of(walked))), twin_of(walked)
    assert (page.body["data-state"], page.body["data-step"]) == (told["state"], told["step"])
    assert page.values("data-problem") == ([told["problem"]] if told["problem"] else [])
    findings = Counter((f["code"], f["level"]) for f in told["findings"])  # type: ignore[attr-defined]
    assert Counter((a["data-code"], a["data-level"]) for _, a in page.holders("data-code")) == findings
    exchanges = [str(e["seq"]) for e in told["exchanges"]]  # type: ignore[attr-defined]
    assert sorted(page.values("data-exchange"), key=int) == exchanges
    assert [tag for tag, _ in page.holders("data-state")] == ["body"] == [tag for tag, _ in page.holders("data-step")]
    assert ("link", {"rel": "alternate", "type": "application/json", "href": "/runs/r1.json"}) in page.tags


def test_every_offer_is_one_form_or_one_link(walked: Run, render) -> None:  # type: ignore[no-untyped-def]
    offers = standing(facts_of(walked), engine.forbids(walked), False).offers
    page = Marks(render("run", page_of(walked)))
    made = {attrs["data-action"]: (tag, attrs) for tag, attrs in page.holders("data-action")}
    assert len(page.values("data-action")) == len(made)
    assert set(made) == set(offers)
    for name, (tag, attrs) in made.items():
        if name in ("authorize", "stepup"):
            assert (tag, attrs["href"]) == ("a", "/runs/r1/authorize")
        elif name == "connect":
            assert tag == "a" and attrs["rel"] == "noopener noreferrer" and attrs["target"] == "_blank"
        else:
            assert (tag, attrs["method"], attrs["action"]) == ("form", "post", f"/runs/r1/{name}")


def test_no_secret_is_on_the_page_nor_in_its_twin(walked: Run, render) -> None:  # type: ignore[no-untyped-def]
    html, told = render("run", page_of(walked)), json.dumps(twin_of(walked))
    for secret in (*SECRETS, *(s.value for s in secrets_of(walked))):
        for spelled in (secret, json.dumps(secret)[1:-1]):
            assert spelled not in told, spelled
            assert spelled not in "".join(text for text in Marks(html).text), spelled
    links = [attrs for _, attrs in Marks(html).holders("data-action") if attrs["data-action"] == "connect"]
    rest = [value for _, attrs in Marks(html).tags for value in attrs.values() if attrs not in links]
    assert not [value for value in rest for secret in SECRETS if secret in value]


def test_ids_are_unique_and_every_field_has_a_label(walked: Run, render) -> None:  # type: ignore[no-untyped-def]
    page = Marks(render("run", page_of(walked)))
    assert not [i for i, count in Counter(page.values("id")).items() if count > 1]
    labelled = set(page.values("for"))
    for tag, attrs in page.tags:
        if tag in ("select", "textarea") or (tag == "input" and attrs.get("type") not in ("hidden", "checkbox", "radio")):
            assert attrs["id"] in labelled


def test_while_running_there_is_only_cancel_and_the_page_renews_itself(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(healthy.walk_to("token"))
    html = render("run", page_of(run, busy=True))
    page = Marks(html)
    assert page.body["data-state"] == "running" and page.values("data-action") == ["cancel"]
    assert '<noscript><meta http-equiv="refresh" content="1"></noscript>' in html
    polls = [attrs for _, attrs in page.holders("hx-get")]
    assert [p["hx-get"] for p in polls] == ["/runs/r1"] and polls[0]["hx-nonce"] == "nonce-of-this-page"
    assert "hx-get" not in render("run", page_of(run))


def test_a_twin_has_the_members_of_the_contract() -> None:
    told = twin_of(run_of(healthy.walk_through("confirm")))
    assert set(told) == {"schema_version", "id", "target", "revision", "state", "step", "problem", "steps", "findings", "exchanges", "legs"}
    assert [step["name"] for step in told["steps"]] == list(NAMES)  # type: ignore[attr-defined]
    assert all(set(s) == {"name", "state", "verdict", "reason"} for s in told["steps"])  # type: ignore[attr-defined]
    assert all(
        set(e) == {"seq", "step", "why", "method", "url", "status", "failure", "ms"}
        for e in told["exchanges"]  # type: ignore[attr-defined]
    )
    assert [leg["kind"] for leg in told["legs"]] == ["callback"] or [leg["kind"] for leg in told["legs"]] == ["authorize", "callback"]  # type: ignore[attr-defined]
    assert told["target"] == TARGET and told["state"] == "done" and told["problem"] is None


def test_a_twin_of_a_finding_names_both_fixes() -> None:
    told = twin_of(run_of(corpus.EXAMPLES["probe.no_challenge"].fails))
    finding = next(f for f in told["findings"] if f["code"] == "probe.no_challenge")  # type: ignore[attr-defined]
    assert set(finding) == {"code", "level", "step", "entry", "says", "expected", "spec", "fix"}
    assert set(finding["fix"]) == {"operator", "client"} and finding["spec"]["url"].startswith("https://")


@pytest.mark.attack("L4")
def test_titles_hold_the_host_and_no_query(render) -> None:  # type: ignore[no-untyped-def]
    run = Run("r1", "o", "https://gw.example/mcp?api_key=abcdef123", 0.0)
    html = render("run", page_of(run))
    title = html.partition("<title>")[2].partition("</title>")[0]
    assert "gw.example" in title and "?" not in title and "abcdef123" not in html


def test_the_expected_401_is_green_and_state_is_told_apart_from_verdict(render) -> None:  # type: ignore[no-untyped-def]
    page = page_of(run_of(healthy.walk_to("register")))
    first = page.rail[0]
    assert (first.state, first.verdict) == ("done", "ok")
    shown = [item.exchange for group in page.past.earlier for item in group.items if item.exchange]
    assert (shown[0].status, shown[0].verdict) == ("401", "ok")


def test_the_rail_marks_the_step_that_the_page_speaks_of(walked: Run) -> None:
    page = page_of(walked)
    marked = [step.title for step in page.rail if step.is_current]
    assert marked == [page.panel.title] or (marked == [] and page.panel.title not in TITLES.values())
    assert [step.title for step in page.rail if step.state == "now"] in ([], marked)


def test_only_the_newest_take_shows_its_bytes() -> None:
    past = page_of(run_of(healthy.walk_through("confirm"))).past
    assert past.latest and past.latest.step == "confirm"
    assert all(item.exchange.request.is_empty for group in past.earlier for item in group.items if item.exchange)
    assert not any(item.exchange.request.is_empty for item in past.latest.items if item.exchange)


def test_every_leg_and_every_choice_of_the_person_has_its_line() -> None:
    run = run_of(healthy.walk_through("token"))
    legs = [e for e in run.entries if isinstance(e.body, Leg)]
    past = page_of(run).past
    groups = [*past.earlier, *([past.latest] if past.latest else [])]
    assert len([i for g in groups for i in g.items if i.leg]) == len(legs)
    assert len([i for g in groups for i in g.items if i.exchange]) == len([e for e in run.entries if isinstance(e.body, Exchange)])
