"""The root cause stands in for its symptom, by rules that are data; and separating probes change nothing but that."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from healthy import authorize, back, walk_through
from of_probes import (
    BAD_URI,
    ELSEWHERE,
    GAVE_UP,
    INVALID,
    MISSING,
    OUT,
    SAME,
    TAKEN,
    dry,
    five,
    fresh,
    html,
    jwt,
    probe,
    refused_token,
    three,
)
from tape import SERVER, TARGET, Tape, answer, get, run_of

from app.checks.catalogue import BY_CODE
from app.checks.engine import examine, forbids, main, main_of
from app.checks.explains import RULES, Explains, cause_of
from app.checks.model import NOTE, STOP, Evidence, Finding
from app.flow.facts import Facts
from app.flow.fold import facts_of
from app.flow.standing import standing
from app.wire.messages import Exchange, Failure, Request


def finding(code: str, entry: int, level: str = STOP, past: str = "") -> Finding:
    check = BY_CODE[code]
    texts = (check.title, check.expected, "", check.why, check.spec, check.fix_operator, check.fix_client, Evidence(entry))
    title, expected, actual, why, spec, operator, client, evidence = texts
    step = code.partition(".")[0]
    return Finding(code, level, step, entry, title, "It is so.", expected, actual, why, spec, operator, client, evidence, past=past)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.cause} over {r.symptom}")
def test_a_cause_takes_the_place_of_its_symptom_wherever_it_stands(rule: Explains) -> None:
    symptom, cause = finding(rule.symptom, 3), finding(rule.cause, 5, NOTE if rule.even_as_note else STOP)
    assert main([symptom], Facts()) == symptom
    assert main([symptom, cause], Facts()) == cause
    assert main([replace(cause, entry=1), symptom], Facts()) == replace(cause, entry=1)
    assert main([symptom, replace(cause, past="superseded")], Facts()) == symptom
    if not rule.even_as_note:
        assert main([symptom, replace(cause, level=NOTE)], Facts()) == symptom


def test_the_rules_name_checks_each_pair_once_with_a_reason_and_without_a_circle() -> None:
    pairs = Counter((rule.cause, rule.symptom) for rule in RULES)
    assert set(pairs.values()) == {1}
    assert {code for pair in pairs for code in pair} <= set(BY_CODE)
    assert all(len(rule.why) > 15 and rule.why.endswith(".") for rule in RULES)
    for rule in RULES:
        last = cause_of(finding(rule.symptom, 1), [finding(code, 2) for code in BY_CODE])
        assert not [r for r in RULES if r.symptom == last.code]


def test_without_a_rule_the_earliest_stop_stays() -> None:
    assert main([finding("token.pkce", 3), finding("call.session", 5)], Facts()) == finding("token.pkce", 3)


SHOWN: dict[str, tuple[str, str, Tape]] = {
    "a token that does not arrive": ("call.header_lost", "call.wrong_audience", three(MISSING, MISSING, MISSING)),
    "a client that the server forgot": (
        "register.client_stale",
        "authorize.local_error_page",
        fresh(html("<h1>Error</h1>", status=400), TAKEN),
    ),
    "another redirect URI": ("authorize.redirect_mismatch", "callback.never_came", (*ELSEWHERE, GAVE_UP)),
    "an error page": ("authorize.local_error_page", "callback.never_came", (*dry(html("no", status=400)), GAVE_UP)),
    "registration took it": ("register.accepts_then_refuses", "callback.never_came", (*dry(BAD_URI), GAVE_UP)),
    "instances": ("token.replicas", "token.invalid_grant", five(*SAME[:4], answer(200, SERVER, "Server: two"))),
    "audience": ("authorize.audience_instead", "call.wrong_audience", refused_token(jwt(aud=[]))),
    "two names": ("token.resource_accepted_then_refused", "call.wrong_audience", refused_token(jwt(aud=TARGET))),
}


@pytest.mark.parametrize(("cause", "symptom", "tape"), SHOWN.values(), ids=SHOWN)
def test_a_walk_shows_the_cause_at_its_top_and_the_symptom_below(cause: str, symptom: str, tape: Tape) -> None:
    run = run_of(tape)
    found = main_of(run)
    assert found is not None and found.code == cause
    assert symptom in [f.code for f in examine(run)]


def test_no_check_of_the_walk_is_asked_of_a_probe() -> None:
    silent = Exchange(Request("GET", "https://gw.example/authorize"), failure=Failure("timeout", "It took too long."))
    for body in (answer(500, b"broken"), answer(302, b"", "Location: /login"), answer(401), b"HTTP/1.1 200 OK\nX\n\n"):
        run = run_of((*OUT, *probe("dry_authorize", get("authorize", "probe:dry_authorize:other", "https://gw.example/x", body))))
        assert examine(run) == examine(run_of(OUT))
    run = run_of(OUT)
    run.append(silent, step="authorize", role="probe:dry_authorize:get")
    assert [f.code for f in examine(run)] == []


def test_a_stop_of_a_probe_ends_nothing() -> None:
    run = run_of(dry(html("<h1>Error</h1>", status=400)))
    found = main_of(run)
    assert found is not None and found.level == STOP and found.aside
    assert forbids(run) is None
    assert standing(facts_of(run), None, False).state == "authorize"


def test_giving_up_ends_the_wait_and_a_new_request_or_a_late_answer_begins_anew() -> None:
    gave_up = run_of((*OUT, GAVE_UP))
    blocked = forbids(gave_up)
    assert blocked is not None and blocked.code == "callback.never_came"
    assert standing(facts_of(gave_up), blocked, False).state == "failed"
    again = run_of((*OUT, GAVE_UP, *authorize(state="newer")))
    assert forbids(again) is None and standing(facts_of(again), None, False).state == "authorize"
    late = run_of((*OUT, GAVE_UP, back()))
    assert forbids(late) is None and standing(facts_of(late), None, False).step == "token"


def test_a_probe_leaves_a_healthy_run_without_a_complaint() -> None:
    run = run_of((*walk_through("call"), *probe("without_token", get("call", "probe:without_token:ours", TARGET, answer(401)))))
    assert [f for f in examine(run) if f.level != NOTE] == [] and main_of(run) is None


def test_challenges_of_probes_are_no_first_contact() -> None:
    """The 401 without a token that a probe met must not stand in for the walk's own."""
    run = run_of(three(MISSING, MISSING, answer(401, b"", f"WWW-Authenticate: {INVALID}")))
    assert "call.header_lost" not in [f.code for f in examine(run)]
