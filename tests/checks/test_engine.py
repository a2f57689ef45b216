"""Which findings count, which one forbids going on, and which is the main one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from corpus import EXAMPLES, MORE
from healthy import (
    STEPS,
    at,
    authorize,
    back,
    code_sent,
    discover,
    metadata,
    register,
    server,
    take,
    tools,
    walk_through,
    walk_to,
)
from of_call import SCOPES
from tape import HOME, PRM, SERVER, TARGET, Tape, answer, refusal, result, rpc, run_of

from app.checks import engine
from app.checks.engine import examine, examined, forbids, main, main_of, not_asked
from app.checks.model import STOP, WARN
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
    whole = run_of((*start, *rest, *take("call", *handshake)))
    for run in (whole, examined_as_it_grew(whole)):
        assert [f.level for f in examine(run) if f.code == "server_metadata.issuer_slash"] == [WARN]
        assert forbids(run) is None


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


def test_the_answer_is_kept_while_the_log_does_not_grow() -> None:
    run = run_of(walk_through("call"))
    assert examined(run) is examined(run)
    before = examined(run)
    run.append(answered := STEPS["refresh"][0].body, step="refresh")
    assert answered is run.entries[-1].body and examined(run) is not before


def tapes_of(code: str) -> Iterator[Tape]:
    yield from (EXAMPLES[code].fails, EXAMPLES[code].passes)
    yield from (tape for _, tape, _ in MORE.get(code, ()))


def examined_as_it_grew(whole: Run) -> Run:
    growing = Run(whole.id, whole.owner, whole.target, whole.created_at)
    for entry in whole.entries:
        growing.entries.append(entry)
        examined(growing)
    return growing


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_log_that_is_examined_as_it_grows_is_told_like_one_that_is_read_whole(code: str) -> None:
    for tape in tapes_of(code):
        whole = run_of(tape)
        assert examined(examined_as_it_grew(whole)) == examined(whole)


def test_of_a_log_that_grew_only_the_new_entries_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    run, answers, asked = run_of(walk_through("call")), engine._answers, list[int]()
    monkeypatch.setattr(engine, "_answers", lambda q, *rest: asked.append(q.entry.seq) or answers(q, *rest))
    examined(run)
    run.append(STEPS["refresh"][0].body, step="refresh")
    examined(run)
    assert asked == [entry.seq for entry in run.entries]


def test_a_long_run_is_examined() -> None:
    calls = tuple(line for _ in range(64) for line in STEPS["replay"])
    run = run_of((*walk_through("refresh"), *calls))
    assert sum(e.role != "" for e in run.entries) >= 200
    for entry in run.entries:
        getattr(entry.body, "status", None)  # the reader's own time is not the checks'
    began = time.process_time()
    examine(run)
    print(f"examined in {(time.process_time() - began) * 1000:.0f} ms")


def test_tokens_in_an_answer_that_was_not_understood_are_not_quoted() -> None:
    nested = answer(200, {"ok": True, "authed_user": {"access_token": "xoxp-secret"}})
    page = answer(200, b"access_token=gho_secret&token_type=bearer", kind="application/x-www-form-urlencoded")
    odd = answer(201, {"clientId": "c", "client_secret": "top-secret"})
    walks = [at("token", code_sent(one), outcome="failed", reason="x") for one in (nested, page)]
    walks.append(at("register", register(odd), outcome="failed", reason="x"))
    shown = " ".join(str(f) for walk in walks for f in examine(run_of(walk)))
    assert not any(secret in shown for secret in ("xoxp-secret", "gho_secret", "top-secret"))


def test_what_ended_the_walk_is_main_even_before_an_earlier_stop_that_nobody_minded() -> None:
    """A recorded walk of a lenient client: it did not stop at the issuer, the person did at the consent."""
    start = (*at("server_metadata", server(SLASH)), *STEPS["register"])
    assert problem((*start, *authorize(), back(code=None, error="access_denied"))) == "authorize.access_denied"


def test_leaving_an_event_stream_after_its_answer_is_no_oddity() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = b'data: {"jsonrpc":"2.0","id":"1","result":{"tools":[]}}\n\n'
    chunk = f"{len(said):x}\r\n".encode() + said + b"\r\n"
    left, cut = (run_of((*walk_to("call"), *take("call", tools(head + chunk[:end])))) for end in (len(chunk), len(chunk) - 3))
    assert "transport.oddity" not in codes(left, "NOTE")
    assert "transport.oddity" in codes(cut, "NOTE")
