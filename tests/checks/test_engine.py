"""Which findings count, which one forbids going on, and which is the main one."""

from __future__ import annotations

import time

import pytest
from healthy import (
    STEPS,
    at,
    authorize,
    back,
    code_sent,
    discover,
    granted,
    metadata,
    register,
    server,
    take,
    tools,
    walk_through,
    walk_to,
)
from of_call import LINK, SCOPES
from tape import HOME, PRM, SERVER, TARGET, Tape, answer, choice, error, options, refusal, result, rpc, rpc_error, run_of

from app.checks.engine import examine, examined, forbids, main, main_of, not_asked
from app.checks.model import NOTE, STOP, WARN
from app.flow.log import Run

SLASH = answer(200, {**SERVER, "issuer": f"{HOME}/"})
FORBIDDEN = answer(403, b"", f"WWW-Authenticate: {SCOPES}")


def codes(run: Run, *levels: str) -> list[str]:
    return [f.code for f in examine(run) if f.level in levels and not f.past]


def problem(tape: Tape) -> str:
    found = main_of(run_of(tape))
    return found.code if found else ""


def forbidden(tape: Tape) -> str:
    found = forbids(run_of(tape))
    return found.code if found else ""


def gone_past(code: str, tape: Tape) -> Tape:
    """The person pressed go_on past that finding."""
    finding = next(f for f in examine(run_of(tape)) if f.code == code)
    return (*tape, choice("go_on", "", code=code, entry=finding.entry))


def test_a_healthy_walk_has_no_stop_and_no_warning() -> None:
    run = run_of(walk_through("confirm"))
    assert codes(run, STOP, WARN) == []
    assert main_of(run) is None and forbids(run) is None


def test_an_empty_run_has_nothing_to_say() -> None:
    run = Run("r", "o", TARGET, 0.0)
    assert examine(run) == [] and forbids(run) is None and main_of(run) is None and not_asked(run) == []


def test_findings_stand_in_the_order_of_the_log() -> None:
    run = run_of((*at("resource_metadata", metadata(answer(200, {**PRM, "resource": HOME}))), *take("server_metadata", server(SLASH))))
    entries = [f.entry for f in examine(run)]
    assert entries == sorted(entries) and len(set(entries)) > 1


def test_a_finding_carries_all_that_a_person_needs() -> None:
    finding = next(f for f in examine(run_of(at("server_metadata", server(SLASH)))) if f.code == "server_metadata.issuer_slash")
    assert finding.step == "server_metadata" and finding.level == STOP
    assert finding.actual == f"{HOME}/" and finding.expected == HOME and f"{HOME}/" in finding.says
    assert finding.evidence.pointer == "/issuer" and finding.evidence.entry == finding.entry
    assert finding.fix_operator and finding.fix_client and finding.why and finding.spec.url


def test_the_earliest_stop_is_the_main_finding() -> None:
    document = {**SERVER, "issuer": "https://idp.example", "code_challenge_methods_supported": ["plain"]}
    assert problem(at("server_metadata", server(answer(200, document)))) == "server_metadata.issuer_mismatch"


def test_without_a_stop_the_first_warning_is_the_main_finding() -> None:
    tape = (*at("resource_metadata", metadata(answer(200, {**PRM, "resource": HOME}))), *STEPS["server_metadata"])
    assert problem(tape) == "resource_metadata.resource_mismatch" and forbidden(tape) == ""


def test_notes_alone_make_no_main_finding() -> None:
    assert problem(at("probe", discover(refusal(f'Bearer error="invalid_token", resource_metadata="{HOME}/prm"')))) == ""


def test_a_denied_consent_is_the_main_finding_though_it_is_a_note_and_a_warning_stands_before_it() -> None:
    start = (*at("server_metadata", server(answer(200, {**SERVER, "issuer": f"{HOME}/"})), revision="2025-11-25"), *STEPS["register"])
    tape = (*start, *authorize(), back(code=None, error="access_denied"))
    assert "server_metadata.issuer_slash" in codes(run_of(tape), WARN)
    assert problem(tape) == forbidden(tape) == "authorize.access_denied"


def test_main_takes_findings_and_facts_alone() -> None:
    seen = examined(run_of(at("server_metadata", server(SLASH))))
    found = main(seen.findings, seen.facts)
    assert found is not None and found.code == "server_metadata.issuer_slash"


@pytest.mark.parametrize(
    ("revision", "level"), [("2025-03-26", WARN), ("2025-06-18", WARN), ("2025-11-25", WARN), ("2026-07-28", STOP), ("auto", STOP)]
)
def test_the_level_follows_the_revision_and_the_newest_while_the_era_is_unknown(revision: str, level: str) -> None:
    tape = (*walk_to("server_metadata", revision=revision), *take("server_metadata", server(SLASH)))
    assert [f.level for f in examine(run_of(tape)) if f.code == "server_metadata.issuer_slash"] == [level]


