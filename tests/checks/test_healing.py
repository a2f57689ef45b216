"""What the walk heals, what the person goes past, and what a failed take is never without."""

from __future__ import annotations

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
from tape import HOME, SERVER, Tape, answer, choice, error, options, refusal, result, rpc, rpc_error, run_of

from app.checks.engine import examine, forbids, main_of
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
    assert [f.past for f in examine(run_of(retried)) if f.code == "call.connect_required"] == ["solved"]


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


def test_the_oldest_flow_with_nothing_published_reaches_its_end_without_a_stop() -> None:
    nothing = answer(404, b"")
    start = (options(revision="2025-11-25"), *take("probe", rpc("probe", "initialize", refusal(""))))
    start = (*start, *take("resource_metadata", metadata(nothing, "path"), metadata(nothing, "root")))
    start = (*start, *take("server_metadata", server(nothing)), *STEPS["register"], *authorize(), back(iss=None), *STEPS["token"])
    run = run_of((*start, *STEPS["call"]))
    assert codes(run, STOP) == [] and forbids(run) is None
    assert codes(run, WARN) == ["probe.no_challenge", "server_metadata.not_found"]


def test_another_way_to_a_client_heals_a_failed_registration_though_nothing_is_asked_again() -> None:
    failed = at("register", register(answer(429, b"slow")), outcome="failed", reason="No client id came back.")
    client = choice("client", "register", issuer=HOME, client_id="mine", client_secret="", auth="none", how="preregistered")
    run = run_of((*failed, *take("register", client)))
    assert [f.past for f in examine(run) if f.code == "register.rate_limited"] == ["superseded"]


def test_a_broken_exchange_explains_a_failure_better_than_a_missing_header() -> None:
    start = (options(), *take("probe", discover(refusal(""))), *take("resource_metadata", metadata(answer(500, b"oops"), "root")))
    start = (*start, *take("server_metadata", server(answer(404, b""))))
    run = run_of((*start, *take("register", register(answer(404, b"")), outcome="failed", reason="No client id came back.")))
    assert [f.level for f in examine(run) if f.code == "probe.no_challenge"] == [WARN]
    found = main_of(run)
    assert found is not None and found.step != "probe"
