"""An audit at canned gateways: what is enforced, what is not, what cannot be judged, and how many sign-ins that takes."""

from __future__ import annotations

import pytest
from auditing import Auditor, Judging, audited
from canned import TARGET, Reply, exchange, json_reply

from app.flow.audits.attempts import ATTEMPTS, SLUGS, cost_of
from app.flow.audits.judging import ADVERTISED, ENFORCED, NOT_ENFORCED, UNKNOWN
from app.flow.audits.progress import take_audit
from app.flow.audits.verdicts import verdicts
from app.flow.engine import Means
from app.flow.fold import facts_of
from app.flow.log import Choice, Leg, Run
from app.flow.standing import standing
from app.wire.messages import Request

CODES = [attempt.slug for attempt in ATTEMPTS if attempt.needs == "code"]


def test_a_gateway_that_judges_everything_enforces_everything() -> None:
    somebody = audited(Judging())
    assert somebody.words == dict.fromkeys(SLUGS, ENFORCED)
    assert somebody.sign_ins == 2, "misuse ends the grant there, so the code that comes twice needs one of its own"
    assert somebody.audit.outcome == "done"


def test_a_gateway_that_judges_nothing_enforces_nothing() -> None:
    somebody = audited(Judging(SLUGS))
    assert somebody.words == dict.fromkeys(SLUGS, NOT_ENFORCED)
    assert somebody.sign_ins == 1


@pytest.mark.parametrize("slug", SLUGS)
def test_each_attempt_is_told_apart_from_all_others(slug: str) -> None:
    somebody = audited(Judging([slug]))
    with_it = ("token_in_query", "foreign_route") if slug == "no_token" else ()  # who needs no token is let in with any
    assert somebody.words == dict.fromkeys(SLUGS, ENFORCED) | dict.fromkeys((slug, *with_it), NOT_ENFORCED)


@pytest.mark.parametrize("slug", SLUGS)
def test_each_attempt_by_itself_comes_to_its_verdict(slug: str) -> None:
    for lenient, word in (((), ENFORCED), ((slug,), NOT_ENFORCED)):
        somebody = audited(Judging(lenient), slug)
        assert somebody.words[slug] == word
        assert somebody.sign_ins <= 1


def test_where_codes_die_with_a_wrong_try_each_attempt_gets_a_code_of_its_own() -> None:
    somebody = audited(Judging(codes_die=True))
    assert somebody.words == dict.fromkeys(SLUGS, ENFORCED)
    assert somebody.sign_ins == 7  # five wrong tries, and two grants that end
    assert len(somebody.asked("control:code")) == 3


@pytest.mark.parametrize("slug", CODES)
def test_a_leniency_is_found_where_codes_die(slug: str) -> None:
    assert audited(Judging([slug], codes_die=True)).words == dict.fromkeys(SLUGS, ENFORCED) | {slug: NOT_ENFORCED}


@pytest.mark.parametrize(("die", "ends"), [(False, False), (False, True), (True, False), (True, True)])
def test_the_cost_that_was_told_is_kept(die: bool, ends: bool) -> None:
    for lenient in ((), SLUGS):
        somebody = audited(Judging(lenient, codes_die=die, ends=ends))
        cost = cost_of(SLUGS, True)
        assert cost.fewest <= somebody.sign_ins <= cost.most
        if not die:
            assert somebody.sign_ins <= cost.usual
            assert len(somebody.asked()) <= cost.requests


def test_the_walk_learns_nothing_from_an_audit() -> None:
    somebody = Auditor(Judging())
    somebody.to_connected()
    before = somebody.facts
    somebody.choose()
    somebody.to_the_end()
    after = facts_of(somebody.run)
    kept = ("tokens", "token_history", "authorization", "authorizations", "answer", "codes_sent", "steps", "grant_dead", "misfit", "lap")
    assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}
    assert standing(after, None, False).state == "connected"
    somebody.go()
    assert standing(somebody.facts, None, False).state in ("connected", "authorize")


def test_the_runs_own_tokens_survive_the_audit() -> None:
    somebody = audited(Judging())
    tokens = somebody.facts.tokens
    assert tokens is not None and somebody.judging.access[tokens.access].lives and tokens.access not in somebody.judging.revoked


