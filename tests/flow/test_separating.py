"""Separating probes over a canned gateway: offered where they separate, bounded, at known servers, and the walk learns nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest
from canned import AS, TARGET, Gateway, Reply, Walker, form, json_reply

from app.checks.engine import examine, forbids, main_of
from app.flow.acts import BadChoice, Plan, act
from app.flow.asides import other_slash
from app.flow.engine import take_probe
from app.flow.fold import facts_of
from app.flow.log import Choice, Leg, Run
from app.flow.moves import Aside, Walk
from app.flow.oauth import get
from app.flow.separating import MOST, PROBES, TOO_MANY, bounded, find_probe, offered_probes
from app.flow.standing import standing
from app.settings import Settings
from app.wire.messages import Exchange, Failure, Request

SLUGS = ["without_token", "other_slash", "dry_authorize", "false_code", "cors", "five_times", "fresh_client", "old_access", "clock"]
INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="missing token"'}
BAD_PAGE: Reply = (400, {"Content-Type": "text/html"}, b"<h1>Error</h1>")


def out(gateway: Gateway, **options: str) -> Walker:
    """The browser has left."""
    walker = Walker(gateway, forbids, **options)
    walker.go()
    asked = walker.facts.authorization
    assert asked is not None
    walker.run.append(Leg("authorize", asked.url), step="authorize")
    return walker


def connected(gateway: Gateway) -> Walker:
    walker = Walker(gateway, forbids)
    walker.to_connected()
    return walker


def refused(gateway: Gateway, **answers: Callable[[Request], Reply]) -> Walker:
    """Tokens came, and the gateway refuses them in words that could mean anything."""
    gateway.on["POST /mcp/one"] = lambda r: (401, INVALID, b"no") if r.header("authorization") else gateway._mcp(r)
    return connected(gateway)


def offered(walker: Walker) -> list[str]:
    codes = frozenset(f.code for f in examine(walker.run) if not f.past)
    state = standing(walker.facts, forbids(walker.run), False).state
    return [probe.slug for probe in offered_probes(walker.facts, codes, state)]


def tried(walker: Walker, slug: str) -> str:
    """Press the button of an offered probe; what it showed."""
    assert slug in offered(walker), offered(walker)
    take_probe(walker.run, slug, walker.means)
    last = walker.run.entries[-1].body
    assert isinstance(last, Choice) and last.values["phase"] == "end"
    return str(last.values["says"])


def asked(walker: Walker, slug: str) -> list[str]:
    return [f"{e.step} {e.role.rpartition(':')[2]}" for e in walker.run.entries if e.role.startswith(f"probe:{slug}:")]


def codes(walker: Walker) -> set[str]:
    return {f.code for f in examine(walker.run) if not f.past}


def top(walker: Walker) -> str:
    found = main_of(walker.run)
    return found.code if found else ""


def test_the_probes_are_the_ones_of_the_table_each_with_its_texts() -> None:
    assert [probe.slug for probe in PROBES] == SLUGS
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
    assert top(walker) == "call.wrong_audience"
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


PAGES: dict[str, tuple[Reply, str]] = {
    "an error page": (BAD_PAGE, "authorize.local_error_page"),
    "a redirect URI": ((400, {}, b"redirect_uri does not match allowed patterns"), "register.accepts_then_refuses"),
    "a forgotten client": (json_reply({"error": "invalid_client"}, 400), "register.client_stale"),
    "a policy": ((200, {"Content-Type": "text/html", "Content-Security-Policy": "form-action 'self'"}, b"<form></form>"),
                 "authorize.consent_csp_form_action"),
    "a loop": ((302, {"Location": "https://idp.example/", "Set-Cookie": "s=1; SameSite=Strict"}, b""), "authorize.login_loop"),
    "a disabled button": ((200, {"Content-Type": "text/html"}, b"<p>Connect first</p><button disabled>Allow</button>"),
                          "authorize.consent_blocked_upstream"),
}  # fmt: skip


@pytest.mark.parametrize("what", PAGES)
def test_a_dry_request_tells_what_holds_the_browser_before_and_after_giving_up(gateway: Gateway, what: str) -> None:
    reply, code = PAGES[what]
    gateway.on["GET /authorize"] = lambda r: reply
    walker = out(gateway)
    before = standing(walker.facts, None, False)
    tried(walker, "dry_authorize")
    assert standing(walker.facts, forbids(walker.run), False) == before
    assert code in codes(walker)
    act(walker.run, "gave_up", {}, None)
    assert standing(walker.facts, forbids(walker.run), False).state == "failed"
    assert top(walker) == code


def test_the_dry_request_has_a_state_and_a_challenge_of_its_own_and_no_cookie(gateway: Gateway) -> None:
    walker = out(gateway)
    tried(walker, "dry_authorize")
    sent, theirs = gateway.asked[-1], walker.facts.authorization
    assert theirs is not None and sent.method == "GET" and sent.url.split("?")[0] == f"{AS}/authorize"
    assert theirs.state not in sent.url and theirs.challenge not in sent.url and not sent.header("cookie")
    assert "client_id=client-1" in sent.url and "resource=" in sent.url


def test_without_a_probe_giving_up_says_that_nothing_came(gateway: Gateway) -> None:
    walker = out(gateway)
    assert "gave_up" in standing(walker.facts, None, False).offers
    assert act(walker.run, "gave_up", {}, None) == Plan("none")
    assert top(walker) == "callback.never_came"
    assert act(walker.run, "retry", {}, forbids(walker.run)) == Plan("run_on")
    walker.go()
    assert len(walker.facts.authorizations) == 2
    assert standing(walker.facts, forbids(walker.run), False).state == "authorize" and top(walker) == ""


def test_nobody_gives_up_who_has_not_left(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.go()
    with pytest.raises(BadChoice):
        act(walker.run, "gave_up", {}, None)
    with pytest.raises(BadChoice):
        act(walker.run, "try", {"probe": "nothing"}, None)


def test_a_fresh_client_that_is_taken_names_the_stale_one(gateway: Gateway) -> None:
    ids = iter(["client-1", "client-2"])
    gateway.on["POST /register"] = lambda r: json_reply({**json.loads(r.body), "client_id": next(ids)}, 201)
    gateway.on["GET /authorize"] = lambda r: (302, {"Location": "/login"}, b"") if "client_id=client-2" in r.url else BAD_PAGE
    walker = out(gateway)
    tried(walker, "dry_authorize")
    assert top(walker) == "authorize.local_error_page"
    assert "forget it here and register again" in tried(walker, "fresh_client")
    assert asked(walker, "fresh_client") == ["authorize ours", "register register", "authorize fresh"]
    assert top(walker) == "register.client_stale"
    assert walker.facts.client is not None and walker.facts.client.client_id == "client-1"


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