def test_under_auto_the_era_that_was_learned_decides_for_the_whole_run() -> None:
    legacy = answer(200, result({"protocolVersion": "2025-11-25"}))
    handshake = (
        discover(answer(400, b"?"), "call", "access-1"),
        rpc("call", "initialize", legacy, "access-1"),
        tools(answer(200, result({"tools": [{"name": "x"}]}))),
    )
    start = (*walk_to("server_metadata", revision="auto"), *take("server_metadata", server(SLASH)))
    rest = tuple(line for name in ("register", "authorize", "callback", "token") for line in STEPS[name])
    run = run_of((*start, *rest, *take("call", *handshake)))
    assert [f.level for f in examine(run) if f.code == "server_metadata.issuer_slash"] == [WARN]
    assert forbids(run) is None


def test_a_finding_that_the_person_went_past_stays_a_stop_but_forbids_no_more() -> None:
    tape = gone_past("server_metadata.issuer_slash", at("server_metadata", server(SLASH)))
    assert forbidden(tape) == "" and problem(tape) == "server_metadata.issuer_slash"


def test_what_ends_the_walk_later_is_main_before_what_was_gone_past() -> None:
    tape = gone_past("server_metadata.issuer_slash", at("server_metadata", server(SLASH)))
    tape = (*tape, *take("register", register(answer(429, b"slow")), outcome="failed", reason="No client id came back."))
    assert problem(tape) == forbidden(tape) == "register.rate_limited"


def test_what_was_gone_past_is_not_asked_again_on_the_next_lap() -> None:
    tape = gone_past("server_metadata.issuer_slash", at("server_metadata", server(SLASH)))
    assert forbidden((*tape, *take("server_metadata", server(SLASH)))) == ""
    other = server(answer(200, {**SERVER, "issuer": "https://idp.example"}))
    assert forbidden((*tape, *take("server_metadata", other))) == "server_metadata.issuer_mismatch"


def test_a_step_that_was_taken_again_supersedes_what_stopped_it() -> None:
    failed = at("register", register(answer(429, b"slow")), outcome="failed", reason="No client id came back.")
    run = run_of((*failed, *STEPS["register"]))
    found = [(f.level, f.past, f.ends) for f in examine(run) if f.code == "register.rate_limited"]
    assert found == [(NOTE, "superseded", False)] and forbids(run) is None


def test_a_warning_stays_until_the_same_request_is_made_again() -> None:
    empty = at("call", discover(answer(200, result({})), "call", "access-1"), tools(answer(200, result({"tools": []}))))
    called = (
        choice("call_tool", "call", name="x", arguments={}),
        *take("call", tools(answer(200, result({"content": []})), role="tools/call")),
    )
    assert "call.empty_tools" in codes(run_of((*empty, *called)), WARN)
    assert "call.empty_tools" not in codes(run_of((*empty, *STEPS["call"])), WARN)


def test_while_the_walk_goes_around_an_older_stop_does_not_forbid() -> None:
    expired = at("token", code_sent(error(400, "invalid_grant"), later=60.0), outcome="failed", reason="No access token came back.")
    assert forbidden(expired) == "token.code_expired"
    again = (*expired, choice("again", "authorize", step="authorize"), *authorize(state="second"))
    assert forbidden(again) == "" and problem(again) == "token.code_expired"
    done = (*again, back(state="second", code="code-two"), *take("token", code_sent(granted(), code="code-two")))
    assert problem(done) == "" and forbidden(done) == ""


def test_a_step_up_that_was_solved_leaves_a_note() -> None:
    met = at(
        "call",
        discover(answer(200, result({})), "call", "access-1"),
        tools(FORBIDDEN),
        outcome="failed",
        reason="The handshake did not come to its end.",
    )
    assert problem(met) == forbidden(met) == "call.insufficient_scope"
    out = (*met, *authorize(state="up", scope="mcp:tools mcp:write", reason="stepup"))
    assert forbidden(out) == ""
    solved = (*out, back(state="up", code="up"), *take("token", code_sent(granted(2), code="up")))
    solved = (
        *solved,
        *take(
            "call",
            discover(answer(200, result({})), "call", "access-2"),
            tools(answer(200, result({"tools": [{"name": "x"}]})), token="access-2"),
        ),
    )
    found = [(f.level, f.past) for f in examine(run_of(solved)) if f.code == "call.insufficient_scope"]
    assert found == [(NOTE, "solved")] and problem(solved) == ""


