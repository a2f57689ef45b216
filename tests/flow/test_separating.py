"""Separating probes over a canned gateway: offered where they separate, bounded, at known servers, and the walk learns nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest
from canned import AS, TARGET, Gateway, Walker, form, json_reply
from trying import INVALID, asked, codes, connected, offered, refused, top, tried

from app.checks.engine import examine, forbids
from app.flow.asides import other_slash
from app.flow.bounds import MOST, TOO_MANY, bounded
from app.flow.engine import take_probe
from app.flow.fold import facts_of
from app.flow.log import Choice, Leg, Run
from app.flow.moves import Aside, Walk
from app.flow.oauth import get
from app.flow.separating import PROBES, find_probe, offered_probes
from app.flow.standing import standing
from app.settings import Settings
from app.wire.messages import Exchange, Failure

SLUGS = ["without_token", "other_slash", "dry_authorize", "false_code", "cors", "five_times", "fresh_client", "old_access", "clock"]
AT_CONSISTENCY = ["other_document"]  # offered on the page of that name


def test_the_probes_are_the_ones_of_the_table_each_with_its_texts() -> None:
    assert [probe.slug for probe in PROBES] == [*SLUGS, *AT_CONSISTENCY]
    for probe in PROBES:
        assert probe.question.endswith("?")
        assert all(text.endswith((".", "`.")) and len(text) > 10 for text in (probe.sends, probe.costs))
    assert find_probe("nothing") is None


def test_a_healthy_run_is_offered_only_what_it_could_wonder_about(gateway: Gateway) -> None:
    walker = connected(gateway)
    assert offered(walker) == ["cors"]
    walker.take("refresh")
    assert offered(walker) == ["cors", "old_access"]
    assert offered_probes(walker.facts, frozenset(), "ready") == ()
    assert offered_probes(replace(walker.facts, read_only="imported"), frozenset(), "done") == ()


def test_a_lost_header_is_told_from_a_refusal_by_three_tokens(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda r: (401, INVALID, b"no")
    walker = Walker(gateway, lambda run: None)
    walker.to_connected()
    assert top(walker) == "call.refused_without_reason"
    assert "All three are the same answer" in tried(walker, "without_token")
    assert asked(walker, "without_token") == ["call none", "call random", "call ours"]
    tokens = [r.header("authorization") for r in gateway.asked[-3:]]
    assert tokens[0] == "" and tokens[1].startswith("Bearer made-up-") and tokens[2] == "Bearer access-token-1"
    assert top(walker) == "call.header_lost"


def test_a_token_that_is_refused_for_itself_is_not_called_lost(gateway: Gateway) -> None:
    walker = refused(gateway)
    assert "as little as a made-up one" in tried(walker, "without_token")
    assert top(walker) == "call.wrong_audience" and "call.header_lost" not in codes(walker)


def test_the_other_spelling_that_takes_the_token_shows_where_it_is_lost(gateway: Gateway) -> None:
    walker = refused(gateway)
    gateway.on["POST /mcp/one/"] = gateway._mcp
    tried(walker, "other_slash")
    assert asked(walker, "other_slash") == ["probe here", "probe other", "call here_ours", "call other_ours"]
    assert top(walker) == "call.header_lost"


def test_a_server_of_an_older_era_takes_the_token_though_it_refuses_the_revision(gateway: Gateway) -> None:
    walker = refused(gateway)
    older = json_reply({"jsonrpc": "2.0", "id": None, "error": {"code": -32000, "message": "Unsupported protocol version"}}, 400)
    gateway.on["POST /mcp/one/"] = lambda r: older if r.header("authorization") else gateway._mcp(r)
    tried(walker, "other_slash")
    assert top(walker) == "call.header_lost"


def test_a_prefix_rule_is_seen_at_an_open_url(gateway: Gateway) -> None:
    gateway.on["POST /mcp/one"] = lambda r: gateway.answer_rpc(json.loads(r.body))
    gateway.on["POST /mcp/onex"] = gateway._mcp
    walker = Walker(gateway, forbids)
    walker.go()
    assert top(walker) == "probe.not_protected"
    tried(walker, "other_slash")
    assert asked(walker, "other_slash") == ["probe here", "probe other", "probe longer"]
    assert "probe.prefix_match_challenge" in codes(walker) and top(walker) == "probe.not_protected"


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://g/mcp", "https://g/mcp/"),
        ("https://g/mcp/?a=1#x", "https://g/mcp?a=1"),
        ("https://g", "https://g/"),
        ("https://g/", "https://g//"),
    ],
)
def test_the_other_slash_changes_the_path_alone(url: str, other: str) -> None:
    assert other_slash(url) == other


def test_a_false_code_shows_one_error_for_all_and_burns_nothing(gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: json_reply({"error": "invalid_request"}, 400)
    walker = Walker(gateway, forbids)
    walker.go()
    walker.come_back()
    walker.go()
    sent = walker.facts.codes_sent
    says = tried(walker, "false_code")
    assert "The resource makes no difference here." in says
    assert asked(walker, "false_code") == ["token code", "token no_resource", "token foreign_resource", "token refresh"]
    assert [form(r).get("resource") for r in gateway.asked[-4:]] == [TARGET, None, "https://example.test/mcp", TARGET]
    assert walker.facts.codes_sent == sent and "token.one_error_for_all" in codes(walker)


def test_a_server_that_judges_the_resource_is_told(gateway: Gateway) -> None:
    judges = lambda r: json_reply({"error": "invalid_grant" if form(r).get("resource") == TARGET else "invalid_target"}, 400)  # noqa: E731
    gateway.on["POST /token"] = judges
    walker = Walker(gateway, forbids)
    walker.go()
    walker.come_back()
    walker.go()
    assert "The server judges the resource." in tried(walker, "false_code")
    assert "token.one_error_for_all" not in codes(walker)


def test_instances_that_do_not_share_codes_are_seen_by_five_equal_requests(gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: json_reply({"error": "invalid_grant"}, 400)
    walker = Walker(gateway, forbids)
    walker.go()
    walker.come_back()
    turns = iter(range(99))
    # the canned wire stamps exchanges with second 1, and the callback came now: only the age is unlike a real walk
    entries = [replace(e, at=0.5) if isinstance(e.body, Leg) else e for e in walker.run.entries]
    walker.run = Run("r1", "o1", TARGET, 0.0, entries)
    walker.go()
    gateway.on["GET /.well-known/oauth-authorization-server"] = lambda r: json_reply(gateway.metadata, Server=f"pod-{next(turns) % 2}")
    assert "2 instances" in tried(walker, "five_times")
    assert len(asked(walker, "five_times")) == 5
    assert top(walker) == "token.replicas"


def test_five_equal_answers_speak_for_one_instance(gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda r: json_reply({"error": "invalid_grant"}, 400)
    walker = Walker(gateway, forbids)
    walker.go()
    walker.come_back()
    walker.go()
    assert "nothing here speaks for several instances" in tried(walker, "five_times")
    assert "token.replicas" not in codes(walker)


def test_a_page_in_a_browser_would_be_shut_out(gateway: Gateway) -> None:
    walker = connected(gateway)
    assert "hinders clients in web pages only" in tried(walker, "cors")
    assert asked(walker, "cors")[:3] == ["probe preflight", "probe challenge", "resource_metadata metadata"]
    assert asked(walker, "cors")[3:] == ["server_metadata metadata", "token preflight", "register preflight"]
    assert {"probe.cors_challenge_hidden", "server_metadata.cors_blocked"} <= codes(walker)
    assert all(r.header("origin") == "https://example.test" for r in gateway.asked[-6:])
    assert standing(walker.facts, forbids(walker.run), False).state == "connected"


def test_the_access_token_from_before_the_refresh_is_tried(gateway: Gateway) -> None:
    walker = connected(gateway)
    walker.take("refresh")
    assert "still works" in tried(walker, "old_access")
    assert gateway.asked[-1].header("authorization") == "Bearer access-token-1"
    assert [f.level for f in examine(walker.run) if f.code == "refresh.old_access_alive"] == ["NOTE"]
    assert walker.facts.tokens is not None and walker.facts.tokens.access == "access-token-2"


def test_clocks_are_compared_without_a_request(gateway: Gateway) -> None:
    late = formatdate(1_001.0, usegmt=True)
    gateway.on["POST /mcp/one"] = lambda r: (401, {**INVALID, "Date": late}, b"no") if r.header("authorization") else gateway._mcp(r)
    walker = connected(gateway)
    count = len(gateway.asked)
    assert "gw.example +1000 s" in tried(walker, "clock")
    assert len(gateway.asked) == count


@pytest.mark.parametrize("slug", SLUGS)
def test_no_probe_sends_more_than_six_or_teaches_the_walk_anything(gateway: Gateway, slug: str) -> None:
    walker = connected(gateway)
    walker.take("refresh")
    walker.run.append(Leg("authorize", walker.facts.authorization.url), step="authorize")  # type: ignore[union-attr]
    before, count = walker.facts, len(gateway.asked)
    take_probe(walker.run, slug, walker.means)
    sent = len(gateway.asked) - count
    assert sent <= MOST
    assert replace(walker.facts, exchanges=before.exchanges) == before
    assert walker.facts.exchanges == before.exchanges + sent
    anew = Run("r1", "o1", TARGET, 0.0, list(walker.run.entries))
    assert facts_of(anew) == walker.facts


@pytest.mark.parametrize("slug", SLUGS)
def test_a_probe_that_meets_silence_ends_with_a_sentence(gateway: Gateway, slug: str) -> None:
    walker = connected(gateway)
    walker.take("refresh")
    silent: Any = lambda request, deadline_s: Exchange(request, failure=Failure("timeout", "It took too long."))  # noqa: E731
    take_probe(walker.run, slug, replace(walker.means, send=silent))
    last = walker.run.entries[-1].body
    assert isinstance(last, Choice) and str(last.values["says"]).endswith(".")
    assert [f.level for f in examine(walker.run) if f.aside] == []


def test_a_probe_counts_against_the_exchanges_of_the_run_and_can_be_cancelled(gateway: Gateway) -> None:
    walker = connected(gateway)
    full = replace(walker.means, limits=Settings(exchanges_per_run=walker.facts.exchanges + 2))
    take_probe(walker.run, "cors", full)
    assert len(asked(walker, "cors")) == 2
    take_probe(walker.run, "cors", replace(walker.means, stop=lambda: True))
    assert len(asked(walker, "cors")) == 2
    take_probe(walker.run, "nothing", walker.means)


def _many(url: str, count: int) -> Walk:
    for number in range(count):
        yield Aside(get(url), f"probe:x:{number}", "why", step="probe")
    return ""


def _drained(walk: Walk) -> tuple[int, str]:
    count = 0
    try:
        move = next(walk)
        while True:
            count += 1
            assert isinstance(move, Aside)
            move = walk.send((Exchange(move.request), None))
    except StopIteration as end:
        return count, str(end.value)


def test_the_seventh_request_and_a_foreign_server_are_not_asked(gateway: Gateway) -> None:
    facts = connected(gateway).facts
    assert _drained(bounded(_many(f"{AS}/x", 9), facts)) == (MOST, TOO_MANY)
    assert _drained(bounded(_many("HTTPS://GW.example/x", 2), facts)) == (2, "")
    for foreign in ("https://elsewhere.example/x", "http://gw.example/x", "https://gw.example:8443/x", "/relative"):
        count, says = _drained(bounded(_many(foreign, 2), facts))
        assert count == 0 and "neither entered nor named" in says