def test_a_refused_control_proves_nothing() -> None:
    gateway = Judging()
    somebody = Auditor(gateway)
    somebody.to_connected()
    gateway.on["POST /mcp/one"] = lambda request: (503, {}, b"")
    somebody.choose("wrong_origin", "garbage_token")
    somebody.to_the_end()
    assert somebody.words["wrong_origin"] == somebody.words["garbage_token"] == UNKNOWN
    assert "503" in somebody.verdicts["wrong_origin"].says and somebody.asked("wrong_origin") == []


def test_an_answer_that_is_no_refusal_is_not_taken_for_one() -> None:
    gateway = Judging()
    somebody = Auditor(gateway)
    somebody.to_connected()
    judge = gateway._door
    gateway.on["POST /mcp/one"] = lambda request: (500, {}, b"") if request.header("origin") else judge(request)
    somebody.choose("wrong_origin")
    assert somebody.words["wrong_origin"] == UNKNOWN and "500" in somebody.verdicts["wrong_origin"].says


def test_a_route_that_is_not_there_cannot_be_judged_but_is_advertised() -> None:
    gateway = Judging()
    gateway.on["POST /mcp/two"] = lambda request: (404, {}, b"")
    somebody = audited(gateway, "foreign_route")
    assert somebody.words["foreign_route"] == ADVERTISED and "404" in somebody.verdicts["foreign_route"].says


def test_a_start_page_at_every_address_is_no_open_route() -> None:
    gateway = Judging()
    gateway.on["POST /mcp/two"] = lambda request: (200, {"Content-Type": "text/html"}, b"<!doctype html>")
    somebody = audited(gateway, "foreign_route")
    assert somebody.words["foreign_route"] == ADVERTISED


def test_what_was_not_chosen_is_never_called_enforced() -> None:
    somebody = audited(Judging(), "garbage_token")
    words = somebody.words
    assert words["garbage_token"] == ENFORCED
    assert words["no_token"] == ENFORCED and "In the walk" in somebody.verdicts["no_token"].says
    assert words["wrong_verifier"] == ADVERTISED and words["code_twice"] == UNKNOWN and words["wrong_origin"] == UNKNOWN


def test_a_dead_token_of_the_run_makes_the_door_wait_for_a_sign_in() -> None:
    gateway = Judging()
    somebody = Auditor(gateway)
    somebody.to_connected()
    for grant in gateway.access.values():
        grant.lives = False
    somebody.choose("no_token", "wrong_origin")
    assert somebody.audit.waits and somebody.asked() == ["control:call"]
    somebody.to_the_end()
    assert somebody.words["wrong_origin"] == ENFORCED and somebody.sign_ins == 1


def test_a_denied_sign_in_ends_the_audit_and_says_so() -> None:
    somebody = Auditor(Judging())
    somebody.to_connected()
    somebody.choose("wrong_verifier")
    somebody.sign_in(code="", error="access_denied")
    assert somebody.audit.outcome == "failed" and "access_denied" in somebody.audit.reason
    assert somebody.words["wrong_verifier"] == ADVERTISED and "access_denied" in somebody.verdicts["wrong_verifier"].says


def test_an_answer_with_another_state_is_not_taken() -> None:
    somebody = Auditor(Judging())
    somebody.to_connected()
    somebody.choose("wrong_verifier")
    somebody.sign_in(state="another")
    assert somebody.audit.waits and somebody.asked() == []


def test_a_server_that_always_fails_ends_the_audit_after_one_vain_sign_in() -> None:
    gateway = Judging()
    somebody = Auditor(gateway)
    somebody.to_connected()
    gateway.on["POST /token"] = lambda request: json_reply({"error": "server_error"}, 500)
    somebody.choose("code_twice", "old_refresh")
    somebody.to_the_end()
    assert somebody.sign_ins == 1 and somebody.words["code_twice"] == UNKNOWN


def test_cancel_ends_it_and_nothing_more_is_sent() -> None:
    gateway = Judging()
    somebody = Auditor(gateway)
    somebody.to_connected()
    asked = len(gateway.asked)
    pressed = iter([False, False, True])
    somebody.means = Means(gateway, somebody.means.limits, lambda: next(pressed, True))
    somebody.choose()
    assert somebody.audit.outcome == "cancelled" and len(gateway.asked) - asked == 2
    assert somebody.words["wrong_origin"] == UNKNOWN