def test_a_connect_link_ends_the_walk_until_it_was_retried() -> None:
    asked = at(
        "call",
        discover(answer(200, result({})), "call", "access-1"),
        tools(answer(200, rpc_error(-32042, "Connect", **LINK))),
        outcome="failed",
        reason="x",
    )
    assert problem(asked) == forbidden(asked) == "call.connect_required"
    retried = (*asked, choice("retry_connect", "call"), *take("call", tools(answer(200, result({"tools": [{"name": "x"}]})))))
    assert forbidden(retried) == "" and problem(retried) == ""


def test_a_401_that_a_working_token_meets_is_a_warning_for_the_next_lap_not_a_stop() -> None:
    run = run_of((*walk_through("call"), *take("call", tools(refusal(), role="tools/call"), outcome="failed", reason="x")))
    assert codes(run, STOP) == [] and "call.token_expired" in codes(run, WARN) and forbids(run) is None


def test_a_take_that_failed_is_never_without_a_finding_that_forbids() -> None:
    for step in (
        "probe",
        "resource_metadata",
        "server_metadata",
        "register",
        "authorize",
        "token",
        "call",
        "refresh",
        "replay",
        "revoke",
        "confirm",
    ):
        tape = at(step, outcome="failed", reason="The step took longer than one step may (STEP_SECONDS).")
        finding = forbids(run_of(tape))
        assert finding is not None and "longer than" in finding.says, step


def test_a_cancelled_take_is_the_persons_own_wish_and_no_finding() -> None:
    assert forbidden(at("register", outcome="cancelled", reason="You pressed cancel.")) == ""


def test_an_edit_of_the_person_is_named_where_it_explains_the_error() -> None:
    edit = choice("edit", "token", step="token", named="no_resource", drop_params=["resource"])
    sent = code_sent(error(400, "invalid_request"), resource=None)
    run = run_of((*walk_to("token"), edit, *take("token", sent, outcome="failed", reason="x")))
    finding = main_of(run)
    assert finding is not None and finding.code == "token.missing_param" and "you left out resource" in finding.says
    later = run_of(
        (*walk_to("token"), edit, *take("token", sent, outcome="failed", reason="x"), *take("token", sent, outcome="failed", reason="x"))
    )
    newest = main_of(later)
    assert newest is not None and newest.entry > finding.entry and "you left out" not in newest.says


def test_a_question_that_cannot_be_asked_says_why() -> None:
    run = run_of(at("call", discover(refusal(), "call", "access-1"), outcome="failed", reason="x"))
    assert [(code, because) for code, _, because in not_asked(run)] == [("call.clock_skew", "the 401 has no Date header to compare with")]


def test_the_same_sentence_of_the_same_step_stands_once() -> None:
    twice = at("revoke", *(rpc("revoke", "access_after_revoke", answer(500, b"oops"), "access-1") for _ in range(2)))
    assert [f.code for f in examine(run_of(twice))].count("transport.server_error") == 1


def test_the_wrong_issuers_words_appear_nowhere() -> None:
    for revision in ("2025-06-18", "2025-11-25", "2026-07-28"):
        words = {"error": "server_error", "error_description": "call 555", "error_uri": "https://evil.example"}
        run = run_of((*walk_to("callback", revision=revision), back(code=None, iss="https://other.example", **words)))
        assert forbids(run) is not None
        assert not any("555" in str(f) or "evil" in str(f) or "server_error" in str(f) for f in examine(run))


def test_the_oldest_flow_with_nothing_published_reaches_its_end_without_a_stop() -> None:
    nothing = answer(404, b"")
    start = (options(revision="2025-11-25"), *take("probe", rpc("probe", "initialize", refusal(""))))
    start = (*start, *take("resource_metadata", metadata(nothing, "path"), metadata(nothing, "root")))
    start = (*start, *take("server_metadata", server(nothing)), *STEPS["register"], *authorize(), back(iss=None), *STEPS["token"])
    run = run_of((*start, *STEPS["call"]))
    assert codes(run, STOP) == [] and forbids(run) is None
    assert codes(run, WARN) == ["probe.no_challenge", "server_metadata.not_found"]


def test_the_answer_is_kept_while_the_log_does_not_grow() -> None:
    run = run_of(walk_through("call"))
    assert examined(run) is examined(run)
    before = examined(run)
    run.append(answered := STEPS["refresh"][0].body, step="refresh")
    assert answered is run.entries[-1].body and examined(run) is not before


def test_a_long_run_is_examined() -> None:
    calls = tuple(line for _ in range(64) for line in STEPS["replay"])
    run = run_of((*walk_through("refresh"), *calls))
    assert sum(e.role != "" for e in run.entries) >= 200
    for entry in run.entries:
        getattr(entry.body, "status", None)  # the reader's own time is not the checks'
    began = time.process_time()
    examine(run)
    print(f"examined in {(time.process_time() - began) * 1000:.0f} ms")
