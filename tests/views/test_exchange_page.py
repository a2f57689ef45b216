"""The page of one exchange: every example walk of the checks is rendered, in each of the three ways to see it."""

from __future__ import annotations

import json
import re
from collections import Counter

import corpus
import healthy
import pytest
from exchange_marks import exchanges_of, page_of_exchange
from page_marks import Marks
from tape import BEARER, TARGET, answer, get, refusal, rpc, run_of, take

from app.checks import engine
from app.flow.log import Run
from app.settings import Settings
from app.views.exchange_bytes import VIEWS
from app.views.exchange_page import exchange_page
from app.views.secrets_of import secrets_of
from app.wire.messages import Failure

WALKS = {"the whole walk": healthy.walk_through("confirm"), **{code: example.fails for code, example in corpus.EXAMPLES.items()}}
SECRETS = ("state-one", "code-one", "v" * 64, "access-1", "access-2", "refresh-1", "refresh-2")
PLANTED = {"script": "<script>window.pwned=1</script>", "attribute": '" onfocus=alert(1) x="', "bidi": "a\u202eb"}


def texts_of(html: str) -> str:
    return "".join(Marks(html).text)


@pytest.mark.parametrize("code", WALKS)
def test_every_exchange_shows_its_findings_once_and_no_secret(code: str, render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(WALKS[code])
    values = {*SECRETS, *(s.value for s in secrets_of(run))}
    told = Counter(f.code for f in engine.examine(run))
    about = {f.entry for f in engine.examine(run)} | {f.evidence.entry for f in engine.examine(run)}
    exchanges = exchanges_of(run)
    for entry in [e for e in exchanges if e.seq in about or e is exchanges[-1] or code not in corpus.EXAMPLES]:
        html = render("exchange", page_of_exchange(run, entry.seq))
        page = Marks(html)
        assert not [i for i, count in Counter(page.values("id")).items() if count > 1]
        assert set(page.values("data-code")) <= set(told) and page.values("data-exchange") == [str(entry.seq)]
        jumps = {attrs["href"][1:] for tag, attrs in page.tags if tag == "a" and attrs.get("href", "").startswith("#")}
        assert jumps <= {*page.values("id"), "all"}
        assert not [value for value in values if value in texts_of(html)]
        assert not [v for _, attrs in page.tags for v in attrs.values() for secret in SECRETS if secret in v]


@pytest.mark.parametrize("view", VIEWS)
def test_no_way_to_see_the_bytes_shows_a_secret(view: str, render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(healthy.walk_through("confirm"))
    for entry in exchanges_of(run):
        shown = texts_of(render("exchange", page_of_exchange(run, entry.seq, view=view)))
        for secret in SECRETS:
            assert secret not in shown
            assert secret.encode().hex(" ") not in shown


def test_evidence_is_marked_in_the_bytes_and_leads_both_ways(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(corpus.EXAMPLES["resource_metadata.resource_mismatch"].fails)
    finding = next(f for f in engine.examine(run) if f.code == "resource_metadata.resource_mismatch")
    html = render("exchange", page_of_exchange(run, finding.evidence.entry))
    marked = re.search(r'<mark class="(\w+)">(.*?)</mark><a class="to-finding" id="m(\d)" href="#f(\d)">', html, re.DOTALL)
    assert marked and marked[1] == finding.level.lower() and "resource" in marked[2]
    assert f'id="f{marked[4]}"' in html and f'href="#m{marked[3]}">Show it in the bytes' in html


def test_evidence_that_is_missing_is_said_to_be_missing(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(corpus.EXAMPLES["server_metadata.pkce_unsupported"].fails)
    finding = next(f for f in engine.examine(run) if f.code == "server_metadata.pkce_unsupported")
    html = render("exchange", page_of_exchange(run, finding.evidence.entry))
    assert "It is not in the bytes" in html and "<mark" not in html


def test_known_names_explain_themselves_with_their_clause(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(healthy.walk_to("register"))
    seq = next(e.seq for e in exchanges_of(run) if e.step == "server_metadata")
    page = Marks(render("exchange", page_of_exchange(run, seq)))
    tips = {attrs["aria-describedby"] for tag, attrs in page.tags if tag == "dfn" and attrs.get("tabindex") == "0"}
    assert tips and tips <= set(page.values("id"))
    text = texts_of(page.html)
    assert "Where codes and refresh tokens are exchanged" in text and "RFC 8414 section 2" in text and "RFC 9110 section 8.3" in text


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize("view", VIEWS)
def test_what_a_gateway_plants_stays_text(planted: str, view: str, render) -> None:  # type: ignore[no-untyped-def]
    body = {planted: planted, "resource": planted, "deep": [{"a": planted}], "error": planted, "error_description": planted}
    challenge = f'{BEARER}, X-{planted} realm="{planted}", Bearer error="{planted}'
    came = answer(401, body, f"WWW-Authenticate: {challenge}", f"X-{planted}: {planted}")
    run = run_of(take("probe", rpc("probe", "", came), outcome="failed"))
    html = render("exchange", page_of_exchange(run, view=view))
    assert "<script>window" not in html and "\u202e" not in html
    assert not [attrs for _, attrs in Marks(html).tags if any(name.startswith("on") for name in attrs)]


def test_an_event_stream_is_shown_event_by_event(render) -> None:  # type: ignore[no-untyped-def]
    events = (
        b'event: message\nid: 7\ndata: {"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"connect first"}}\n\n: ping\n\ndata: cut'
    )
    came = answer(200, events, kind="text/event-stream")
    run = run_of(take("call", rpc("call", "tools/list", came), outcome="failed"))
    text = texts_of(render("exchange", page_of_exchange(run)))
    assert "Event 1: message, id 7" in text and "Event 3: message" in text
    assert "No data line" in text and "clients drop it" in text
    assert "Error -32042, id 1: connect first. The person has to open a link first" in text


def test_json_rpc_is_named_and_an_oauth_error_is_explained(render) -> None:  # type: ignore[no-untyped-def]
    text = texts_of(render("exchange", page_of_exchange(run_of(corpus.EXAMPLES["token.invalid_grant"].fails))))
    assert "invalid_grant" in text and "RFC 6749 section 5.2" in text
    run = run_of(take("probe", rpc("probe", "server/discover", refusal()), outcome="done"))
    assert "Request server/discover" in texts_of(render("exchange", page_of_exchange(run)))


def test_a_broken_challenge_is_pointed_at_in_its_place(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(take("probe", rpc("probe", "", refusal(f'Bearer resource_metadata={TARGET}, scope="a')), outcome="failed"))
    html = render("exchange", page_of_exchange(run))
    assert "breaks its grammar" in html and re.search(r"<code>[^<]*<mark>", html)


def test_a_failure_shows_how_far_it_came(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(take("probe", get("probe", "", TARGET, Failure("refused", "gw.example:443 refuses connections.")), outcome="failed"))
    html = render("exchange", page_of_exchange(run))
    assert 'class="ended"' in html and "Nothing came back." in html
    healthy_page = render("exchange", page_of_exchange(run_of(healthy.walk_to("register"))))
    assert 'class="points"' not in healthy_page


def test_a_long_body_is_bounded_and_its_edge_hides_a_secret_that_crosses_it(render) -> None:  # type: ignore[no-untyped-def]
    secret = "edge-secret-" + "z" * 400
    body = json.dumps({"pad": "x" * 65_300, "note": secret, "access_token": secret}).encode()
    for view in VIEWS:
        run: Run = run_of(take("token", rpc("token", "", answer(200, body)), outcome="failed"))
        html = render("exchange", page_of_exchange(run, view=view))
        assert "edge-secret" not in html and "more bytes are not shown here" in html and len(html) < 500_000


def test_in_a_lesson_a_broken_challenge_is_not_pointed_at(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(take("probe", rpc("probe", "", refusal(f'Bearer resource_metadata={TARGET}, scope="a')), outcome="failed"))
    entry = exchanges_of(run)[-1]
    html = render("exchange", exchange_page(run, entry, (), settings=Settings(), judged=False))
    assert "breaks its grammar" not in html and "other clients read" not in html and "<mark" not in html