def test_a_lost_lease_leaves_the_audit_open_for_somebody_else() -> None:
    gateway = Judging()
    somebody = Auditor(gateway)
    somebody.to_connected()
    pressed = iter([False, False, True])
    somebody.means = Means(gateway, somebody.means.limits, lambda: next(pressed, True), lost=lambda: True)
    somebody.choose("no_token", "wrong_origin")
    assert somebody.audit.outcome == ""
    somebody.means = Means(gateway, somebody.means.limits)
    take_audit(somebody.run, somebody.means)
    somebody.to_the_end()
    assert somebody.words["wrong_origin"] == ENFORCED


def test_a_worker_that_died_within_a_lap_sends_its_code_never_again() -> None:
    gateway = Judging()
    somebody = Auditor(gateway)
    somebody.to_connected()
    somebody.choose("wrong_verifier", "missing_verifier")

    class Died(Exception):
        pass

    def die(request: Request) -> Reply:
        raise Died

    judge, gateway.on["POST /token"] = gateway.on["POST /token"], lambda r: judge(r) if len(somebody.asked("missing")) < 1 else die(r)
    with pytest.raises(Died):
        somebody.sign_in()
    gateway.on["POST /token"] = judge
    take_audit(somebody.run, somebody.means)
    assert somebody.audit.waits
    somebody.to_the_end()
    assert somebody.words["wrong_verifier"] == somebody.words["missing_verifier"] == ENFORCED


def test_a_grant_without_a_person_is_audited_at_the_door_and_asks_for_no_sign_in() -> None:
    somebody = Auditor(
        Judging(), grant="client_credentials", registration="preregistered", client_id="machine", client_secret="machine-secret"
    )
    somebody.go()
    assert somebody.facts.called
    somebody.choose()
    assert somebody.audit.outcome == "done" and somebody.sign_ins == 0
    door = {attempt.slug for attempt in ATTEMPTS if attempt.needs == "token"}
    assert {slug for slug, word in somebody.words.items() if word == ENFORCED} == door
    assert "no authorization code" in somebody.verdicts["code_twice"].says


def test_a_dead_token_of_a_machine_ends_the_audit_without_a_verdict() -> None:
    gateway = Judging()
    somebody = Auditor(
        gateway, grant="client_credentials", registration="preregistered", client_id="machine", client_secret="machine-secret"
    )
    somebody.go()
    for grant in gateway.access.values():
        grant.lives = False
    somebody.choose("wrong_origin")
    assert somebody.audit.outcome == "failed" and somebody.words["wrong_origin"] == UNKNOWN


def test_only_hosts_that_are_known_are_asked() -> None:
    somebody = Auditor(Judging())
    somebody.to_connected()
    somebody.choose("foreign_route", other_route="https://elsewhere.example/mcp")
    assert not any("elsewhere" in request.url for request in somebody.judging.asked)


def test_the_older_era_is_audited_with_its_own_requests() -> None:
    somebody = audited(Judging(), revision="2025-06-18")
    assert somebody.words == dict.fromkeys(SLUGS, ENFORCED)


def test_a_revision_without_resource_says_why_it_was_not_asked() -> None:
    somebody = audited(Judging(), revision="2025-03-26")
    assert "no resource parameter" in somebody.verdicts["missing_resource"].says
    assert somebody.words["unknown_version"] == UNKNOWN and somebody.words["wrong_verifier"] == ENFORCED


ODD = (
    "",
    "zzz:asked",
    "control:call",
    "control:code",
    "code_twice:asked",
    "old_refresh:asked",
    "old_refresh:control",
    "revoked_token:asked",
)


@pytest.mark.parametrize("step", ["token", "call", "", "refresh"])
def test_a_log_that_somebody_wrote_by_hand_gets_verdicts_and_never_an_error(step: str) -> None:
    run = Run("r", "o", TARGET, 0.0)
    run.append(Choice("audit", {"phase": "begin", "attempts": f"{' '.join(SLUGS)} zzz", "other_route": 7}))
    for role in (*ODD, *(f"{slug}:{what}" for slug in SLUGS for what in ("asked", "none", "call", "after"))):
        run.append(exchange(Request("POST", TARGET), (200, {}, b"{}")), step=step, role=f"probe:audit:{role}")
    run.append(Leg("callback", "https://x/callback?state=%00"), role="probe:audit:back")
    run.append(Choice("audit", {"phase": "end"}), role="probe:audit:end")
    found = verdicts(run, facts_of(run))
    assert {verdict.slug for verdict in found} == set(SLUGS)
    assert not any(verdict.word == ENFORCED for verdict in found), "an answer that says nothing proves nothing"
